#include "errata/engine/compare.h"
#include "errata/base/cancellation.h"

#include <utility>

namespace errata::engine {
namespace {

void add_hotspots(const slice::Analysis& analysis, slice::FoundOn side, std::vector<slice::Candidate>& candidates) {
  for (const auto& [slice, folded, classes, numbers] : analysis.hotspots) {
    const slice::HeldOut held_out{
        .n = slice.slice.confirmed.n, .failures = slice.slice.confirmed.failures, .log_p = slice.slice.log_p};
    candidates.push_back({.where = slice.where, .found_on = side, .held_out = held_out});
  }
}

Result<slice::Comparison> compare_saved(const CompareRequest& request, const Progress& progress) {
  ERRATA_ASSIGN(const auto first, open_log(request.first.read, progress));
  ERRATA_ASSIGN(const auto second, open_log(request.second.read, progress));
  std::vector<slice::Candidate> candidates;
  for (const auto& where : *request.saved) candidates.push_back({.where = where});
  return slice::compare_slices(first, second, candidates, request.first.analysis.confirm.fdr, progress);
}

}  // namespace

Result<slice::Comparison> compare(const CompareRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<slice::Comparison> {
    if (request.saved) return compare_saved(request, progress);
    ERRATA_ASSIGN(const auto first, analyze(request.first, pool, progress));
    ERRATA_ASSIGN(const auto second, analyze(request.second, pool, progress));
    std::vector<slice::Candidate> candidates;
    add_hotspots(first.analysis, slice::FoundOn::first, candidates);
    add_hotspots(second.analysis, slice::FoundOn::second, candidates);
    const auto& confirm = request.first.analysis.confirm;
    candidates = slice::without_repeats(std::move(candidates), first.log, second.log, confirm.near_equal, progress);
    return slice::compare_slices(first.log, second.log, candidates, confirm.fdr, progress);
  });
}

}  // namespace errata::engine

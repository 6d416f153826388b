#include "errata/engine/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "errata/base/cancellation.h"
#include "errata/engine/failure_columns.h"

namespace errata::engine {
namespace {

using slice::FoundOn;
using slice::SliceToCompare;

/// Two logs that are judged alike, and what is to be compared on them.
struct ReadLogs {
  table::PredictionLog first, second;
  std::vector<SliceToCompare> candidates;
  std::vector<std::uint32_t> held_out_first, held_out_second;
  std::vector<std::string> first_warnings, second_warnings;
};

void add_hotspots(const slice::Analysis& analysis, FoundOn side, std::vector<SliceToCompare>& candidates) {
  for (const auto& hotspot : analysis.hotspots) candidates.push_back({.where = hotspot.slice.where, .found_on = side});
}

/// What went wrong with one of the two logs names it.
template <typename T>
Result<T> naming(const table::ReadOptions& read, Result<T> result) {
  const std::string& path = read.paths.front();
  if (!result && result.error().code != ErrorCode::cancelled && !result.error().message.contains(path))
    result.error().message = path + ": " + result.error().message;
  return result;
}

Result<ReadLogs> read_logs(const CompareRequest& request, const Progress& progress) {
  ReadLogs logs;
  auto read = request.first.read;
  read.alike = request.second.read.paths;
  ERRATA_ASSIGN(logs.first, naming(read, open_log(read, progress)));
  read = request.second.read;
  read.alike = request.first.read.paths;
  read.settled = table::settled_rule(logs.first);
  ERRATA_ASSIGN(logs.second, naming(read, open_log(read, progress)));
  for (const auto& where : *request.saved) logs.candidates.push_back({.where = where});
  logs.first_warnings = logs.first.warnings;
  logs.second_warnings = logs.second.warnings;
  return logs;
}

Result<ReadLogs> analyze_logs(const CompareRequest& request, ThreadPool& pool, const Progress& progress) {
  auto once = request.first;
  once.read.alike = request.second.read.paths;
  ERRATA_ASSIGN(auto first, naming(once.read, analyze(once, pool, progress)));
  auto again = request.second;
  again.read.alike = request.first.read.paths;
  again.read.settled = table::settled_rule(first.log);
  ERRATA_ASSIGN(auto second, naming(again.read, analyze(again, pool, progress)));
  std::vector<SliceToCompare> candidates;
  add_hotspots(first.analysis, FoundOn::first, candidates);
  add_hotspots(second.analysis, FoundOn::second, candidates);
  const double near_equal = request.first.analysis.confirm.near_equal;
  ReadLogs logs{
      .candidates = slice::without_repeats(std::move(candidates), first.log, second.log, near_equal, progress),
      .held_out_first = slice::held_out_rows(first.log, request.first.analysis),
      .held_out_second = slice::held_out_rows(second.log, again.analysis),
      .first_warnings = std::move(first.analysis.warnings),
      .second_warnings = std::move(second.analysis.warnings)};
  logs.first = std::move(first.log);
  logs.second = std::move(second.log);
  return logs;
}

/// A rule that looks at the whole log, as (SELECT avg(x) FROM log) does, is another one on each log.
void warn_of_whole_log(const table::ReadOptions& read, std::vector<std::string>& warnings) {
  const std::array<std::string, 1> log{"log"};
  for (const auto& [what, sql] : {std::pair("failure", &read.failure), std::pair("loss", &read.loss)}) {
    if (!*sql || columns_named_in(**sql, log).empty()) continue;
    warnings.push_back(
        fmt::format("the {0} expression asks the table `log`, so each log is judged by its own values; write the value "
                    "of the first log into --{0} to judge both alike",
                    what));
  }
}

/// However the two are spelled.
void warn_of_same_files(const table::PredictionLog& first, const table::PredictionLog& second,
                        std::vector<std::string>& warnings) {
  std::error_code error;
  const auto are_same = [&](const std::string& a, const std::string& b) {
    return std::filesystem::equivalent(a, b, error);
  };
  if (!first.files.empty() && std::ranges::equal(first.files, second.files, are_same))
    warnings.emplace_back("both logs are the same file, so that nothing can differ");
}

}  // namespace

Result<slice::Comparison> compare(const CompareRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<slice::Comparison> {
    CompareRequest with_ids = request;
    const bool keep_id = request.pairing.mode != slice::PairingMode::unpaired;
    with_ids.first.read.keep_id = with_ids.second.read.keep_id = keep_id;
    auto pairing = request.pairing;
    pairing.by_id = request.first.read.roles.id.has_value();
    ERRATA_ASSIGN(const auto logs,
                  request.saved ? read_logs(with_ids, progress) : analyze_logs(with_ids, pool, progress));
    tell(progress, "pairing cases");
    ERRATA_ASSIGN(const auto pairs, slice::pair_rows(logs.first, logs.second, pairing, progress));
    tell(progress, "comparing");
    const auto& confirm = request.first.analysis.confirm;
    ERRATA_ASSIGN(auto comparison, slice::compare_logs({.first = logs.first,
                                                        .second = logs.second,
                                                        .candidates = logs.candidates,
                                                        .held_out_first = logs.held_out_first,
                                                        .held_out_second = logs.held_out_second,
                                                        .pairing = pairs},
                                                       {.fdr = confirm.fdr, .seed = confirm.seed}, pool, progress));
    comparison.first.warnings = logs.first_warnings;
    comparison.second.warnings = logs.second_warnings;
    warn_of_same_files(logs.first, logs.second, comparison.warnings);
    warn_of_whole_log(request.first.read, comparison.warnings);
    return comparison;
  });
}

}  // namespace errata::engine

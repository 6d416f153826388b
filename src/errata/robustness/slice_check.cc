// The gap between the worst slice and the rest.
//
// Slices are searched on one half of the cases and confirmed on the other (slice/confirm.h). Which of the confirmed
// ones is the worst is told by the searched half alone, and its gap is that on the held-out half: nothing that chose
// it makes it larger.
#include <algorithm>

#include "errata/robustness/check_runs.h"
#include "errata/slice/analysis.h"

namespace errata::robustness {
namespace {

struct Halves {
  stats::FailureCount searched, held_out;
};

Halves halves_of(const table::PredictionLog& log, const slice::AnalysisOptions& options) {
  Halves halves;
  std::vector<std::uint8_t> is_held_out(log.rows, 0);
  for (const std::uint32_t row : slice::held_out_rows(log, options)) is_held_out[row] = 1;
  for (std::size_t i = 0; i < log.rows; ++i) {
    stats::FailureCount& half = is_held_out[i] != 0 ? halves.held_out : halves.searched;
    ++half.trials;
    half.failures += log.failed[i];
  }
  return halves;
}

stats::FailureCount beside(const stats::FailureCount& all, const slice::Slice& slice) {
  return {.failures = all.failures - slice.failures, .trials = all.trials - slice.n};
}

double gap_of(const stats::FailureCount& all, const slice::Slice& slice) {
  return stats::failure_rate({.failures = slice.failures, .trials = slice.n}) - stats::failure_rate(beside(all, slice));
}

Result<GapRow> gap_row(const slice::NamedSlice& named, const Halves& halves) {
  const slice::Slice& counts = named.slice.confirmed;
  GapRow row{.where = named.where,
             .sql = named.sql,
             .slice = {.failures = counts.failures, .trials = counts.n},
             .rest = beside(halves.held_out, counts),
             .gap = gap_of(halves.held_out, counts)};
  if (row.slice.trials > 0 && row.rest.trials > 0) {
    ERRATA_ASSIGN(row.interval, stats::rate_difference_interval(row.rest, row.slice, 0.95));
  }
  return row;
}

}  // namespace

Result<void> measure_slices(const Run& run, const Progress& progress) {
  const table::PredictionLog& log = *run.evidence.log;
  slice::AnalysisOptions options;
  options.confirm.seed = run.options.seed;
  options.confirm.search_share = 0.5;
  ERRATA_ASSIGN(slice::Analysis analysis, slice::analyze_log(log, options, run.pool, progress));
  run.made.slices_tested = analysis.tested;
  const Halves halves = halves_of(log, options);
  std::ranges::stable_sort(analysis.hotspots, [&](const auto& a, const auto& b) {
    return gap_of(halves.searched, a.slice.slice.searched) > gap_of(halves.searched, b.slice.slice.searched);
  });
  for (const slice::NamedHotspot& hotspot : analysis.hotspots) {
    if (run.made.gaps.size() == run.options.slices) break;
    ERRATA_ASSIGN(GapRow row, gap_row(hotspot.slice, halves));
    run.made.gaps.push_back(std::move(row));
  }
  Figure figure{.quantity = Quantity::slice_gap, .value = 0, .cases = halves.held_out.trials};
  if (!run.made.gaps.empty()) {
    figure.value = run.made.gaps.front().gap;
    figure.interval = run.made.gaps.front().interval;
  }
  run.add(figure);
  return {};
}

}  // namespace errata::robustness

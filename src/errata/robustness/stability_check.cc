#include <cmath>

#include "errata/base/rng.h"
#include "errata/robustness/check_runs.h"
#include "errata/robustness/column_means.h"

namespace errata::robustness {
namespace {

constexpr std::uint64_t kStabilityStream = 3;

/// Does the answer differ from that of the frame before? Pairs whose labels differ tell nothing: the answer should
/// change there.
ColumnMeans flips_of(const Sequences& sequences) {
  std::vector<Entry> entries;
  std::size_t subjects = 0;
  const auto& frames = sequences.frames;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    const Frame &before = frames[i - 1], &after = frames[i];
    if (before.sequence != after.sequence || before.label != after.label) continue;
    entries.push_back({.subject = after.subject,
                       .column = after.perturbation,
                       .value = before.predicted == after.predicted ? 0.F : 1.F});
    subjects = std::max<std::size_t>(subjects, after.subject + 1);
  }
  return {std::move(entries), sequences.perturbations.size(), subjects};
}

std::vector<std::uint64_t> sequences_of(const Sequences& sequences) {
  std::vector<std::uint64_t> counts(sequences.perturbations.size());
  const auto& frames = sequences.frames;
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (i == 0 || frames[i].sequence != frames[i - 1].sequence) ++counts[frames[i].perturbation];
  return counts;
}

void add_worst_flips(const Run& run, const ColumnMeans& flips, const Rng& rng) {
  const std::vector<double> chosen_on = flips.half(false).means();
  std::size_t worst = 0;
  for (std::size_t c = 1; c < chosen_on.size(); ++c)
    if (chosen_on[c] > chosen_on[worst]) worst = c;
  const ColumnMeans measured_on = flips.half(true);
  const auto figure = [worst](std::span<const double> means) { return means[worst]; };
  if (chosen_on.size() < 2 || std::isnan(figure(measured_on.means()))) return;
  run.add({.quantity = Quantity::worst_flip_rate,
           .value = figure(measured_on.means()),
           .interval = measured_on.interval(figure, run.options.replicates, rng, run.pool),
           .cases = measured_on.counts()[worst]});
}

}  // namespace

void measure_stability(const Run& run) {
  const Sequences& sequences = *run.evidence.sequences;
  const ColumnMeans flips = flips_of(sequences);
  if (flips.entries() == 0) {
    run.result(Check::stability).why = Unmeasured::no_pairs;
    return;
  }
  const Rng rng = Rng(run.options.seed).fork(kStabilityStream);
  const std::vector<double> rates = flips.means();
  const std::vector<std::uint64_t> pairs = flips.counts(), of_perturbation = sequences_of(sequences);
  for (std::size_t c = 0; c < rates.size(); ++c) {
    const auto figure = [c](std::span<const double> means) { return means[c]; };
    run.made.flips.push_back({.perturbation = sequences.perturbations[c],
                              .sequences = of_perturbation[c],
                              .pairs = pairs[c],
                              .flips = std::isnan(rates[c]) ? 0
                                                            : static_cast<std::uint64_t>(std::llround(
                                                                  rates[c] * static_cast<double>(pairs[c]))),
                              .rate = rates[c],
                              .interval = flips.interval(figure, run.options.replicates, rng.fork(2 + c), run.pool)});
  }
  run.add({.quantity = Quantity::flip_rate,
           .value = mean_of_known(rates),
           .interval = flips.interval(mean_of_known, run.options.replicates, rng.fork(0), run.pool),
           .cases = flips.entries()});
  add_worst_flips(run, flips, rng.fork(1));
}

}  // namespace errata::robustness

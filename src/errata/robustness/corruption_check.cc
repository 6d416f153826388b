// Accuracy and calibration under corruptions of growing severity.
//
// Every corruption counts alike, however many cases it has. The worst corruption is chosen on the subjects of even
// number and measured on those of odd number: the least of a dozen noisy figures lies below the truth, and a model
// must not fail for that.
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "errata/base/rng.h"
#include "errata/robustness/check_runs.h"
#include "errata/robustness/column_means.h"
#include "errata/stats/bootstrap.h"

namespace errata::robustness {
namespace {

constexpr std::uint64_t kCorruptionStream = 1, kCalibrationStream = 2;

/// Accuracy by column: the first clean, then each corruption at the middle level.
ColumnMeans at_middle(const Sweep& sweep) {
  const std::size_t middle = sweep.middle() + 1;
  std::vector<Entry> entries;
  for (const ShiftedCase& one : sweep.cases)
    if (one.level == 0 || one.level == middle)
      entries.push_back(
          {.subject = one.subject, .column = one.level == 0 ? 0 : one.corruption + 1, .value = one.failed ? 0.F : 1.F});
  return {std::move(entries), sweep.corruptions.size() + 1, sweep.subjects};
}

/// Failure by column: each corruption at each level.
ColumnMeans at_every_level(const Sweep& sweep) {
  std::vector<Entry> entries;
  const auto levels = static_cast<std::uint32_t>(sweep.levels.size());
  for (const ShiftedCase& one : sweep.cases)
    if (one.level > 0)
      entries.push_back(
          {.subject = one.subject, .column = one.corruption * levels + one.level - 1, .value = one.failed ? 1.F : 0.F});
  return {std::move(entries), sweep.corruptions.size() * sweep.levels.size(), sweep.subjects};
}

double retained_of(std::span<const double> means) { return mean_of_known(means.subspan(1)) / means[0]; }

void add_worst(const Run& run, const ColumnMeans& accuracy) {
  const std::vector<double> chosen_on = accuracy.half(false).means();
  std::size_t worst = 0;
  for (std::size_t c = 1; c < chosen_on.size(); ++c)
    if (!std::isnan(chosen_on[c]) && (worst == 0 || chosen_on[c] < chosen_on[worst])) worst = c;
  const ColumnMeans measured_on = accuracy.half(true);
  const auto figure = [worst](std::span<const double> means) { return means[worst] / means[0]; };
  if (worst == 0 || chosen_on.size() < 3 || std::isnan(figure(measured_on.means()))) return;
  run.add({.quantity = Quantity::worst_retained,
           .value = figure(measured_on.means()),
           .interval = measured_on.interval(figure, run.options.replicates,
                                            Rng(run.options.seed).fork(kCorruptionStream).fork(1), run.pool),
           .cases = measured_on.counts()[0] + measured_on.counts()[worst]});
}

/// All cases of one level.
struct OfLevel {
  std::vector<std::uint32_t> subject;
  std::vector<double> confidence;
  std::vector<std::uint8_t> right;
  [[nodiscard]] double mean(const auto& values) const {
    double sum = 0;
    for (const auto value : values) sum += static_cast<double>(value);
    return sum / static_cast<double>(values.size());
  }
};

OfLevel of_level(const Sweep& sweep, std::size_t level) {
  OfLevel made;
  for (const ShiftedCase& one : sweep.cases) {
    if (one.level != level || std::isnan(one.confidence)) continue;
    made.subject.push_back(one.subject);
    made.confidence.push_back(static_cast<double>(one.confidence));
    made.right.push_back(one.failed ? 0 : 1);
  }
  // Numbered anew, in the order of first appearance by number.
  std::vector<std::uint32_t> there(made.subject);
  std::ranges::sort(there);
  there.erase(std::ranges::unique(there).begin(), there.end());
  for (std::uint32_t& subject : made.subject)
    subject = static_cast<std::uint32_t>(std::ranges::lower_bound(there, subject) - there.begin());
  return made;
}

/// Intervals of accuracy, ECE and overconfidence.
std::vector<stats::RateInterval> intervals_of(const OfLevel& cases, const Run& run, std::uint64_t level) {
  const std::array<std::size_t, 1> sizes{std::size_t{*std::ranges::max_element(cases.subject)} + 1};
  const auto compute = [&](stats::Drawn drawn, std::span<double> figures) {
    stats::Calibration calibration;
    double right = 0, confidence = 0;
    for (std::size_t i = 0; i < cases.subject.size(); ++i) {
      const double weight = drawn[0][cases.subject[i]];
      calibration.add(cases.confidence[i], cases.right[i] != 0, weight);
      right += weight * cases.right[i];
      confidence += weight * cases.confidence[i];
    }
    figures[0] = right / calibration.weight();
    figures[1] = calibration.expected_error();
    figures[2] = (confidence - right) / calibration.weight();
  };
  return stats::bootstrap_intervals(sizes, 3, compute,
                                    {.replicates = affordable_replicates(run.options.replicates, cases.subject.size())},
                                    Rng(run.options.seed).fork(kCalibrationStream).fork(level), run.pool);
}

}  // namespace

void measure_corruption(const Run& run) {
  const Sweep& sweep = *run.evidence.sweep;
  const Rng rng = Rng(run.options.seed).fork(kCorruptionStream);
  const ColumnMeans accuracy = at_middle(sweep), failure = at_every_level(sweep);
  const std::vector<double> middle = accuracy.means(), errors = failure.means();
  const std::vector<std::uint64_t> counts = failure.counts();
  run.made.levels = sweep.levels;
  run.made.middle = sweep.middle();
  for (std::size_t c = 0; c < sweep.corruptions.size(); ++c) {
    SweepRow row{.corruption = sweep.corruptions[c], .accuracy = {}};
    for (std::size_t level = 0; level < sweep.levels.size(); ++level) {
      row.accuracy.push_back(1 - errors[c * sweep.levels.size() + level]);
      row.cases = std::max(row.cases, counts[c * sweep.levels.size() + level]);
    }
    row.retained = middle[c + 1] / middle[0];
    run.made.sweep.push_back(std::move(row));
  }
  run.add({.quantity = Quantity::retained,
           .value = retained_of(middle),
           .interval = accuracy.interval(retained_of, run.options.replicates, rng.fork(0), run.pool),
           .cases = accuracy.entries()});
  add_worst(run, accuracy);
  run.add({.quantity = Quantity::mean_error,
           .value = mean_of_known(errors),
           .interval = failure.interval(mean_of_known, run.options.replicates, rng.fork(2), run.pool),
           .cases = failure.entries()});
}

namespace {

/// All cases of a log as clean ones: there are no levels.
Sweep of_all_cases(const table::PredictionLog& log) {
  Sweep sweep{.corruptions = {}, .levels = {}, .subjects = log.rows, .cases = {}};
  for (std::uint32_t i = 0; i < log.rows; ++i)
    sweep.cases.push_back(
        {.subject = i, .failed = log.failed[i] != 0, .confidence = static_cast<float>(log.confidence[i])});
  return sweep;
}

/// A row of one level, and its figures where gates look at it. @param level  0: clean, or of a log without levels all
void add_level(const Run& run, const Sweep& sweep, std::size_t level) {
  const bool all = sweep.levels.empty();
  const OfLevel cases = of_level(sweep, level);
  LevelRow row{.level = all          ? "all cases"
                        : level == 0 ? "clean"
                                     : sweep.levels[level - 1],
               .cases = cases.subject.size()};
  if (!cases.subject.empty()) {
    const stats::Calibration calibration = stats::calibration(cases.confidence, cases.right);
    const auto intervals = intervals_of(cases, run, level);
    row.accuracy = cases.mean(cases.right);
    row.confidence = cases.mean(cases.confidence);
    row.ece = calibration.expected_error();
    row.accuracy_interval = intervals[0];
    row.ece_interval = intervals[1];
    row.reliability = calibration.reliability();
    const auto add = [&](Quantity quantity, double value, const stats::RateInterval& interval) {
      run.add({.quantity = quantity, .value = value, .interval = interval, .cases = row.cases});
    };
    if (all || level == sweep.middle() + 1) {
      add(Quantity::ece, row.ece, intervals[1]);
      add(Quantity::overconfidence, row.confidence - row.accuracy, intervals[2]);
    } else if (level == 0) {
      add(Quantity::clean_ece, row.ece, intervals[1]);
    }
  }
  run.made.calibration.push_back(std::move(row));
}

}  // namespace

void measure_calibration(const Run& run) {
  if (!run.evidence.sweep) {
    add_level(run, of_all_cases(*run.evidence.log), 0);
    return;
  }
  const Sweep& sweep = *run.evidence.sweep;
  for (std::size_t level = 0; level <= sweep.levels.size(); ++level) add_level(run, sweep, level);
  run.made.levels = sweep.levels;
  run.made.middle = sweep.middle();
}

}  // namespace errata::robustness

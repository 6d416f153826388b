// Every figure depends on the risks only through their order, and on the cases through how many of them, and how many
// failures, lie at each distinct risk. So cases are sorted once into steps; a bootstrap replicate recounts the steps
// (one addition a case, cases and failures in one word) and walks over them. The given cases are a replicate in which
// each counts once, so that values and replicates come from one function.
#include "errata/audit/detector_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "errata/base/limits.h"
#include "errata/stats/calibration.h"
#include "errata/stats/classification.h"
#include "errata/stats/delong.h"
#include "errata/stats/percentile.h"
#include "errata/stats/risk_coverage.h"

namespace errata::audit {
namespace {

constexpr std::array kCoverageErrors{.01, .02, .05};
constexpr std::uint64_t kFailure = std::uint64_t{1} << 32;  // above the number of cases in one word

using Values = std::array<double, kFigures>;

double& at(Values& values, Figure figure) { return values[static_cast<std::size_t>(figure)]; }

/// One risk, sorted.
struct Steps {
  stats::RiskCoverage curve;
  std::vector<double> risk;  ///< [steps] ascending
  bool probabilities;

  [[nodiscard]] Values figures(std::span<const std::uint64_t> counts) const;
};

/// What is found going from the safest case to the most risky.
void add_coverage_figures(std::span<const std::uint64_t> counts, Values& values) {
  stats::RiskCoverageWalk walk;
  stats::Ranking successes;
  std::array<double, kCoverageErrors.size()> accepted{};
  for (std::size_t s = 0; s < counts.size(); ++s) {
    if (counts[s] == 0) continue;
    const auto cases = static_cast<double>(counts[s] & (kFailure - 1)), failed = static_cast<double>(counts[s] >> 32U);
    walk.step(cases, failed);
    successes.add(static_cast<double>(s), true, cases - failed);
    successes.add(static_cast<double>(s), false, failed);
    for (std::size_t e = 0; e < accepted.size(); ++e) {
      if (stats::within_error(walk.failures(), walk.cases(), kCoverageErrors[e])) accepted[e] = walk.cases();
    }
  }
  at(values, Figure::aurc) = walk.aurc();
  at(values, Figure::excess_aurc) = walk.aurc() - stats::oracle_aurc(walk.cases() - walk.failures(), walk.failures());
  at(values, Figure::augrc) = walk.augrc();
  at(values, Figure::average_precision_successes) = successes.areas().average_precision;
  for (std::size_t e = 0; e < accepted.size(); ++e) {
    values[static_cast<std::size_t>(Figure::coverage_at_1_percent) + e] = accepted[e] / walk.cases();
  }
}

/// What is found going from the most risky case to the safest.
void add_detection_figures(std::span<const std::uint64_t> counts, Values& values) {
  double cases_in_all = 0, failures_in_all = 0, found = 0, called = 0;
  for (const std::uint64_t count : counts) {
    cases_in_all += static_cast<double>(count & (kFailure - 1));
    failures_in_all += static_cast<double>(count >> 32U);
  }
  const double successes = cases_in_all - failures_in_all;
  stats::Ranking failures;
  double fpr = kNaN;
  for (std::size_t s = counts.size(); s-- > 0;) {
    if (counts[s] == 0) continue;
    const auto cases = static_cast<double>(counts[s] & (kFailure - 1)), failed = static_cast<double>(counts[s] >> 32U);
    failures.add(static_cast<double>(s), true, failed);
    failures.add(static_cast<double>(s), false, cases - failed);
    found += failed;
    called += cases - failed;
    if (std::isnan(fpr) && failures_in_all > 0 && successes > 0 && found >= .95 * failures_in_all - 1e-9) {
      fpr = called / successes;
    }
  }
  at(values, Figure::auroc) = failures.areas().roc_auc;
  at(values, Figure::average_precision_failures) = failures.areas().average_precision;
  at(values, Figure::fpr_at_95_tpr) = fpr;
}

Values Steps::figures(std::span<const std::uint64_t> counts) const {
  Values values;
  add_coverage_figures(counts, values);
  add_detection_figures(counts, values);
  stats::Calibration calibration;
  for (std::size_t s = 0; probabilities && s < counts.size(); ++s) {
    const auto cases = static_cast<double>(counts[s] & (kFailure - 1)), failed = static_cast<double>(counts[s] >> 32U);
    calibration.add(risk[s], true, failed);
    calibration.add(risk[s], false, cases - failed);
  }
  at(values, Figure::ece) = probabilities ? calibration.expected_error() : kNaN;
  return values;
}

Result<Steps> steps_of(std::span<const double> risk, std::span<const std::uint8_t> failed, bool probabilities) {
  for (std::size_t i = 0; i < risk.size(); ++i) {
    if (std::isnan(risk[i])) return invalid_argument(fmt::format("the risk of case {} is not a number", i));
    if (probabilities && !(risk[i] >= 0 && risk[i] <= 1)) {
      return invalid_argument(fmt::format("risk {} of case {} is not a probability", risk[i], i));
    }
  }
  ERRATA_ASSIGN(auto curve, stats::RiskCoverage::of(risk, failed));
  std::vector<double> distinct(curve.steps());
  for (std::size_t i = 0; i < risk.size(); ++i) distinct[curve.step_of_case()[i]] = risk[i];
  return Steps{.curve = std::move(curve), .risk = std::move(distinct), .probabilities = probabilities};
}

Result<void> check(const MetricOptions& options, std::size_t cases) {
  if (!(options.confidence > 0 && options.confidence < 1)) {
    return invalid_argument(fmt::format("confidence {} is not in (0, 1)", options.confidence));
  }
  if (options.block_length < 1 || options.block_length > cases) {
    return invalid_argument(fmt::format("block length {} is not in 1 to {}", options.block_length, cases));
  }
  return {};
}

void count(const Steps& steps, std::size_t begin, std::size_t end, std::span<std::uint64_t> counts) {
  const auto step_of_case = steps.curve.step_of_case();
  const auto failed = steps.curve.failed();
  for (std::size_t i = begin; i < end; ++i) counts[step_of_case[i]] += 1 + failed[i] * kFailure;
}

Values of_all_cases(const Steps& steps) {
  std::vector<std::uint64_t> counts(steps.curve.steps());
  count(steps, 0, steps.curve.cases(), counts);
  return steps.figures(counts);
}

/// Figures of n cases drawn with replacement, in blocks of neighbours wrapped around the end.
Values of_replicate(const Steps& steps, std::size_t length, Rng rng, std::vector<std::uint64_t>& counts) {
  const std::size_t cases = steps.curve.cases();
  counts.assign(steps.curve.steps(), 0);
  for (std::size_t left = cases; left > 0;) {
    const std::size_t taken = std::min(length, left);
    const auto start = static_cast<std::size_t>(rng.below(cases));
    const std::size_t end = std::min(start + taken, cases);
    count(steps, start, end, counts);
    count(steps, 0, start + taken - end, counts);
    left -= taken;
  }
  return steps.figures(counts);
}

/// [figures][replicates] of a, less those of b where there is a b.
std::array<std::vector<double>, kFigures> replicates(const Steps& a, const Steps* b, const MetricOptions& options,
                                                     const Rng& rng, ThreadPool& pool) {
  std::array<std::vector<double>, kFigures> found;
  for (auto& values : found) values.resize(options.replicates);
  std::vector<std::vector<std::uint64_t>> counts(pool.size());
  pool.parallel_for(options.replicates, [&](std::size_t r, std::size_t worker) {
    Values values = of_replicate(a, options.block_length, rng.fork(r), counts[worker]);
    if (b != nullptr) {
      const Values less = of_replicate(*b, options.block_length, rng.fork(r), counts[worker]);
      for (std::size_t f = 0; f < kFigures; ++f) values[f] -= less[f];
    }
    for (std::size_t f = 0; f < kFigures; ++f) found[f][r] = values[f];
  });
  return found;
}

/// Two-sided, from the replicates' differences.
double bootstrap_p_value(std::span<const double> differences) {
  const auto count_of = [&](auto holds) { return static_cast<double>(std::ranges::count_if(differences, holds)); };
  const double known = count_of([](double d) { return !std::isnan(d); });
  if (known == 0) return kNaN;
  const double least = std::min(count_of([](double d) { return d <= 0; }), count_of([](double d) { return d >= 0; }));
  return std::min(1.0, 2 * (least + 1) / (known + 1));
}

}  // namespace

std::span<const FigureInfo, kFigures> figures() {
  static constexpr std::array<FigureInfo, kFigures> kInfos{{
      {Figure::auroc, "auroc", "chance that a failure has a higher risk than a success", true},
      {Figure::average_precision_failures, "average_precision_failures", "average precision for failures", true},
      {Figure::average_precision_successes, "average_precision_successes", "average precision for successes", true},
      {Figure::fpr_at_95_tpr, "fpr_at_95_tpr", "share of successes flagged when 95% of failures are", false},
      {Figure::aurc, "aurc", "mean failure rate over all coverages", false},
      {Figure::excess_aurc, "excess_aurc", "AURC less the least there is", false},
      {Figure::augrc, "augrc", "mean share of accepted failures over all coverages", false},
      {Figure::coverage_at_1_percent, "coverage_at_1_percent", "largest coverage with at most 1% failures", true},
      {Figure::coverage_at_2_percent, "coverage_at_2_percent", "largest coverage with at most 2% failures", true},
      {Figure::coverage_at_5_percent, "coverage_at_5_percent", "largest coverage with at most 5% failures", true},
      {Figure::ece, "ece", "mean distance of the risk from the failure rate", false},
  }};
  return kInfos;
}

Result<DetectorMetrics> detector_metrics(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                         const MetricOptions& options, const Rng& rng, ThreadPool& pool) {
  ERRATA_ASSIGN(const Steps steps, steps_of(risk, failed, options.probabilities));
  ERRATA_TRY(check(options, risk.size()));
  DetectorMetrics metrics{.cases = risk.size(), .failures = steps.curve.failures()};
  const Values values = of_all_cases(steps);
  auto found = replicates(steps, nullptr, options, rng, pool);
  for (std::size_t f = 0; f < kFigures; ++f) {
    metrics.estimates[f] = {.value = values[f],
                            .interval = stats::percentile_interval(std::move(found[f]), options.confidence)};
  }
  if (options.block_length == 1) {
    ERRATA_ASSIGN(const auto area, stats::delong_interval(risk, failed, options.confidence));
    metrics.estimates[static_cast<std::size_t>(Figure::auroc)].interval = area.interval;
  }
  return metrics;
}

Result<DetectorComparison> compare_detectors(std::span<const double> a, std::span<const double> b,
                                             std::span<const std::uint8_t> failed, const MetricOptions& options,
                                             const Rng& rng, ThreadPool& pool) {
  ERRATA_ASSIGN(const Steps of_a, steps_of(a, failed, options.probabilities));
  ERRATA_ASSIGN(const Steps of_b, steps_of(b, failed, options.probabilities));
  ERRATA_TRY(check(options, a.size()));
  DetectorComparison comparison;
  const Values values_a = of_all_cases(of_a), values_b = of_all_cases(of_b);
  auto found = replicates(of_a, &of_b, options, rng, pool);
  for (std::size_t f = 0; f < kFigures; ++f) {
    FigureDifference& result = comparison.differences[f];
    result.difference = values_a[f] - values_b[f];
    result.p_value = std::isnan(result.difference) ? kNaN : bootstrap_p_value(found[f]);
    const auto interval = stats::percentile_interval(std::move(found[f]), options.confidence);
    result.low = interval.low;
    result.high = interval.high;
  }
  if (options.block_length == 1) {
    ERRATA_ASSIGN(const auto test, stats::delong_test(a, b, failed, options.confidence));
    comparison.differences[static_cast<std::size_t>(Figure::auroc)] = {
        .difference = test.difference, .low = test.low, .high = test.high, .p_value = test.p_value};
  }
  return comparison;
}

}  // namespace errata::audit

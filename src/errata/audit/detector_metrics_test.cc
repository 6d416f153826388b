#include "errata/audit/detector_metrics.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "errata/stats/calibration.h"
#include "errata/stats/classification.h"
#include "errata/stats/delong.h"
#include "errata/stats/risk_coverage.h"

namespace errata::audit {
namespace {

using testing::HasSubstr;

struct Drawn {
  std::vector<double> risk, other;
  std::vector<std::uint8_t> failed;
};

/// Risks on a grid of 1/20, so that ties are common; `other` knows nothing.
Drawn draw(std::size_t cases, std::uint64_t seed) {
  Rng rng(seed);
  Drawn drawn;
  for (std::size_t i = 0; i < cases; ++i) {
    drawn.risk.push_back(std::floor(20 * rng.uniform()) / 20);
    drawn.other.push_back(rng.uniform());
    drawn.failed.push_back(rng.bernoulli(drawn.risk.back()));
  }
  return drawn;
}

DetectorMetrics metrics_of(const std::vector<double>& risk, const std::vector<std::uint8_t>& failed,
                           const MetricOptions& options = {.replicates = 50}) {
  ThreadPool pool(2);
  return detector_metrics(risk, failed, options, Rng(1), pool).value();
}

bool same(double a, double b) { return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) < 1e-12; }

/// By trying every threshold: the share of successes at or above the highest one that finds 95% of the failures.
double false_positive_rate(const std::vector<double>& risk, const std::vector<std::uint8_t>& failed) {
  auto thresholds = risk;
  std::ranges::sort(thresholds, std::greater());
  const auto failures = static_cast<double>(std::ranges::count(failed, 1));
  const double successes = static_cast<double>(failed.size()) - failures;
  for (const double threshold : thresholds) {
    double found = 0, called = 0;
    for (std::size_t i = 0; i < risk.size(); ++i) (failed[i] == 1 ? found : called) += risk[i] >= threshold ? 1 : 0;
    if (100 * found >= 95 * failures) return failures * successes > 0 ? called / successes : std::nan("");
  }
  return std::nan("");
}

RC_GTEST_PROP(DetectorMetrics, AreThoseOfTheStatistics, ()) {
  const auto drawn = draw(*rc::gen::inRange<std::size_t>(1, 80), *rc::gen::inRange<std::uint64_t>(0, 1000));
  const auto found = metrics_of(drawn.risk, drawn.failed, {.replicates = 0, .probabilities = true});
  const auto is = [&](Figure figure, double expected) { return same(found[figure].value, expected); };
  std::vector<double> safety;
  std::vector<std::uint8_t> succeeded;
  for (std::size_t i = 0; i < drawn.risk.size(); ++i) {
    safety.push_back(-drawn.risk[i]);
    succeeded.push_back(1 - drawn.failed[i]);
  }
  const auto failures = stats::ranking_areas(drawn.risk, drawn.failed);
  RC_ASSERT(is(Figure::auroc, failures.roc_auc));
  RC_ASSERT(is(Figure::average_precision_failures, failures.average_precision));
  RC_ASSERT(is(Figure::average_precision_successes, stats::ranking_areas(safety, succeeded).average_precision));
  RC_ASSERT(is(Figure::fpr_at_95_tpr, false_positive_rate(drawn.risk, drawn.failed)));
  const auto curve = stats::RiskCoverage::of(drawn.risk, drawn.failed).value();
  RC_ASSERT(is(Figure::aurc, curve.areas().aurc));
  RC_ASSERT(is(Figure::excess_aurc, curve.areas().excess_aurc));
  RC_ASSERT(is(Figure::augrc, curve.areas().augrc));
  RC_ASSERT(is(Figure::coverage_at_1_percent, curve.coverage_at_error(.01)));
  RC_ASSERT(is(Figure::coverage_at_2_percent, curve.coverage_at_error(.02)));
  RC_ASSERT(is(Figure::coverage_at_5_percent, curve.coverage_at_error(.05)));
  RC_ASSERT(is(Figure::ece, stats::calibration(drawn.risk, drawn.failed).expected_error()));
}

TEST(DetectorMetrics, OfOneKindOfCaseSayWhatTheyCan) {
  const std::vector<double> risk{.1, .2, .3};
  const auto safe = metrics_of(risk, {0, 0, 0});
  for (const auto figure : {Figure::auroc, Figure::average_precision_failures, Figure::fpr_at_95_tpr, Figure::ece}) {
    EXPECT_TRUE(std::isnan(safe[figure].value));
  }
  EXPECT_EQ(safe[Figure::aurc].value, 0);
  EXPECT_EQ(safe[Figure::coverage_at_1_percent].value, 1);
  EXPECT_EQ(safe[Figure::coverage_at_1_percent].interval.low, 1);
  EXPECT_EQ(safe[Figure::auroc].interval.high, 1);
  EXPECT_TRUE(std::isnan(safe[Figure::fpr_at_95_tpr].interval.low));
  const auto bad = metrics_of(risk, {1, 1, 1});
  EXPECT_TRUE(std::isnan(bad[Figure::auroc].value));
  EXPECT_EQ(bad[Figure::aurc].value, 1);
  EXPECT_EQ(bad[Figure::coverage_at_5_percent].value, 0);
  EXPECT_EQ(bad.failures, 3U);
}

TEST(DetectorMetrics, GiveACoverageWhereTheMostConfidentCaseIsWrong) {
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
  for (int i = 0; i < 100; ++i) {
    risk.push_back(i);
    failed.push_back(i == 0);
  }
  const auto found = metrics_of(risk, failed);
  EXPECT_EQ(found[Figure::coverage_at_1_percent].value, 1);  // 1 of 100
  failed[99] = 1;
  EXPECT_EQ(metrics_of(risk, failed)[Figure::coverage_at_1_percent].value, 0);  // 1 of 99 is more than 1%
  EXPECT_EQ(metrics_of(risk, failed)[Figure::coverage_at_2_percent].value, 1);
}

TEST(DetectorMetrics, IntervalsHoldTheValueAndDoNotDependOnThreads) {
  const auto drawn = draw(2000, 7);
  const auto found = metrics_of(drawn.risk, drawn.failed, {.replicates = 300, .probabilities = true});
  for (const auto& info : figures()) {
    if (info.figure == Figure::ece) continue;  // resampling makes a small ECE larger: its interval lies above it
    const auto& [value, interval] = found[info.figure];
    EXPECT_LE(interval.low, value) << info.name;
    EXPECT_GE(interval.high, value) << info.name;
  }
  const auto delong = stats::delong_interval(drawn.risk, drawn.failed)->interval;
  EXPECT_EQ(found[Figure::auroc].interval.low, delong.low);
  // The bootstrap of the same area says nearly the same.
  const auto blocks = metrics_of(drawn.risk, drawn.failed, {.replicates = 1000, .block_length = 2})[Figure::auroc];
  EXPECT_NEAR(blocks.interval.low, delong.low, .003);
  EXPECT_NEAR(blocks.interval.high, delong.high, .003);
  ThreadPool one(1), three(3);
  const auto a = detector_metrics(drawn.risk, drawn.failed, {.replicates = 20}, Rng(3), one).value();
  const auto b = detector_metrics(drawn.risk, drawn.failed, {.replicates = 20}, Rng(3), three).value();
  for (std::size_t f = 0; f < kFigures; ++f) {
    EXPECT_TRUE(same(a.estimates[f].interval.low, b.estimates[f].interval.low));
    EXPECT_TRUE(same(a.estimates[f].interval.high, b.estimates[f].interval.high));
  }
}

TEST(CompareDetectors, TellsAGoodRiskFromAUselessOne) {
  ThreadPool pool(2);
  const auto drawn = draw(1000, 9);
  const auto found =
      compare_detectors(drawn.risk, drawn.other, drawn.failed, {.replicates = 200}, Rng(1), pool).value();
  for (const auto& info : figures()) {
    const auto& difference = found[info.figure];
    if (info.figure == Figure::ece) {
      EXPECT_TRUE(std::isnan(difference.difference) && std::isnan(difference.p_value));
      continue;
    }
    EXPECT_LE(difference.low, difference.difference) << info.name;
    EXPECT_GE(difference.high, difference.difference) << info.name;
    EXPECT_LE(difference.p_value, .05) << info.name;
    EXPECT_EQ(difference.difference > 0, info.higher_is_better) << info.name;
  }
  EXPECT_DOUBLE_EQ(found[Figure::aurc].p_value, 2.0 / 201);  // no replicate on the other side
  const auto itself = compare_detectors(drawn.risk, drawn.risk, drawn.failed, {.replicates = 20}, Rng(1), pool).value();
  for (const auto& info : figures()) {
    if (info.figure == Figure::ece) continue;
    EXPECT_EQ(itself[info.figure].difference, 0);
    EXPECT_EQ(itself[info.figure].p_value, 1);
  }
}

TEST(DetectorMetrics, RefuseWhatIsOutsideTheirRange) {
  ThreadPool pool(1);
  const std::vector<double> risk{.1, std::nan(""), 2};
  const std::vector<std::uint8_t> failed{0, 1, 1};
  const auto message = [&](std::span<const double> risks, std::span<const std::uint8_t> failures,
                           const MetricOptions& options) {
    return detector_metrics(risks, failures, options, Rng(1), pool).error().message;
  };
  EXPECT_THAT(message(risk, failed, {}), HasSubstr("the risk of case 1 is not a number"));
  EXPECT_THAT(message({}, {}, {}), HasSubstr("got 0"));
  const std::span<const double> one(&risk[2], 1);
  const std::span<const std::uint8_t> wrong(&failed[2], 1);
  EXPECT_THAT(message(one, failed, {}), HasSubstr("1 risks do not go with 3 failures"));
  EXPECT_THAT(message(one, wrong, {.probabilities = true}), HasSubstr("risk 2 of case 0 is not a probability"));
  EXPECT_THAT(message(one, wrong, {.confidence = 0}), HasSubstr("confidence 0 is not in (0, 1)"));
  EXPECT_THAT(message(one, wrong, {.block_length = 2}), HasSubstr("block length 2 is not in 1 to 1"));
}

}  // namespace
}  // namespace errata::audit

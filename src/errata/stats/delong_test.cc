#include "errata/stats/delong.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/stats/classification.h"
#include "errata/stats/distributions.h"

namespace errata::stats {
namespace {

using testing::HasSubstr;

// Positives .8 .6 .4 have 3, 2 and 2 of the negatives .7 .3 .1 below them.
TEST(DeLong, HasTheHandComputedVariance) {
  const std::vector<double> scores{.8, .6, .4, .7, .3, .1};
  const std::vector<std::uint8_t> positive{1, 1, 1, 0, 0, 0};
  const auto found = delong_interval(scores, positive).value();
  EXPECT_DOUBLE_EQ(found.auc, 7 / 9.0);  // v = 1, 2/3, 2/3
  // var v = ((2/9)² + 2 (1/9)²)/2 = 1/27; w = 1/3, 1, 1: var = ((4/9)² + 2 (2/9)²)/2 = 4/27; (1/27 + 4/27)/3 = 5/81.
  EXPECT_NEAR(found.standard_error, std::sqrt(5.0) / 9, 1e-15);
  const double logit = std::log(7 / 2.0), half = normal_quantile(.975) * std::sqrt(5.0) / 9 * 81 / 14;
  EXPECT_NEAR(found.interval.low, 1 / (1 + std::exp(-(logit - half))), 1e-12);
  EXPECT_NEAR(found.interval.high, 1 / (1 + std::exp(-(logit + half))), 1e-12);
}

TEST(DeLong, ComparesByTheHandComputedVarianceOfTheDifference) {
  const std::vector<std::uint8_t> positive{1, 1, 1, 0, 0, 0};
  const std::vector<double> a{.8, .6, .4, .7, .3, .1};  // v = 1 2/3 2/3, w = 1/3 1 1
  const std::vector<double> b{.8, .2, .4, .7, .3, .1};  // v = 1 1/3 2/3, w = 1/3 2/3 1
  const auto found = delong_test(a, b, positive).value();
  EXPECT_NEAR(found.difference, 1 / 9.0, 1e-15);
  // Differences 0 1/3 0 on either side: variance 1/27 each, (1/27 + 1/27)/3 = 2/81.
  EXPECT_NEAR(found.standard_error, std::sqrt(2.0) / 9, 1e-15);
  EXPECT_NEAR(found.p_value, 2 * std::exp(normal_log_upper_tail(1 / std::sqrt(2.0))), 1e-12);  // .4795
  EXPECT_NEAR(found.p_value, .4795, 1e-4);
  EXPECT_NEAR(found.high - found.low, 2 * normal_quantile(.975) * found.standard_error, 1e-12);
}

TEST(DeLong, OfPerfectOrderHasAnExactEnd) {
  const std::vector<std::uint8_t> positive{1, 1, 1, 0, 0};
  const auto best = delong_interval(std::vector<double>{5, 4, 3, 2, 1}, positive, .9).value();
  EXPECT_EQ(best.auc, 1);
  EXPECT_NEAR(best.interval.low, std::sqrt(.05), 1e-12);
  EXPECT_EQ(best.interval.high, 1);
  const auto worst = delong_interval(std::vector<double>{1, 2, 3, 4, 5}, positive, .9).value();
  EXPECT_EQ(worst.auc, 0);
  EXPECT_NEAR(worst.interval.high, 1 - std::sqrt(.05), 1e-12);
}

TEST(DeLong, SaysNothingWithoutBothKinds) {
  const std::vector<double> scores{.1, .2};
  for (const bool kind : {false, true}) {
    const std::vector<std::uint8_t> positive{kind, kind};
    const auto found = delong_interval(scores, positive).value();
    EXPECT_TRUE(std::isnan(found.auc) && std::isnan(found.standard_error));
    EXPECT_EQ(found.interval.low, 0);
    EXPECT_EQ(found.interval.high, 1);
    EXPECT_TRUE(std::isnan(delong_test(scores, scores, positive)->p_value));
  }
  EXPECT_TRUE(std::isnan(delong_interval({}, {})->auc));
  const std::vector<std::uint8_t> one_each{0, 1};
  EXPECT_TRUE(std::isnan(delong_interval(scores, one_each)->standard_error));
}

TEST(DeLong, RefusesWhatIsOutsideItsRange) {
  const std::vector<std::uint8_t> positive{0, 1};
  EXPECT_THAT(delong_interval(std::vector{.1}, positive).error().message, HasSubstr("1 scores"));
  EXPECT_THAT(delong_interval(std::vector{.1, kNaN}, positive).error().message, HasSubstr("score 1 is not a number"));
  EXPECT_THAT(delong_interval(std::vector{.1, .2}, positive, 1).error().message, HasSubstr("confidence 1"));
  EXPECT_THAT(delong_test(std::vector{.1, .2}, std::vector{.1}, positive).error().message, HasSubstr("1 scores"));
}

/// The covariance by m · n comparisons, as in the paper of 1988.
double slow_standard_error(const std::vector<double>& s, const std::vector<std::uint8_t>& positive) {
  std::vector<double> v, w;
  for (std::size_t i = 0; i < s.size(); ++i) {
    double won = 0, pairs = 0;
    for (std::size_t j = 0; j < s.size(); ++j) {
      if (positive[i] == positive[j]) continue;
      const double gap = positive[i] != 0 ? s[i] - s[j] : s[j] - s[i];
      won += gap > 0 ? 1 : gap == 0 ? .5 : 0;
      pairs += 1;
    }
    (positive[i] != 0 ? v : w).push_back(won / pairs);
  }
  double sum = 0;
  for (const auto& x : {v, w}) {
    const auto size = static_cast<double>(x.size());
    double mean = 0, squares = 0;
    for (const double value : x) mean += value / size;
    for (const double value : x) squares += (value - mean) * (value - mean);
    sum += squares / (size - 1) / size;
  }
  return std::sqrt(sum);
}

RC_GTEST_PROP(DeLong, EqualsTheSlowOne, ()) {
  std::vector<double> scores;
  std::vector<std::uint8_t> positive{1, 1, 0, 0};
  const auto more = *rc::gen::inRange<std::size_t>(0, 30);
  for (std::size_t i = 0; i < more; ++i) positive.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  for (std::size_t i = 0; i < positive.size(); ++i) scores.push_back(*rc::gen::inRange(0, 12));
  const auto found = delong_interval(scores, positive).value();
  RC_ASSERT(std::abs(found.auc - ranking_areas(scores, positive).roc_auc) < 1e-12);
  RC_ASSERT(std::abs(found.standard_error - slow_standard_error(scores, positive)) < 1e-12);
  RC_ASSERT(found.interval.low <= found.auc && found.auc <= found.interval.high);
  RC_ASSERT(delong_test(scores, scores, positive)->p_value == 1);
}

/// Normal scores, 30 of each kind: 1,000 samples, each with its own fixed seed.
TEST(DeLong, CoversTheTruthAboutAsOftenAsItSays) {
  const double truth = 1 - std::exp(normal_log_upper_tail(1));  // difference of means √2, both variances 1
  int covered = 0;
  double standard_error = 0, sum = 0, squares = 0;
  constexpr int kSamples = 1000;
  for (int sample = 0; sample < kSamples; ++sample) {
    Rng rng(static_cast<std::uint64_t>(sample));
    std::vector<double> scores;
    std::vector<std::uint8_t> positive;
    for (int i = 0; i < 60; ++i) {
      positive.push_back(i < 30);
      scores.push_back(rng.normal() + (i < 30 ? std::sqrt(2.0) : 0));
    }
    const auto found = delong_interval(scores, positive).value();
    covered += static_cast<int>(found.interval.low <= truth && truth <= found.interval.high);
    standard_error += found.standard_error / kSamples;
    sum += found.auc;
    squares += found.auc * found.auc;
  }
  const double spread = std::sqrt(squares / kSamples - (sum / kSamples) * (sum / kSamples));
  EXPECT_NEAR(standard_error, spread, .05 * spread);
  EXPECT_GE(covered, 935);
  EXPECT_LE(covered, 970);
}

}  // namespace
}  // namespace errata::stats

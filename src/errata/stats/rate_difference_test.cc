#include "errata/stats/rate_difference.h"

#include <gtest/gtest.h>

namespace errata::stats {
namespace {

void expect_interval(const Result<RateInterval>& interval, double low, double high, double tolerance) {
  ASSERT_TRUE(interval) << interval.error().message;
  EXPECT_NEAR(interval->low, low, tolerance);
  EXPECT_NEAR(interval->high, high, tolerance);
}

TEST(RateDifference, GivesThePublishedIntervalOfDifferentCases) {  // Newcombe, 873–890, table II (a)
  expect_interval(rate_difference_interval({.failures = 48, .trials = 80}, {.failures = 56, .trials = 70}, 0.95),
                  0.0524, 0.3339, 5e-5);
}

TEST(RateDifference, GivesThePublishedIntervalOfTheSameCases) {  // Newcombe, 2635–2650: .0569 to .3404
  expect_interval(paired_difference_interval({.both = 36, .only_first = 12, .only_second = 2, .neither = 0}, 0.95),
                  -0.3404, -0.0569, 5e-5);
}

TEST(RateDifference, OfTheSameCasesUsesTheirCorrelation) {  // computed by a script of its own
  expect_interval(paired_difference_interval({.both = 2, .only_first = 12, .only_second = 2, .neither = 34}, 0.95),
                  -0.3421085391981029, -0.05370402875238023, 1e-12);
  const PairedCounts alike{.both = 300, .only_first = 20, .only_second = 40, .neither = 640};
  const auto paired = paired_difference_interval(alike, 0.95);
  const auto apart = rate_difference_interval(alike.first(), alike.second(), 0.95);
  ASSERT_TRUE(paired && apart);
  EXPECT_LT(paired->high - paired->low, (apart->high - apart->low) / 2);
  EXPECT_GT(paired->low, 0);
  EXPECT_LT(apart->low, 0);
}

TEST(RateDifference, StaysWithinItsRange) {
  expect_interval(paired_difference_interval({.only_second = 3}, 0.95), 0, 1, 0.8);
  const auto all = rate_difference_interval({.failures = 0, .trials = 5}, {.failures = 5, .trials = 5}, 0.95);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->high, 1);
  EXPECT_FALSE(paired_difference_interval({}, 0.95));
  EXPECT_FALSE(rate_difference_interval({.failures = 1, .trials = 2}, {.failures = 0, .trials = 0}, 0.95));
}

}  // namespace
}  // namespace errata::stats

#include "errata/stats/binomial_tail.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace errata::stats {
namespace {

TEST(BinomialTail, HasTheHandComputedValues) {
  EXPECT_NEAR(std::exp(binomial_log_lower_tail({.failures = 1, .trials = 3}, .5)), .5, 1e-14);
  EXPECT_NEAR(binomial_log_lower_tail({.failures = 0, .trials = 1000}, .5), 1000 * std::log(.5), 1e-9);
  EXPECT_EQ(binomial_log_lower_tail({.failures = 3, .trials = 3}, .9), 0);
  EXPECT_EQ(binomial_log_lower_tail({.failures = 0, .trials = 0}, .9), 0);
  EXPECT_EQ(binomial_log_lower_tail({.failures = 1, .trials = 3}, 0), 0);
  EXPECT_EQ(std::exp(binomial_log_lower_tail({.failures = 1, .trials = 3}, 1)), 0);
}

RC_GTEST_PROP(BinomialTail, EqualsTheSumOfAllTerms, ()) {
  const auto trials = *rc::gen::inRange<std::uint64_t>(1, 200);
  const auto failures = *rc::gen::inRange<std::uint64_t>(0, trials + 1);
  const double rate = *rc::gen::inRange(1, 1000) / 1000.0;
  double term = std::pow(1 - rate, static_cast<double>(trials)), sum = 0;
  if (term < 1e-290) return;  // the naive sum starts below the range of doubles
  for (std::uint64_t k = 0; k <= failures; ++k) {
    sum += term;
    term *= static_cast<double>(trials - k) / static_cast<double>(k + 1) * rate / (1 - rate);
  }
  RC_ASSERT(std::abs(std::exp(binomial_log_lower_tail({failures, trials}, rate)) - sum) < 1e-11 * sum);
}

TEST(BinomialUpperBound, HasTheHandComputedValues) {
  EXPECT_NEAR(binomial_upper_bound({.failures = 0, .trials = 10}, .05), 1 - std::pow(.05, .1), 1e-12);
  EXPECT_NEAR(binomial_upper_bound({.failures = 1, .trials = 2}, .19), .9, 1e-12);  // 1 − p² = .19
  EXPECT_EQ(binomial_upper_bound({.failures = 4, .trials = 4}, .05), 1);
  EXPECT_EQ(binomial_upper_bound({.failures = 0, .trials = 0}, .05), 1);
}

RC_GTEST_PROP(BinomialUpperBound, InvertsTheTail, ()) {
  const auto trials = *rc::gen::inRange<std::uint64_t>(1, 100'000);
  const auto failures = *rc::gen::inRange<std::uint64_t>(0, trials);
  const double delta = *rc::gen::inRange(1, 500) / 1000.0;
  const double bound = binomial_upper_bound({failures, trials}, delta);
  RC_ASSERT(std::abs(binomial_log_lower_tail({failures, trials}, bound) - std::log(delta)) < 1e-8);
}

TEST(ExactInterval, IsThatOfClopperAndPearson) {
  const RateInterval none = exact_interval({.failures = 0, .trials = 10}, .95);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 1 - std::pow(.025, .1), 1e-12);
  const RateInterval all = exact_interval({.failures = 10, .trials = 10}, .95);
  EXPECT_NEAR(all.low, std::pow(.025, .1), 1e-12);
  EXPECT_EQ(all.high, 1);
  // Of 1 in 2: P(X >= 1) = 1 − (1 − p)² = .1 below, P(X <= 1) = 1 − p² = .1 above.
  const RateInterval half = exact_interval({.failures = 1, .trials = 2}, .8);
  EXPECT_NEAR(half.low, 1 - std::sqrt(.9), 1e-12);
  EXPECT_NEAR(half.high, std::sqrt(.9), 1e-12);
  EXPECT_EQ(exact_interval({}, .95).high, 1);
  EXPECT_EQ(exact_interval({}, .95).low, 0);
}

}  // namespace
}  // namespace errata::stats

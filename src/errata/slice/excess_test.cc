#include "errata/slice/excess.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"
#include "errata/slice/expected_failures.h"
#include "errata/slice/search.h"

namespace errata::slice {
namespace {

/// The example of docs/methods/hard-or-wrong.md: 200 cases of one confidence. Of the first 40 twenty fail, of the
/// others twenty.
table::PredictionLog example() {
  table::PredictionLog log;
  log.rows = 200;
  log.task = table::Task::classes;
  log.confidence.assign(200, .9);
  for (std::size_t row = 0; row < 200; ++row) log.failed.push_back(row < 20 || row >= 180);
  return log;
}

std::vector<std::uint8_t> first(std::size_t count, std::size_t rows) {
  std::vector<std::uint8_t> members(rows);
  std::fill_n(members.begin(), count, std::uint8_t{1});
  return members;
}

// Every fold leaves 36 failures of 180 to the others: (36 + r)/181 with the group's rate r = (36 + 40.5/201)/181.
TEST(Excess, HasTheHandComputedValues) {
  const auto log = example();
  const ExcessMeter meter(log, expected_failures(log, 1));
  ASSERT_TRUE(meter.can_tell());
  const Excess excess = meter.measure(rows_of(first(40, 200)));
  const double expected_rate = (36 + (36 + 40.5 / 201) / 181) / 181;
  EXPECT_EQ(excess.n, 40U);
  EXPECT_EQ(excess.failures, 20U);
  EXPECT_NEAR(excess.expected, 40 * expected_rate, 1e-9);  // 8.0
  EXPECT_NEAR(excess.rate, .5, 1e-15);
  EXPECT_NEAR(excess.excess, .5 - expected_rate, 1e-12);
  EXPECT_NEAR(excess.interval.low, 0.3519953 - expected_rate, 1e-6);  // Wilson's interval of 20 of 40
  EXPECT_NEAR(excess.interval.high, 0.6480047 - expected_rate, 1e-6);
  EXPECT_NEAR(*excess.claimed_rate, .1, 1e-12);
  // Σ_{k >= 20} C(40, k) q^k (1 − q)^(40−k) = 2.1692e-5 at that rate q; the folds' rates differ in the last digits.
  EXPECT_NEAR(std::exp(excess.log_p), 2 * 2.1692e-5, 1e-8);
}

TEST(Excess, IsTestedOnTheHeldOutCasesOnly) {
  const auto log = example();
  std::vector<std::uint32_t> odd;
  for (std::uint32_t row = 1; row < 200; row += 2) odd.push_back(row);
  const Excess excess = ExcessMeter(log, expected_failures(log, 1), odd).measure(rows_of(first(40, 200)));
  EXPECT_EQ(excess.n, 40U);
  EXPECT_EQ(excess.tested_n, 20U);
  EXPECT_EQ(excess.tested_failures, 10U);
  EXPECT_NEAR(excess.tested_expected, 4, .01);
}

TEST(Excess, JudgesBothWaysAndCorrectsOverAll) {
  Excess more{.tested_n = 100, .tested_failures = 30, .tested_expected = 10, .log_p = std::log(.01)};
  Excess less{.tested_n = 100, .tested_failures = 1, .tested_expected = 10, .log_p = std::log(.02)};
  Excess neither{.tested_n = 100, .tested_failures = 14, .tested_expected = 10, .log_p = std::log(.2)};
  judge({{&more, &less, &neither}}, .05);
  EXPECT_NEAR(std::exp(more.log_p_adjusted), .03, 1e-12);
  EXPECT_NEAR(std::exp(less.log_p_adjusted), .03, 1e-12);
  EXPECT_EQ(more.belief, Belief::more_than_believed);
  EXPECT_EQ(less.belief, Belief::less_than_believed);
  EXPECT_EQ(neither.belief, Belief::as_believed);
}

TEST(Excess, WithoutScoresNothingIsTold) {
  table::PredictionLog log = example();
  log.confidence.clear();
  EXPECT_FALSE(ExcessMeter(log, expected_failures(log, 1)).can_tell());
  EXPECT_FALSE(claim_of(log).has_value());
}

// 200 cases at .9 claim 20 failures; 40 fail.
TEST(Claim, IsTheMeanOfWhatTheConfidenceSays) {
  const auto claim = claim_of(example());
  ASSERT_TRUE(claim.has_value());
  EXPECT_NEAR(claim->claimed_rate, .1, 1e-12);
  EXPECT_NEAR(claim->rate, .2, 1e-12);
  EXPECT_LT(claim->log_p, std::log(1e-4));
}

TEST(Claim, IsNoneUnderAnotherRule) {
  table::PredictionLog log = example();
  log.rule.confident = .8;
  EXPECT_FALSE(claim_of(log).has_value());
  log.rule = {.kind = table::FailureRule::Kind::expression};
  EXPECT_FALSE(claim_of(log).has_value());
}

/// A model whose risk is known to it but for its scale, and slices that say nothing.
table::PredictionLog honest(std::size_t rows, Rng& rng) {
  table::PredictionLog log;
  log.rows = rows;
  log.task = table::Task::classes;
  for (std::size_t row = 0; row < rows; ++row) {
    const double risk = .4 * std::pow(rng.uniform(), 3);
    log.confidence.push_back(1 - risk / 2);
    log.failed.push_back(rng.bernoulli(risk));
  }
  return log;
}

// Of slices drawn at random among hard cases, easy cases and all, no more than 5% may have p <= .05. With 600 of them
// a careful test stays below 7%.
TEST(Excess, NullSlicesAreRarelyFoundOut) {
  Rng rng(11);
  std::size_t found = 0;
  for (int round = 0; round < 200; ++round) {
    const auto log = honest(1'500, rng);
    const ExcessMeter meter(log, expected_failures(log, 1));
    for (const double least : {0.0, .85, .99}) {
      std::vector<std::uint8_t> members(log.rows);
      for (std::size_t row = 0; row < log.rows; ++row) {
        const bool eligible = least == 0 || (least == .85 ? log.confidence[row] < .9 : log.confidence[row] > least);
        members[row] = eligible && rng.bernoulli(.3);
      }
      found += meter.measure(rows_of(members)).log_p <= std::log(.05);
    }
  }
  EXPECT_LE(found, 42U);
  EXPECT_GE(found, 6U);
}

}  // namespace
}  // namespace errata::slice

#include "errata/slice/expected_failures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "errata/base/limits.h"
#include "errata/base/rng.h"

namespace errata::slice {
namespace {

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }
double failures(const table::PredictionLog& log) { return std::accumulate(log.failed.begin(), log.failed.end(), 0.0); }

table::PredictionLog one_column_log(std::vector<double> confidence, std::vector<std::uint8_t> failed) {
  table::PredictionLog log;
  log.rows = confidence.size();
  log.confidence = std::move(confidence);
  log.failed = std::move(failed);
  return log;
}

/// Cases of uniform confidence that fail with probability `risk(confidence)`.
template <typename Risk>
table::PredictionLog drawn(std::size_t rows, std::uint64_t seed, Risk risk) {
  Rng rng(seed);
  std::vector<double> confidence(rows);
  std::vector<std::uint8_t> failed(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    confidence[row] = 0.5 + 0.5 * rng.uniform();
    failed[row] = rng.bernoulli(risk(confidence[row]));
  }
  return one_column_log(std::move(confidence), std::move(failed));
}

// Twenty cases of one confidence, ten of which fail: each fold has one failure and one success, so that each is fitted
// to 9 of 18. The rate of the log is (10 + ½)/21 = ½, and the added case changes nothing.
TEST(ExpectedFailures, OfOneConfidenceAreTheRateOfTheOtherFolds) {
  std::vector<std::uint8_t> failed(20);
  for (std::size_t row = 0; row < 20; row += 2) failed[row] = 1;
  for (const double p : expected_failures(one_column_log(std::vector(20, .9), failed), 1)) EXPECT_NEAR(p, .5, 1e-15);
}

// 100 cases at .6 of which 40 fail and 100 at .9 of which 10 fail, in bins of their own. Of the other nine folds fail
// 36 of 90 and 9 of 90; the log's rate is 50.5/201, the group's (45 + 50.5/201)/181.
TEST(ExpectedFailures, AreFittedToTheOtherFolds) {
  std::vector<double> confidence(200, .6);
  std::vector<std::uint8_t> failed(200);
  for (std::size_t row = 0; row < 100; ++row) {
    failed[row] = row < 40;
    confidence[100 + row] = .9;
    failed[100 + row] = row < 10;
  }
  const auto expected = expected_failures(one_column_log(confidence, failed), 1);
  const double group = (45 + 50.5 / 201) / 181;
  double low = 0, high = 0;
  for (std::size_t row = 0; row < 100; ++row) {
    low += expected[row];
    high += expected[100 + row];
  }
  // Folds take failures of both confidences as they come, so that only the sums over folds are fixed, and nearly.
  EXPECT_NEAR(low / 100, (36 + group) / 91, .002);
  EXPECT_NEAR(high / 100, (9 + group) / 91, .002);
}

TEST(ExpectedFailures, FollowTheRiskWhateverTheConfidenceClaims) {
  const auto risk = [](double c) { return 0.6 * (1 - c) * (1 - c) + 0.02; };
  const auto log = drawn(50'000, 1, risk);
  const auto expected = expected_failures(log, 7);
  double error = 0;
  for (std::size_t row = 0; row < log.rows; ++row) {
    EXPECT_GT(expected[row], 0);
    EXPECT_LT(expected[row], 1);
    error += std::abs(expected[row] - risk(log.confidence[row]));
  }
  EXPECT_LT(error / 50'000, .006);
  EXPECT_NEAR(sum(expected) / failures(log), 1, .01);
}

TEST(ExpectedFailures, AreTheSameForTheSameSeed) {
  auto log = drawn(2'000, 2, [](double c) { return 1 - c; });
  const auto expected = expected_failures(log, 3);
  EXPECT_EQ(expected, expected_failures(log, 3));
  EXPECT_NE(expected, expected_failures(log, 4));
}

// Predicted yes fails half the time at every confidence, predicted no never: the confidence of one says nothing of the
// other.
TEST(ExpectedFailures, PredictedClassesAreCalibratedApart) {
  auto log = drawn(4'000, 5, [](double) { return .5; });
  log.classes = {"no", "yes"};
  for (std::size_t row = 0; row < log.rows; ++row) {
    log.predicted_class.push_back(row % 2);
    if (row % 2 == 0) log.failed[row] = 0;
  }
  const auto expected = expected_failures(log, 1);
  for (std::size_t row = 0; row < log.rows; ++row) EXPECT_NEAR(expected[row], row % 2 == 0 ? 0 : .5, .12);
}

TEST(ExpectedFailures, UnscoredCasesAreAGroupOfTheirOwn) {
  auto log = drawn(2'000, 6, [](double) { return .1; });
  for (std::size_t row = 0; row < 500; ++row) {
    log.confidence[row] = row % 2 == 0 ? kNaN : log.confidence[row];
    if (row % 2 == 0) log.failed[row] = row % 4 == 0;
  }
  const auto expected = expected_failures(log, 1);
  EXPECT_NEAR(expected[0], .5, .02);
  EXPECT_NEAR(expected[1], .1, .08);
}

TEST(ExpectedFailures, WithoutScoresThereAreNone) {
  EXPECT_TRUE(expected_failures(one_column_log({}, {}), 1).empty());
  table::PredictionLog log = one_column_log({}, {0, 1});
  log.rows = 2;
  EXPECT_TRUE(expected_failures(log, 1).empty());
  EXPECT_TRUE(expected_failures(one_column_log({kNaN, kNaN}, {0, 1}), 1).empty());
}

TEST(ExpectedFailures, NobodyFailsOrEverybody) {
  for (const int fails : {0, 1}) {
    const auto log = drawn(100, 8, [&](double) { return static_cast<double>(fails); });
    for (const double p : expected_failures(log, 1)) EXPECT_NEAR(p, fails, .01);
  }
}

TEST(ExpectedFailures, BelowTheConfidenceOfTheRuleNoFailureIsExpected) {
  auto log = drawn(4'000, 9, [](double) { return .3; });
  log.rule.confident = .8;
  for (std::size_t row = 0; row < log.rows; ++row)
    if (log.confidence[row] < .8) log.failed[row] = 0;
  const auto expected = expected_failures(log, 1);
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (log.confidence[row] < .8)
      EXPECT_EQ(expected[row], 0);
    else
      EXPECT_NEAR(expected[row], .3, .15);
  }
}

// With a threshold of .3 the case of P(yes) = .35 is predicted yes with a confidence of .35, not .65.
TEST(PredictionConfidence, IsTheProbabilityOfThePredictedClass) {
  table::PredictionLog log = one_column_log({.65, .9, kNaN, .8}, {0, 0, 0, 0});
  log.classes = {"no", "yes"};
  log.positive = "yes";
  log.positive_score = {.35, .1, kNaN, .2};
  log.predicted_class = {1, 0, 1, table::kNoClass};
  const auto confidence = prediction_confidence(log);
  EXPECT_EQ(confidence[0], .35);
  EXPECT_EQ(confidence[1], .9);
  EXPECT_TRUE(std::isnan(confidence[2]));
  EXPECT_EQ(confidence[3], .8);
}

TEST(PredictionConfidence, OfSeveralScoresIsThatOfThePrediction) {
  table::PredictionLog log = one_column_log({.6, .7}, {0, 0});
  log.classes = {"a", "b", "c"};
  log.roles.scores = {"s_a", "s_b", "s_c"};
  log.columns = {
      {.name = "s_a", .numbers = {.6, .1}}, {.name = "s_b", .numbers = {.3, .2}}, {.name = "s_c", .numbers = {.1, .7}}};
  log.predicted_class = {1, 2};
  EXPECT_EQ(prediction_confidence(log), (std::vector{.3, .7}));
}

}  // namespace
}  // namespace errata::slice

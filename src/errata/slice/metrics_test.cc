#include "errata/slice/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "errata/base/limits.h"
#include "errata/stats/calibration.h"
#include "errata/stats/classification.h"

namespace errata::slice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t kNone = table::kNoClass;

table::PredictionLog class_log(std::vector<std::string> classes, std::vector<std::uint32_t> label,
                               std::vector<std::uint32_t> predicted) {
  table::PredictionLog log;
  log.rows = label.size();
  log.task = table::Task::classes;
  log.classes = std::move(classes);
  log.label_class = std::move(label);
  log.predicted_class = std::move(predicted);
  for (std::size_t i = 0; i < log.rows; ++i) log.failed.push_back(log.label_class[i] != log.predicted_class[i]);
  return log;
}

void add_column(table::PredictionLog& log, const std::string& name, std::vector<double> numbers) {
  table::Column column;
  column.name = name;
  column.numbers = std::move(numbers);
  log.columns.push_back(std::move(column));
}

void set_weights(table::PredictionLog& log, std::vector<double> weights) {
  add_column(log, "w", std::move(weights));
  log.roles.weight = "w";
}

void set_positive_scores(table::PredictionLog& log, std::vector<double> scores) {
  log.positive = log.classes.back();
  log.score_meaning = table::ScoreMeaning::positive_class;
  for (const double p : scores) log.confidence.push_back(std::max(p, 1 - p));
  log.positive_score = std::move(scores);
}

table::PredictionLog three_class_log() {
  auto log = class_log({"cat", "dog", "owl"}, {0, 0, 1, 1, 2, 2}, {0, 1, 1, 1, 0, 2});
  add_column(log, "p0", {.6, .3, .1, .2, .5, .1});
  add_column(log, "p1", {.3, .5, .8, .7, .1, .1});
  add_column(log, "p2", {.1, .2, .1, .1, .4, .8});
  log.roles.scores = {"p0", "p1", "p2"};
  log.confidence = {.6, .5, .8, .7, .5, .8};
  return log;
}

TEST(ClassMetrics, CountsAndRatesByHand) {
  const auto metrics = class_metrics(class_log({"no", "yes"}, {0, 0, 0, 1, 1, 0}, {0, 0, 1, 1, 0, 0}));
  ASSERT_TRUE(metrics.has_value());
  EXPECT_EQ(metrics->n, 6U);
  EXPECT_DOUBLE_EQ(metrics->accuracy, 4.0 / 6);
  EXPECT_DOUBLE_EQ(metrics->balanced_accuracy, (0.75 + 0.5) / 2);
  EXPECT_THAT(metrics->confusion, ElementsAre(3, 1, 1, 1));
  const OneClass& no = metrics->per_class[0];
  EXPECT_EQ(no.name, "no");
  EXPECT_EQ(no.labelled, 4U);
  EXPECT_EQ(no.predicted, 4U);
  EXPECT_DOUBLE_EQ(no.precision, 0.75);
  EXPECT_DOUBLE_EQ(no.recall, 0.75);
  EXPECT_DOUBLE_EQ(metrics->per_class[1].f1, 0.5);
  EXPECT_FALSE(metrics->roc_auc || metrics->average_precision || metrics->log_loss || metrics->brier || metrics->ece);
  EXPECT_THAT(metrics->calibration_of, IsEmpty());
}

// Of three cases of no one is predicted yes, of two of yes both no.
TEST(ClassMetrics, TellBothKindsOfFailureAndTheBaseRate) {
  auto log = class_log({"no", "yes"}, {0, 0, 0, 1, 1}, {0, 0, 1, 0, 0});
  EXPECT_FALSE(class_metrics(log)->binary.has_value());
  log.positive = "yes";
  const auto binary = class_metrics(log)->binary;
  EXPECT_EQ(binary->positive, "yes");
  EXPECT_DOUBLE_EQ(binary->base_rate, .4);
  EXPECT_DOUBLE_EQ(binary->false_negative_rate, 1);
  EXPECT_DOUBLE_EQ(binary->false_positive_rate, 1.0 / 3);
  log.positive = "no";
  EXPECT_DOUBLE_EQ(class_metrics(log)->binary->base_rate, .6);
  EXPECT_DOUBLE_EQ(class_metrics(log)->binary->false_negative_rate, 1.0 / 3);
  set_weights(log, {1, 1, 2, 1, 3});
  EXPECT_DOUBLE_EQ(class_metrics(log)->binary->base_rate, .5);
  EXPECT_DOUBLE_EQ(class_metrics(log)->binary->false_negative_rate, .5);
  EXPECT_TRUE(std::isnan(class_metrics(log, std::vector<std::uint8_t>{0, 0, 0, 1, 1})->binary->false_negative_rate));
}

TEST(ClassMetrics, TellTheMostFrequentConfusions) {
  auto log = class_log({"a", "b", "c", "d"}, {0, 0, 0, 1, 1, 2, 3, 3}, {0, 1, 1, 2, 2, 1, 0, 3});
  const auto confusions = class_metrics(log)->confusions;
  ASSERT_EQ(confusions.size(), 3U);  // a → b and b → c twice, then c → b before d → a
  EXPECT_EQ(confusions[0].label, 0U);
  EXPECT_EQ(confusions[0].predicted, 1U);
  EXPECT_EQ(confusions[0].n, 2U);
  EXPECT_DOUBLE_EQ(confusions[0].share, .25);
  EXPECT_EQ(confusions[1].label, 1U);
  EXPECT_EQ(confusions[2].label, 2U);
  set_weights(log, {1, 1, 1, 1, 1, 1, 8, 1});
  EXPECT_EQ(class_metrics(log)->confusions[0].label, 3U);
  EXPECT_DOUBLE_EQ(class_metrics(log)->confusions[0].share, 8.0 / 15);
}

TEST(ClassMetrics, LeavesOutWhatHasNoLabelPredictionOrWeight) {
  auto log = class_log({"a", "b"}, {0, kNone, 1, 1, 1, 0}, {0, 0, kNone, 1, 0, 1});
  set_weights(log, {2, 1, 1, 1, kNaN, -3});
  const auto metrics = class_metrics(log);
  EXPECT_EQ(metrics->n, 2U);
  EXPECT_THAT(metrics->confusion, ElementsAre(2, 0, 0, 1));
}

TEST(ClassMetrics, HaveNoRatesWhereTheDenominatorIsZero) {
  const auto metrics = class_metrics(class_log({"a", "b", "c"}, {0, 0}, {0, 1}));
  EXPECT_TRUE(std::isnan(metrics->per_class[1].recall));
  EXPECT_EQ(metrics->per_class[1].precision, 0);
  EXPECT_TRUE(std::isnan(metrics->per_class[2].f1));
  EXPECT_DOUBLE_EQ(metrics->balanced_accuracy, 0.5);  // of the one class that has labels
}

TEST(ClassMetrics, OfABinaryScoreSpeakOfThePositiveClass) {
  auto log = class_log({"0", "1"}, {1, 0, 1, 0}, {1, 1, 0, 0});
  set_positive_scores(log, {.9, .6, .4, .1});
  const auto metrics = class_metrics(log);
  EXPECT_EQ(metrics->calibration_of, "P(1)");
  EXPECT_DOUBLE_EQ(*metrics->roc_auc, 0.75);
  EXPECT_DOUBLE_EQ(*metrics->average_precision, 0.5 + 0.5 * 2 / 3);
  EXPECT_DOUBLE_EQ(*metrics->log_loss, -(2 * std::log(.9) + 2 * std::log(.4)) / 4);
  EXPECT_DOUBLE_EQ(*metrics->brier, (.01 + .36 + .36 + .01) / 4);
  EXPECT_DOUBLE_EQ(*metrics->ece, (.1 + .6 + .6 + .1) / 4);  // four bins of one case
  EXPECT_EQ(metrics->reliability.size(), 4U);
}

TEST(ClassMetrics, CountUnusableScoresAndGoOnWithoutThem) {
  auto log = class_log({"0", "1"}, {1, 0, 1, 0, 1, kNone}, {1, 1, 0, 0, 1, 1});
  set_positive_scores(log, {.9, .6, .4, .1, kNaN, kNaN});
  const auto metrics = class_metrics(log);
  EXPECT_EQ(metrics->n, 5U);
  EXPECT_EQ(metrics->unusable_scores, 1U);
  EXPECT_DOUBLE_EQ(*metrics->roc_auc, 0.75);
  EXPECT_DOUBLE_EQ(metrics->accuracy, 0.6);
  log.positive_score.assign(6, kNaN);
  const auto without = class_metrics(log);
  EXPECT_EQ(without->unusable_scores, 5U);
  EXPECT_FALSE(without->roc_auc || without->log_loss || without->brier || without->ece);
  EXPECT_THAT(without->reliability, IsEmpty());
}

TEST(ClassMetrics, OfOneScoreAClass) {
  const auto metrics = class_metrics(three_class_log());
  EXPECT_EQ(metrics->calibration_of, "confidence in the prediction");
  // cat .6 .3 | .5 .2 .1 .1: 7 of 8 pairs; dog .8 .7 | …: 8 of 8; owl .8 .4 | …: 8 of 8.
  EXPECT_DOUBLE_EQ(*metrics->roc_auc, (7.0 / 8 + 1 + 1) / 3);
  EXPECT_DOUBLE_EQ(*metrics->average_precision, ((0.5 + 0.5 * 2 / 3) + 1 + 1) / 3);
  EXPECT_DOUBLE_EQ(*metrics->log_loss,
                   -(std::log(.6) + std::log(.3) + std::log(.8) + std::log(.7) + std::log(.4) + std::log(.8)) / 6);
  EXPECT_NEAR(*metrics->brier, (.26 + .78 + .06 + .14 + .62 + .06) / 6, 1e-15);
  // Confidences .6 ✓ | .5 ✗, .5 ✗ | .8 ✓, .8 ✓ | .7 ✓.
  EXPECT_NEAR(*metrics->ece, (.4 + 2 * .5 + 2 * .2 + .3) / 6, 1e-15);
}

TEST(ClassMetrics, LeaveOutACaseWithOneScoreOutOfRange) {
  auto log = three_class_log();
  log.columns[2].numbers.set(5, 1.5);
  const auto metrics = class_metrics(log);
  EXPECT_EQ(metrics->unusable_scores, 1U);
  EXPECT_NEAR(*metrics->brier, (.26 + .78 + .06 + .14 + .62) / 5, 1e-15);
}

TEST(ClassMetrics, OfAConfidenceAloneSpeakOfTheConfidence) {
  auto log = class_log({"a", "b", "c"}, {0, 1}, {0, 2});
  log.score_meaning = table::ScoreMeaning::predicted_class;
  log.confidence = {.9, .7};
  const auto metrics = class_metrics(log);
  EXPECT_EQ(metrics->calibration_of, "confidence in the prediction");
  EXPECT_NEAR(*metrics->brier, (.01 + .49) / 2, 1e-15);
  EXPECT_NEAR(*metrics->ece, (.1 + .7) / 2, 1e-15);
  EXPECT_FALSE(metrics->roc_auc || metrics->log_loss);
}

TEST(ClassMetrics, AreAbsentForOtherTasksAndEmptySets) {
  table::PredictionLog log;
  EXPECT_FALSE(class_metrics(log).has_value());
  EXPECT_FALSE(number_metrics(log).has_value());
  const auto classes = class_log({"a", "b"}, {0, 1}, {0, 0});
  EXPECT_FALSE(class_metrics(classes, std::vector<std::uint8_t>{0, 0}).has_value());
  EXPECT_FALSE(number_metrics(classes).has_value());
}

/// The same cases as a log of their own.
table::PredictionLog only(const table::PredictionLog& log, const std::vector<std::uint8_t>& members) {
  table::PredictionLog part = log;
  const auto keep = [&](auto& values) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (members[i] != 0) values[kept++] = values[i];
    }
    values.resize(kept);
  };
  keep(part.label_class);
  keep(part.predicted_class);
  keep(part.confidence);
  keep(part.positive_score);
  for (auto& column : part.columns) column.numbers.filter(members);
  part.rows = part.label_class.size();
  return part;
}

table::PredictionLog any_binary_log() {
  std::vector<std::uint32_t> label, predicted;
  std::vector<double> scores, weights;
  const auto n = *rc::gen::inRange<std::size_t>(1, 60);
  for (std::size_t i = 0; i < n; ++i) {
    label.push_back(*rc::gen::inRange<std::uint32_t>(0, 2));
    scores.push_back(*rc::gen::inRange(0, 11) * 0.1);
    predicted.push_back(scores.back() > 0.5 ? 1 : 0);
    weights.push_back(*rc::gen::inRange(1, 5) * 0.5);
  }
  auto log = class_log({"0", "1"}, label, predicted);
  set_positive_scores(log, scores);
  set_weights(log, weights);
  return log;
}

bool same(std::optional<double> a, double b) { return a ? std::abs(*a - b) < 1e-12 : std::isnan(b); }

/// Σ w·f(p, outcome) / Σ w, as the books write it.
template <typename Loss>
double mean_loss(const std::vector<double>& p, const std::vector<std::uint8_t>& outcome,
                 const std::vector<double>& weights, Loss loss) {
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    sum += weights[i] * loss(p[i], outcome[i]);
    all += weights[i];
  }
  return sum / all;
}

RC_GTEST_PROP(ClassMetrics, AreThoseOfThePureFunctions, ()) {
  const auto log = any_binary_log();
  std::vector<std::uint8_t> positive;
  for (const std::uint32_t label : log.label_class) positive.push_back(label == 1);
  const std::vector<double> weights = log.columns[0].numbers.to_vector();
  const auto metrics = class_metrics(log);
  const auto areas = stats::ranking_areas(log.positive_score, positive, weights);
  RC_ASSERT(same(metrics->roc_auc, areas.roc_auc));
  RC_ASSERT(same(metrics->average_precision, areas.average_precision));
  RC_ASSERT(same(metrics->log_loss, mean_loss(log.positive_score, positive, weights,
                                              [](double p, int y) { return stats::log_loss(y == 1 ? p : 1 - p); })));
  RC_ASSERT(same(metrics->brier,
                 mean_loss(log.positive_score, positive, weights, [](double p, int y) { return (p - y) * (p - y); })));
  RC_ASSERT(same(metrics->ece, stats::calibration(log.positive_score, positive, weights).expected_error()));
}

RC_GTEST_PROP(ClassMetrics, OfMembersAreThoseOfALogOfTheMembers, ()) {
  const auto log = any_binary_log();
  std::vector<std::uint8_t> members;
  for (std::size_t i = 0; i < log.rows; ++i) members.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  const auto metrics = class_metrics(log, members), expected = class_metrics(only(log, members));
  RC_ASSERT(metrics.has_value() == expected.has_value());
  if (!metrics) return;
  RC_ASSERT(metrics->n == expected->n);
  RC_ASSERT(metrics->accuracy == expected->accuracy);
  RC_ASSERT(metrics->confusion == expected->confusion);
  RC_ASSERT(metrics->roc_auc == expected->roc_auc);
  RC_ASSERT(metrics->log_loss == expected->log_loss);
  RC_ASSERT(metrics->ece == expected->ece);
}

table::PredictionLog number_log(std::vector<double> label, std::vector<double> prediction) {
  table::PredictionLog log;
  log.rows = label.size();
  log.task = table::Task::numbers;
  add_column(log, "y", std::move(label));
  add_column(log, "yhat", std::move(prediction));
  log.roles.label = "y";
  log.roles.prediction = "yhat";
  return log;
}

TEST(NumberMetrics, HaveTheHandComputedValues) {
  const auto metrics = number_metrics(number_log({1, 2, 3, 4}, {2, 2, 2, 6}));  // errors 1 0 −1 2
  ASSERT_TRUE(metrics.has_value());
  EXPECT_DOUBLE_EQ(metrics->mae, 1);
  EXPECT_DOUBLE_EQ(metrics->rmse, std::sqrt(1.5));
  EXPECT_DOUBLE_EQ(metrics->bias, 0.5);
  EXPECT_DOUBLE_EQ(metrics->r2, 1 - 6.0 / 5);
  EXPECT_THAT(metrics->residual_quantiles, ElementsAre(-1, -1, -1, 0, 1, 2, 2));
}

TEST(NumberMetrics, WeighTheirCases) {
  auto log = number_log({1, 2, 3, 4}, {2, 2, 2, 6});
  set_weights(log, {1, 0, 1, 2});
  const auto weighted = number_metrics(log), repeated = number_metrics(number_log({1, 3, 4, 4}, {2, 2, 6, 6}));
  EXPECT_EQ(weighted->n, 3U);
  EXPECT_DOUBLE_EQ(weighted->mae, repeated->mae);
  EXPECT_DOUBLE_EQ(weighted->rmse, repeated->rmse);
  EXPECT_DOUBLE_EQ(weighted->bias, repeated->bias);
  EXPECT_DOUBLE_EQ(weighted->r2, repeated->r2);
  EXPECT_EQ(weighted->residual_quantiles, repeated->residual_quantiles);
}

TEST(NumberMetrics, LeaveOutWhatIsNotFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto metrics = number_metrics(number_log({1, kNaN, 3, infinity}, {2, 2, kNaN, 6}));
  EXPECT_EQ(metrics->n, 1U);
  EXPECT_EQ(metrics->mae, 1);
  EXPECT_TRUE(std::isnan(metrics->r2));  // one label has no spread
  EXPECT_FALSE(number_metrics(number_log({kNaN}, {1})).has_value());
}

// Errors 1, 3 and 5: their mean is 3, their standard deviation √(8/3), and 9 + 8/3 the mean square.
TEST(NumberMetrics, TellBiasAndSpreadApart) {
  const auto metrics = number_metrics(number_log({0, 0, 0}, {1, 3, 5}));
  EXPECT_DOUBLE_EQ(metrics->bias, 3);
  EXPECT_DOUBLE_EQ(metrics->spread, std::sqrt(8.0 / 3));
  EXPECT_DOUBLE_EQ(metrics->rmse * metrics->rmse, 9 + 8.0 / 3);
}

// Sums of squares would lose every digit of the spread here: 1e18 against 1.
TEST(NumberMetrics, KeepTheSpreadOfLabelsFarFromZero) {
  const auto metrics = number_metrics(number_log({1e9, 1e9 + 1, 1e9 + 2}, {1e9, 1e9 + 1, 1e9 + 1}));
  EXPECT_NEAR(metrics->r2, 0.5, 1e-9);
}

}  // namespace
}  // namespace errata::slice

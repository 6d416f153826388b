#include "errata/slice/failure_kinds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "errata/slice/metrics.h"
#include "errata/slice/search.h"

namespace errata::slice {
namespace {

/// no, yes: labels 1 1 1 0 0 0 0 0, predictions 1 0 0 0 0 1 0 0.
table::PredictionLog binary_log() {
  table::PredictionLog log;
  log.rows = 8;
  log.task = table::Task::classes;
  log.classes = {"no", "yes"};
  log.positive = "yes";
  log.label_class = {1, 1, 1, 0, 0, 0, 0, 0};
  log.predicted_class = {1, 0, 0, 0, 0, 1, 0, 0};
  for (std::size_t i = 0; i < log.rows; ++i) log.failed.push_back(log.label_class[i] != log.predicted_class[i] ? 1 : 0);
  return log;
}

TEST(FailureKinds, OfTwoClasses) {
  const auto log = binary_log();
  const FailureKinds kinds = SliceMeter(log).kinds(rows_of(std::vector<std::uint8_t>{1, 1, 0, 1, 1, 1, 0, 0}));
  ASSERT_TRUE(kinds.binary);
  EXPECT_EQ(kinds.binary->positive, "yes");
  EXPECT_EQ(kinds.binary->base_rate, 0.4);
  EXPECT_EQ(kinds.binary->false_negative_rate, 0.5);
  EXPECT_EQ(kinds.binary->false_positive_rate, 1.0 / 3);
  ASSERT_EQ(kinds.confusions.size(), 2U);
  EXPECT_EQ(kinds.confusions[0].share, 0.2);
  EXPECT_FALSE(kinds.bias);
}

TEST(FailureKinds, AreThoseOfTheMetrics) {
  auto log = binary_log();
  table::Column weight{.name = "w"};
  weight.numbers = {1, 2, 3, 4, 5, 6, 7, 8};
  log.columns.push_back(weight);
  log.roles.weight = "w";
  const std::vector<std::uint8_t> members{1, 1, 1, 0, 0, 1, 1, 0};
  const auto metrics = class_metrics(log, members);
  const FailureKinds kinds = SliceMeter(log).kinds(rows_of(members));
  EXPECT_EQ(kinds.binary->false_negative_rate, metrics->binary->false_negative_rate);
  EXPECT_EQ(kinds.binary->false_positive_rate, metrics->binary->false_positive_rate);
  EXPECT_EQ(kinds.confusions[0].share, metrics->confusions[0].share);
}

table::PredictionLog numbers_log(std::vector<double> labels, std::vector<double> predictions) {
  table::PredictionLog log;
  log.rows = labels.size();
  log.task = table::Task::numbers;
  log.columns.resize(2);
  log.columns[0].name = "y";
  log.columns[0].numbers = std::move(labels);
  log.columns[1].name = "p";
  log.columns[1].numbers = std::move(predictions);
  log.roles.label = log.columns[0].name;
  log.roles.prediction = log.columns[1].name;
  return log;
}

TEST(FailureKinds, OfNumbers) {
  const table::PredictionLog log = numbers_log({0, 0, 0, 0}, {1, 3, 100, 5});
  const FailureKinds kinds = SliceMeter(log).kinds(rows_of(std::vector<std::uint8_t>{1, 1, 0, 1}));
  EXPECT_EQ(kinds.bias, 3);  // errors 1, 3, 5
  EXPECT_DOUBLE_EQ(*kinds.spread, std::sqrt(8.0 / 3));
  EXPECT_FALSE(SliceMeter(log).kinds(rows_of(std::vector<std::uint8_t>(4, 0))).bias);
}

}  // namespace
}  // namespace errata::slice

#include "errata/slice/association.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/slice/test_columns.h"

namespace errata::slice {
namespace {

struct AssociationLog {
  table::PredictionLog log;
  table::CodedTable coded;
};
AssociationLog log_of_columns(std::vector<table::Column> columns, std::vector<std::uint8_t> failed) {
  AssociationLog result;
  result.log.rows = result.coded.rows = failed.size();
  result.log.failed = std::move(failed);
  for (auto& column : columns) {
    result.coded.features.push_back(table::code_column(column, {}).value());
    result.log.roles.features.push_back(column.name);
    result.log.columns.push_back(std::move(column));
  }
  return result;
}

std::vector<Association> measure(const AssociationLog& log) {
  ThreadPool pool(2);
  return associate(log.log, log.coded, pool);
}

TEST(Associate, NothingToMeasure) {
  EXPECT_TRUE(measure({}).empty());
  const auto constant = measure(log_of_columns({numbers("x", {1, 1, 1})}, {0, 1, 0}));
  EXPECT_EQ(constant.at(0).mutual_information, 0);
  EXPECT_EQ(constant.at(0).log_p, 0);
}

TEST(Associate, SmallLogByHand) {
  const auto result = measure(
      log_of_columns({words("colour", {0, 0, 1, 1}, {"blue", "red"}), numbers("x", {1, 2, 3, 4})}, {0, 0, 1, 1}));
  ASSERT_EQ(result.size(), 2u);
  const auto& x = result[0].feature == "x" ? result[0] : result[1];
  const auto& colour = result[0].feature == "x" ? result[1] : result[0];
  EXPECT_TRUE(x.numeric);
  EXPECT_EQ(x.effect_name, "rank-biserial");
  EXPECT_EQ(x.effect, 1);  // every failure has a larger value than every other case
  EXPECT_FALSE(colour.numeric);
  EXPECT_EQ(colour.effect_name, "Cramér's V");
  EXPECT_NEAR(colour.effect, 1, 1e-12);
  EXPECT_NEAR(colour.log_p, std::log(0.045500263896358), 1e-9);  // X² = 4, one degree of freedom
  EXPECT_NEAR(colour.mutual_information, 1 + 1 / (8 * std::log(2)), 1e-12);
}

TEST(Associate, MissingNumbersAreLeftOutOfTheRankTestButNotOfTheBins) {
  std::vector<double> values;
  std::vector<std::uint8_t> failed;
  for (int i = 0; i < 400; ++i) {
    values.push_back(i % 4 == 0 ? kNaN : i % 8);
    failed.push_back(i % 4 == 0);  // missing values fail, present ones never do
  }
  const auto result = measure(log_of_columns({numbers("x", values)}, failed));
  EXPECT_GT(result[0].mutual_information, 0.7);
  EXPECT_EQ(result[0].effect, 0);
  EXPECT_EQ(result[0].log_p, 0);
}

TEST(Associate, StrongestFirstAndAdjusted) {
  Rng rng(8);
  std::vector<double> noise, weak, strong;
  std::vector<std::uint8_t> failed;
  for (int i = 0; i < 5000; ++i) {
    failed.push_back(rng.bernoulli(0.2));
    noise.push_back(rng.normal());
    weak.push_back(rng.normal() + 0.5 * failed.back());
    strong.push_back(rng.normal() - 2 * failed.back());
  }
  const auto result =
      measure(log_of_columns({numbers("noise", noise), numbers("weak", weak), numbers("strong", strong)}, failed));
  EXPECT_EQ(result[0].feature, "strong");
  EXPECT_EQ(result[1].feature, "weak");
  EXPECT_EQ(result[2].feature, "noise");
  EXPECT_LT(result[0].effect, -0.7);
  EXPECT_GT(result[1].effect, 0.1);
  EXPECT_LT(std::abs(result[2].effect), 0.1);
  EXPECT_GT(result[2].log_p, std::log(1e-3));
  EXPECT_DOUBLE_EQ(result[0].log_p_adjusted, result[0].log_p + std::log(3));
  for (const auto& one : result) EXPECT_GE(one.log_p_adjusted, one.log_p);
}

TEST(Associate, LabelAndPredictionAreLeftOut) {
  auto log = log_of_columns({numbers("y", {0, 1, 0, 1}), numbers("x", {1, 2, 3, 4})}, {0, 1, 0, 1});
  log.coded.features[0].source = table::FeatureSource::label;
  const auto result = measure(log);
  ASSERT_EQ(result.size(), 1u);
  EXPECT_EQ(result[0].feature, "x");
}

}  // namespace
}  // namespace errata::slice

#include "errata/slice/drift.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/slice/test_columns.h"

namespace errata::slice {
namespace {

/// A log with the time column "t" and features.
table::PredictionLog drifting_log(std::vector<double> times, std::vector<table::Column> features) {
  table::PredictionLog log;
  log.rows = times.size();
  log.failed.resize(log.rows);
  log.roles.time = "t";
  for (auto& feature : features) {
    log.roles.features.push_back(feature.name);
    log.columns.push_back(std::move(feature));
  }
  log.columns.push_back(numbers("t", std::move(times)));
  return log;
}

std::optional<Drift> measure_drift(const table::PredictionLog& log) {
  ThreadPool pool(2);
  return slice::measure_drift(log, pool);
}

TEST(MeasureDrift, NeedsTwoTimes) {
  EXPECT_FALSE(measure_drift({}));
  EXPECT_FALSE(measure_drift(drifting_log({}, {})));
  EXPECT_FALSE(measure_drift(drifting_log({1}, {})));
  EXPECT_FALSE(measure_drift(drifting_log({1, 1, 1, kNaN}, {})));
  EXPECT_TRUE(measure_drift(drifting_log({1, 2}, {})));
}

TEST(MeasureDrift, ReferenceIsTheEarliestThird) {
  const auto drift = measure_drift(drifting_log({9, 1, 8, 2, 7, 3, 6, 4, 5, kNaN}, {}));
  EXPECT_EQ(drift->reference_rows, 3u);
  EXPECT_EQ(drift->rest_rows, 6u);
  EXPECT_EQ(drift->reference_end, 3);
}

TEST(MeasureDrift, CasesOfOneTimeAreNotSplit) {
  const auto later = measure_drift(drifting_log({1, 1, 2, 2, 2, 3}, {}));
  EXPECT_EQ(later->reference_rows, 2u);
  const auto extended = measure_drift(drifting_log({1, 2, 2, 2, 2, 3}, {}));
  EXPECT_EQ(extended->reference_rows, 5u);
  EXPECT_EQ(extended->reference_end, 2);
  const auto shortened = measure_drift(drifting_log({1, 2, 2, 2, 2, 2}, {}));
  EXPECT_EQ(shortened->reference_rows, 1u);
  EXPECT_EQ(shortened->rest_rows, 5u);
}

TEST(MeasureDrift, NumbersByHand) {
  std::vector<double> times, values;
  for (int i = 0; i < 30; ++i) {
    times.push_back(i);
    values.push_back(i < 10 ? i : 100);  // the reference is 0 … 9, the rest lies beyond it
  }
  const auto drift = measure_drift(drifting_log(times, {numbers("x", values)}));
  const auto& x = drift->columns.at(0);
  EXPECT_EQ(x.test, "Kolmogorov–Smirnov");
  EXPECT_EQ(x.result.statistic, 1);
  // Ten bins: nine with 1 and 0 cases, the last with 1 and 20; half a case more in each, 15 and 25 in all.
  const double p = 1.5 / 15, empty = 0.5 / 25, full = 20.5 / 25;
  EXPECT_NEAR(x.psi, 9 * (empty - p) * std::log(empty / p) + (full - p) * std::log(full / p), 1e-12);
  EXPECT_EQ(x.missing_before, 0);
  EXPECT_FALSE(x.is_score);
}

TEST(MeasureDrift, MissingIsACategoryOfItsOwn) {
  std::vector<double> times, values;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 300; ++i) {
    const bool missing = i >= 100 && i % 2 == 0;
    times.push_back(i);
    values.push_back(missing ? kNaN : i % 5);
    codes.push_back(missing ? table::kMissingCode : i % 3);
  }
  const auto drift = measure_drift(drifting_log(times, {numbers("x", values), words("c", codes, {"a", "b", "c"})}));
  for (const auto& column : drift->columns) {
    EXPECT_GT(column.psi, 1) << column.column;
    EXPECT_EQ(column.missing_before, 0);
    EXPECT_EQ(column.missing_after, 0.5);
  }
  const auto& c = drift->columns[0].column == "c" ? drift->columns[0] : drift->columns[1];
  const auto& x = drift->columns[0].column == "c" ? drift->columns[1] : drift->columns[0];
  EXPECT_EQ(c.test, "chi-squared");
  EXPECT_LT(c.result.log_p, std::log(1e-9));
  EXPECT_GT(x.result.log_p, std::log(0.5));  // the values that are there did not change
}

TEST(MeasureDrift, RareCategoriesAreCountedTogether) {
  std::vector<double> times;
  std::vector<std::int32_t> codes;
  std::vector<std::string> categories;
  for (int i = 0; i < 3000; ++i) {
    times.push_back(i);
    codes.push_back(i);  // an id: every case a category
    categories.push_back(std::to_string(i));
  }
  const auto drift = measure_drift(drifting_log(times, {words("id", codes, categories)}));
  EXPECT_EQ(drift->columns.at(0).psi, 0);
  EXPECT_EQ(drift->columns.at(0).result.log_p, 0);
}

TEST(MeasureDrift, ScoresAndConfidenceAreCompared) {
  auto log =
      drifting_log({1, 2, 3, 4, 5, 6}, {numbers("x", {1, 2, 1, 2, 1, 2}), numbers("score", {.1, .2, .6, .7, .8, .9})});
  log.roles.features = {"x"};
  log.roles.score = "score";
  log.score_meaning = table::ScoreMeaning::positive_class;
  log.confidence = {.9, .8, .6, .7, .8, .9};
  const auto drift = measure_drift(log);
  ASSERT_EQ(drift->columns.size(), 3u);
  EXPECT_EQ(std::ranges::count(drift->columns, true, &ColumnDrift::is_score), 2);
  log.score_meaning = table::ScoreMeaning::predicted_class;  // the confidence is the score
  EXPECT_EQ(measure_drift(log)->columns.size(), 2u);
}

TEST(MeasureDrift, AConfidenceThatRepeatsTheScoreIsLeftOut) {
  const auto measured = [](std::vector<double> scores, const std::string& name) {
    auto log = drifting_log({1, 2, 3, 4, 5, 6}, {numbers(name, scores)});
    log.roles.features.clear();
    log.roles.score = name;
    log.score_meaning = table::ScoreMeaning::positive_class;
    for (const double p : scores) log.confidence.push_back(std::max(p, 1 - p));
    log.positive_score = std::move(scores);
    std::vector<std::string> columns;
    const auto drift = measure_drift(log);
    for (const ColumnDrift& column : drift->columns) columns.push_back(column.column);
    std::ranges::sort(columns);
    return columns;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(measured({.1, .2, .6, .7, .8, .9}, "p"), (Names{"confidence", "p"}));
  EXPECT_EQ(measured({.1, .2, .1, .3, .4, .5}, "p"), (Names{"p"}));
  EXPECT_EQ(measured({.6, .7, .9, .7, .8, .5}, "p"), (Names{"p"}));
  EXPECT_EQ(measured({.1, .2, .6, .7, .8, .9}, "confidence"), (Names{"confidence", "confidence in the prediction"}));
}

TEST(MeasureDrift, OfTwoScoresThatAddUpToOneTheOneOfThePositiveClassIsCompared) {
  auto log = drifting_log({1, 2, 3}, {numbers("p_no", {.9, .8, .4}), numbers("p_yes", {.1, .2, .6})});
  log.roles.features.clear();
  log.roles.scores = {"p_no", "p_yes"};
  log.classes = {"no", "yes"};
  log.positive = "yes";
  log.score_class = {0, 1};
  log.positive_score = {.1, .2, .6};
  log.confidence = {.9, .8, .6};
  const auto drift = measure_drift(log);
  ASSERT_EQ(drift->columns.size(), 2U);
  EXPECT_TRUE(std::ranges::none_of(drift->columns, [](const auto& c) { return c.column == "p_no"; }));
}

TEST(MeasureDrift, RanksTheShiftedColumnFirstAndLeavesTheOthersUnflagged) {
  Rng rng(6);
  std::vector<double> times, shifted;
  std::vector<std::vector<double>> still(10);
  for (int i = 0; i < 9000; ++i) {
    times.push_back(i);
    for (auto& values : still) values.push_back(rng.normal());
    shifted.push_back(rng.normal() + (i > 5000 ? 0.8 : 0));
  }
  std::vector<table::Column> columns;
  for (std::size_t i = 0; i < still.size(); ++i) columns.push_back(numbers("still" + std::to_string(i), still[i]));
  columns.push_back(numbers("shifted", shifted));
  const auto drift = measure_drift(drifting_log(times, columns));
  EXPECT_EQ(drift->columns[0].column, "shifted");
  EXPECT_GT(drift->columns[0].psi, 0.1);
  EXPECT_LT(drift->columns[0].log_p_adjusted, std::log(1e-6));
  for (std::size_t i = 1; i < drift->columns.size(); ++i) {
    EXPECT_LT(drift->columns[i].psi, 0.02);
    EXPECT_GT(drift->columns[i].log_p_adjusted, std::log(0.01));
    EXPECT_GE(drift->columns[i - 1].psi, drift->columns[i].psi);
  }
}

}  // namespace
}  // namespace errata::slice

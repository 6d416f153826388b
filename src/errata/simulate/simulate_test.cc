#include "errata/simulate/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "errata/base/atomic_file.h"
#include "errata/simulate/test_columns.h"
#include "errata/stats/tests.h"

namespace errata::simulate {
namespace {

using ::testing::HasSubstr;

SimulatedLog drawn(const SimulateOptions& options) {
  auto log = simulate(options);
  EXPECT_TRUE(log.has_value()) << log.error().message;
  return std::move(*log);
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Is the first column the beginning of the second, value by value?
bool begins(const table::Column& shorter, const table::Column& longer, std::size_t rows) {
  for (std::size_t r = 0; r < rows; ++r) {
    if (shorter.kind == table::ColumnKind::numeric && !same(shorter.numbers[r], longer.numbers[r])) return false;
    if (shorter.kind == table::ColumnKind::categorical && shorter.codes[r] != longer.codes[r]) return false;
  }
  return true;
}

TEST(Simulate, EveryKindAgreesWithItsTruth) {
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    const auto log = drawn({.kind = std::string(kind.name), .rows = 5'000, .seed = 3});
    EXPECT_EQ(log.truth.rows, 5'000U);
    std::uint64_t failures = 0;
    for (const auto flag : log.failed) failures += flag;
    EXPECT_EQ(log.truth.failures, failures);
    for (const auto& c : log.columns) {
      EXPECT_EQ(std::max({c.numbers.size(), c.codes.size(), c.micros.size()}), 5'000U) << c.name;
      EXPECT_TRUE(std::ranges::is_sorted(c.categories)) << c.name;
    }
    const double rate = static_cast<double>(failures) / 5'000;
    const double width = 4 * std::sqrt(log.truth.mean_rate / 5'000);
    EXPECT_NEAR(rate, log.truth.mean_rate, width);
    EXPECT_GT(rate, 0.05);
    const bool has_modes = !log.truth.modes.empty();  // what comes and goes is worse than what stays
    EXPECT_LT(rate, has_modes ? 0.5 : 0.2);
    ASSERT_EQ(log.failure_rate.size(), 5'000U);
    EXPECT_NEAR(std::reduce(log.failure_rate.begin(), log.failure_rate.end()) / 5'000, log.truth.mean_rate, 1e-12);
  }
}

TEST(Simulate, AFailureIsAPredictionThatDiffersFromItsLabel) {
  for (const char* kind : {"credit", "null", "planted", "drift", "miscalibrated", "wide"}) {
    SCOPED_TRACE(kind);
    const auto log = drawn({.kind = kind, .rows = 3'000});
    const auto& label = column(log, "label").numbers;
    const auto& prediction = column(log, "prediction").numbers;
    const auto& score = column(log, "score").numbers;
    for (std::size_t r = 0; r < 3'000; ++r) {
      ASSERT_EQ(label[r] != prediction[r], log.failed[r] != 0) << r;
      ASSERT_EQ(prediction[r], score[r] > 0.5 ? 1 : 0) << r;
    }
  }
  const auto grades = drawn({.kind = "multiclass", .rows = 3'000});
  for (std::size_t r = 0; r < 3'000; ++r)
    ASSERT_EQ(column(grades, "label").codes[r] != column(grades, "prediction").codes[r], grades.failed[r] != 0) << r;
}

TEST(Simulate, TheDefaultRuleForNumbersFindsTheSameFailures) {
  const auto log = drawn({.kind = "numbers", .rows = 10'000});
  const auto& label = column(log, "label").numbers;
  const auto& prediction = column(log, "prediction").numbers;
  const double bound = std::stod(log.truth.failure.substr(log.truth.failure.find('>') + 1));
  for (std::size_t r = 0; r < label.size(); ++r)
    ASSERT_EQ(std::abs(prediction[r] - label[r]) > bound, log.failed[r] != 0) << r;
  EXPECT_NEAR(static_cast<double>(log.truth.failures) / 10'000, 0.1, 0.005);
  EXPECT_GT(log.truth.hotspots[0].failure_rate, 3 * log.truth.base_rate);
}

RC_GTEST_PROP(Simulate, ALongerLogBeginsWithTheShorterOne, (std::uint64_t seed)) {
  const auto kind = *rc::gen::element<std::string>("null", "planted", "miscalibrated", "wide", "codes");
  const std::size_t rows = *rc::gen::inRange<std::size_t>(1, 300);
  const auto shorter = drawn({.kind = kind, .rows = rows, .seed = seed});
  const auto longer = drawn({.kind = kind, .rows = rows + 100, .seed = seed});
  for (std::size_t c = 0; c < shorter.columns.size(); ++c) {
    if (shorter.columns[c].name == "batch") continue;
    RC_ASSERT(begins(shorter.columns[c], longer.columns[c], rows));
  }
}

TEST(Simulate, TheSeedIsAllThatChanges) {
  const auto first = drawn({.kind = "planted", .rows = 500, .seed = 4});
  const auto again = drawn({.kind = "planted", .rows = 500, .seed = 4});
  const auto other = drawn({.kind = "planted", .rows = 500, .seed = 5});
  EXPECT_EQ(truth_json(first.truth), truth_json(again.truth));
  EXPECT_EQ(first.failed, again.failed);
  EXPECT_NE(first.failed, other.failed);
}

TEST(Simulate, PlantedHotspotsAreOfModerateSizeAndFailAsOftenAsPromised) {
  std::size_t hotspots = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto log = drawn({.kind = "planted", .rows = 20'000, .seed = seed});
    EXPECT_NEAR(log.truth.base_rate, 0.10, 1e-9);
    ASSERT_FALSE(log.truth.hotspots.empty()) << seed;
    for (const auto& hotspot : log.truth.hotspots) {
      const double n = static_cast<double>(hotspot.n);
      EXPECT_GE(n, 0.02 * 20'000) << seed;
      EXPECT_LE(n, 0.10 * 20'000) << seed;
      EXPECT_GE(hotspot.failure_rate, 0.22);
      EXPECT_LE(hotspot.failure_rate, 0.30);
      EXPECT_NEAR(static_cast<double>(hotspot.failures) / n, hotspot.failure_rate, 4 * std::sqrt(0.25 / n)) << seed;
      ++hotspots;
    }
  }
  EXPECT_GT(hotspots, 25U);
}

TEST(Simulate, NullFailuresGoWithNoColumn) {
  const auto log = drawn({.kind = "null", .rows = 50'000, .seed = 11});
  for (const char* name : {"label", "prediction"}) {
    std::uint64_t ones = 0, failures = 0;
    const auto& values = column(log, name).numbers;
    for (std::size_t r = 0; r < values.size(); ++r) {
      ones += values[r] == 1;
      failures += values[r] == 1 && log.failed[r];
    }
    const auto test = stats::two_rates_test(failures, ones, log.truth.failures - failures, 50'000 - ones);
    EXPECT_GT(test.log_p, std::log(0.001)) << name;
  }
  EXPECT_TRUE(log.truth.hotspots.empty());
}

TEST(Simulate, TheCreditModelHasSkill) {
  const auto log = drawn({.kind = "credit", .rows = 50'000, .seed = 1});
  const double rate = static_cast<double>(log.truth.failures) / 50'000;
  EXPECT_GT(rate, 0.08);
  EXPECT_LT(rate, 0.12);
  ASSERT_EQ(log.truth.hotspots.size(), 3U);
  ASSERT_EQ(log.truth.bad_periods.size(), 2U);
  for (const auto& hotspot : log.truth.hotspots) {
    EXPECT_GT(static_cast<double>(hotspot.n) / 50'000, 0.02) << hotspot.where[0].feature;
    EXPECT_GT(static_cast<double>(hotspot.failures) / static_cast<double>(hotspot.n), 2 * rate);
  }
  EXPECT_EQ(log.truth.bad_periods[0].end - log.truth.bad_periods[0].begin, 7LL * 86'400 * 1'000'000);
  EXPECT_NEAR(static_cast<double>(log.truth.bad_periods[0].n) / 50'000, 7.0 / 365, 0.001);
  EXPECT_TRUE(std::ranges::is_sorted(column(log, "timestamp").micros));
  EXPECT_GT(column(log, "income").missing, 1'800U);
}

TEST(Simulate, AMiscalibratedPartClaimsMoreThanItKeeps) {
  const auto log = drawn({.kind = "miscalibrated", .rows = 20'000});
  ASSERT_EQ(log.truth.miscalibrations.size(), 1U);
  const auto& part = log.truth.miscalibrations[0];
  EXPECT_GT(part.n, 4'000U);
  EXPECT_GT(part.mean_confidence, part.accuracy + 0.05);
}

TEST(Simulate, DriftMovesAFeatureAndTheRate) {
  const auto log = drawn({.kind = "drift", .rows = 20'000});
  const auto& rates = column(log, "interest_rate").numbers;
  double before = 0, after = 0;
  for (std::size_t r = 0; r < 10'000; ++r) before += rates[r] / 10'000;
  for (std::size_t r = 12'000; r < 20'000; ++r) after += rates[r] / 8'000;
  EXPECT_NEAR(after - before, 2.4, 0.15);
  EXPECT_EQ(log.truth.drifts.size(), 2U);
}

TEST(Simulate, WideAndCodesTakeANumberOfFeatures) {
  EXPECT_EQ(drawn({.kind = "wide", .rows = 10}).features.size(), 41U);
  const auto codes = drawn({.kind = "codes", .rows = 1'000, .features = 20});
  EXPECT_EQ(codes.columns.size(), 21U);
  for (const double code : codes.columns[9].numbers) ASSERT_EQ(code, std::floor(code));
}

TEST(Simulate, RefusesWhatItCannotDraw) {
  const auto unknown = simulate({.kind = "credits"});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(unknown.error().message, HasSubstr("'credits'"));
  EXPECT_THAT(unknown.error().message, HasSubstr("credit, null, planted"));
  EXPECT_THAT(simulate({.rows = 2'000'000'000}).error().message, HasSubstr("limit of 1000000000"));
  EXPECT_THAT(simulate({.kind = "null", .features = 3}).error().message, HasSubstr("only wide and codes"));
  EXPECT_THAT(simulate({.kind = "wide", .features = 0}).error().message, HasSubstr("[1, 4000]"));
}

TEST(Simulate, OneRowIsALog) {
  for (const auto& kind : kinds()) EXPECT_EQ(drawn({.kind = std::string(kind.name), .rows = 1}).failed.size(), 1U);
}

TEST(PredictionLogOf, SettlesRolesLikeAReader) {
  const auto simulated = drawn({.kind = "multiclass", .rows = 200});
  const auto log = prediction_log(simulated);
  EXPECT_EQ(log.task, table::Task::classes);
  EXPECT_THAT(log.classes, ::testing::ElementsAre("A", "B", "C", "D"));
  for (std::size_t r = 0; r < log.rows; ++r) {
    EXPECT_EQ(log.label_class[r] != log.predicted_class[r], log.failed[r] != 0);
    EXPECT_GE(log.confidence[r], 0.25);
    EXPECT_LE(log.confidence[r], 1);
  }
  EXPECT_EQ(prediction_log(drawn({.kind = "codes", .rows = 20})).task, table::Task::unknown);
}

TEST(Truth, IsReadableJsonThatNamesWhatWasPlanted) {
  const auto log = drawn({.kind = "credit", .rows = 2'000, .seed = 9});
  const auto json = nlohmann::json::parse(truth_json(log.truth));
  EXPECT_EQ(json["format"], "errata-truth");
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["hotspots"][0]["where"][0]["equals"], "partner");
  EXPECT_TRUE(json["hotspots"][0]["where"][1]["up_to"].is_null());
  EXPECT_EQ(json["hotspots"][0]["n"], log.truth.hotspots[0].n);
  EXPECT_EQ(json["drifts"][0]["feature"], "interest_rate");
}

TEST(Truth, LiesBesideTheLog) {
  EXPECT_EQ(truth_path("logs/year.csv.gz"), "logs/year.truth.json");
  EXPECT_EQ(truth_path("year.parquet"), "year.truth.json");
}

}  // namespace
}  // namespace errata::simulate

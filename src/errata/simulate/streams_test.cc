#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/simulate/regimes.h"
#include "errata/simulate/simulate.h"
#include "errata/simulate/test_columns.h"

namespace errata::simulate {
namespace {

const std::vector<std::string> kStreams{"stream", "stream-stationary", "stream-abrupt", "stream-gradual",
                                        "stream-cyclic"};

SimulatedLog drawn(const std::string& kind, std::size_t rows, std::uint64_t seed) {
  auto log = simulate({.kind = kind, .rows = rows, .seed = seed});
  EXPECT_TRUE(log.has_value()) << log.error().message;
  return std::move(*log);
}

/// [rows] how many regimes of a mode hold each row.
std::vector<int> holding(const Truth& truth, std::size_t mode) {
  std::vector<int> count(truth.rows);
  for (const auto& regime : truth.regimes)
    for (std::size_t r = regime.begin_row; regime.mode == mode && r < regime.end_row; ++r) ++count[r];
  return count;
}

RC_GTEST_PROP(Streams, TheTruthCanBeCountedInTheLog, (std::uint64_t seed)) {
  const auto kind = *rc::gen::elementOf(kStreams);
  const auto log = drawn(kind, *rc::gen::inRange<std::size_t>(1, 3'000), seed);
  const auto as_log = prediction_log(log);
  RC_ASSERT(!log.truth.modes.empty() && log.truth.modes.size() <= 5U);
  for (std::size_t m = 0; m < log.truth.modes.size(); ++m) {
    const auto& mode = log.truth.modes[m];
    const auto in = table::matches(as_log, mode.where);
    const auto active = holding(log.truth, m);
    std::uint64_t n = 0, failures = 0;
    for (std::size_t r = 0; r < log.truth.rows; ++r) {
      RC_ASSERT(active[r] <= 1);
      n += (*in)[r] && active[r];
      failures += (*in)[r] && active[r] && log.failed[r];
    }
    RC_ASSERT(mode.n == n);
    RC_ASSERT(mode.failures == failures);
  }
  for (const auto& regime : log.truth.regimes) {
    RC_ASSERT(regime.begin_row < regime.end_row && regime.end_row <= log.truth.rows);
    RC_ASSERT(regime.begin == column(log, "timestamp").micros[regime.begin_row] && regime.begin <= regime.end);
  }
  RC_ASSERT(std::ranges::is_sorted(log.truth.regimes, {}, &PlantedRegime::begin_row));
}

RC_GTEST_PROP(Streams, ADrawnCaseIsConsistent, (std::uint64_t seed)) {
  const auto log = drawn("stream", 500, seed);
  const auto as_log = prediction_log(log);
  for (std::size_t r = 0; r < as_log.rows; ++r) {
    RC_ASSERT((as_log.label_class[r] != as_log.predicted_class[r]) == (log.failed[r] != 0));
    RC_ASSERT(as_log.confidence[r] >= 1 / static_cast<double>(as_log.classes.size()) - 1e-12);
    RC_ASSERT(as_log.confidence[r] <= 1);
    RC_ASSERT(log.failure_rate[r] >= 0 && log.failure_rate[r] <= 1);
  }
  RC_ASSERT(std::ranges::is_sorted(column(log, "timestamp").micros));
}

TEST(Streams, FailuresAreAsProbableAsPromisedInAndOutOfRegimes) {
  for (const auto& kind : kStreams)
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const auto log = drawn(kind, 20'000, seed);
      for (const auto& mode : log.truth.modes) {
        if (mode.n == 0) continue;
        const double n = static_cast<double>(mode.n);
        EXPECT_NEAR(static_cast<double>(mode.failures), n * mode.failure_rate, 4 * std::sqrt(n) / 2) << kind << seed;
      }
      EXPECT_LT(log.truth.base_rate, 0.45) << kind << seed;  // the model is of use where nothing was planted
      EXPECT_NEAR(static_cast<double>(log.truth.failures), 20'000 * log.truth.mean_rate, 4 * std::sqrt(20'000) / 2);
    }
}

TEST(Streams, LabelsComeLateOutOfOrderAndSomeNever) {
  bool some_never = false, some_out_of_order = false;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const auto log = drawn("stream", 5'000, seed);
    const auto &time = column(log, "timestamp").micros, &arrival = column(log, "label_time").micros;
    std::vector<double> late;
    for (std::size_t r = 0; r < time.size(); ++r) {
      if (arrival[r] == table::kMissingTime) continue;
      ASSERT_GE(arrival[r], time[r]);
      late.push_back(static_cast<double>(arrival[r] - time[r]));
      some_out_of_order = some_out_of_order || (r > 0 && arrival[r] < arrival[r - 1]);
    }
    const double never = 1 - static_cast<double>(late.size()) / 5'000;
    some_never = some_never || never > 0;
    EXPECT_EQ(5'000 - late.size(), column(log, "label_time").missing);
    EXPECT_NEAR(never, log.truth.delay->never, 4 * std::sqrt(0.05 / 5'000));
    std::ranges::nth_element(late, late.begin() + static_cast<std::ptrdiff_t>(late.size() / 2));
    EXPECT_NEAR(std::log(late[late.size() / 2] / log.truth.delay->median_micros), 0, 0.1);
  }
  EXPECT_TRUE(some_never);
  EXPECT_TRUE(some_out_of_order);
}

TEST(Streams, TheSeedDrawsOneOfManyShapes) {
  std::set<std::size_t> widths, classes, modes;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto log = drawn("stream", 50, seed);
    widths.insert(log.features.size());
    modes.insert(log.truth.modes.size());
    classes.insert(prediction_log(log).classes.size());
  }
  EXPECT_GT(widths.size(), 6U);
  EXPECT_THAT(classes, ::testing::ElementsAre(2, 3, 4, 5));
  EXPECT_GE(modes.size(), 3U);
  EXPECT_EQ(drawn("stream", 300, 9).failed, drawn("stream", 300, 9).failed);
  EXPECT_EQ(truth_json(drawn("stream", 300, 9).truth), truth_json(drawn("stream", 300, 9).truth));
}

TEST(Streams, FeaturesAndTimesOfALongerStreamBeginWithTheShorterOnes) {
  const auto shorter = drawn("stream", 200, 4), longer = drawn("stream", 700, 4);
  for (const auto& name : shorter.features) {
    const auto &a = column(shorter, name), &b = column(longer, name);
    for (std::size_t r = 0; r < 200; ++r) {
      const bool text = a.kind == table::ColumnKind::categorical;
      const double left = text ? a.codes[r] : a.numbers[r], right = text ? b.codes[r] : b.numbers[r];
      ASSERT_TRUE(left == right || (std::isnan(left) && std::isnan(right))) << name;
    }
  }
  for (std::size_t r = 0; r < 200; ++r)
    ASSERT_EQ(column(shorter, "timestamp").micros[r], column(longer, "timestamp").micros[r]);
}

TEST(Streams, PartsFollowEachOther) {
  const auto log = drawn("stream-cyclic", 1'000, 1);
  const auto& split = column(log, "split");
  for (std::size_t r = 0; r < 1'000; ++r)
    ASSERT_EQ(split.categories[static_cast<std::size_t>(split.codes[r])], r < 200   ? "train"
                                                                          : r < 400 ? "warm"
                                                                                    : "eval");
}

TEST(Regimes, ComeAndGoAsTheirTimingSays) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    const auto stationary = plan_regimes(3, Timing::stationary, 10'000, 500, rng);
    ASSERT_EQ(stationary.size(), 1U);
    EXPECT_EQ(stationary[0].mode, 3U);
    EXPECT_EQ(stationary[0].end_row - stationary[0].begin_row, 10'000U);

    const auto abrupt = plan_regimes(0, Timing::abrupt, 10'000, 500, rng);
    ASSERT_EQ(abrupt.size(), 1U);
    EXPECT_GE(abrupt[0].begin_row, 2'500U);
    EXPECT_EQ(abrupt[0].ramp_rows, 0U);

    const auto gradual = plan_regimes(0, Timing::gradual, 10'000, 500, rng);
    ASSERT_EQ(gradual.size(), 1U);
    EXPECT_GE(gradual[0].ramp_rows, 1'000U);
    EXPECT_EQ(gradual[0].end_row, 10'000U);

    const auto cyclic = plan_regimes(0, Timing::cyclic, 10'000, 500, rng);
    ASSERT_GE(cyclic.size(), 3U);
    const auto period = static_cast<double>(cyclic[2].begin_row - cyclic[1].begin_row);
    for (std::size_t i = 2; i < cyclic.size(); ++i)
      EXPECT_NEAR(static_cast<double>(cyclic[i].begin_row - cyclic[i - 1].begin_row), period, 4 * 25 + 2);
    EXPECT_NEAR(static_cast<double>(cyclic[1].end_row - cyclic[1].begin_row), 500, 2 * 25 + 1);
  }
}

TEST(Regimes, StrengthRisesOverARamp) {
  const std::vector<PlantedRegime> regimes{{.begin_row = 1, .end_row = 4, .ramp_rows = 2},
                                           {.begin_row = 6, .end_row = 7}};
  EXPECT_THAT(strength_over_time(regimes, 0.8, 8), ::testing::ElementsAre(0, 0, 0.4, 0.8, 0, 0, 0.8, 0));
}

TEST(Truth, TellsModesRegimesAndDelay) {
  const auto log = drawn("stream-gradual", 2'000, 3);
  const auto json = nlohmann::json::parse(truth_json(log.truth));
  ASSERT_EQ(json["modes"].size(), log.truth.modes.size());
  EXPECT_EQ(json["modes"][0]["n"], log.truth.modes[0].n);
  EXPECT_EQ(json["regimes"][0]["begin_micros"], log.truth.regimes[0].begin);
  EXPECT_EQ(json["regimes"][0]["ramp_rows"], log.truth.regimes[0].ramp_rows);
  EXPECT_EQ(json["label_delay"]["median_micros"], log.truth.delay->median_micros);
  const auto steps = nlohmann::json::parse(truth_json(drawn("regimes", 1'500, 3).truth));
  EXPECT_TRUE(steps["regimes"][1]["begin_micros"].is_null());
  EXPECT_EQ(steps["regimes"][1]["end_row"], 1'500);
  EXPECT_FALSE(steps.contains("label_delay"));
  const auto credit = nlohmann::json::parse(truth_json(drawn("credit", 50, 3).truth));
  EXPECT_FALSE(credit.contains("modes"));
}

}  // namespace
}  // namespace errata::simulate

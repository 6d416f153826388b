#include "errata/report/replay/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/report/replay/test_example.h"

namespace errata::report {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> names_of(const std::vector<Chart>& charts) {
  std::vector<std::string> names;
  for (const Chart& chart : charts) names.push_back(chart.name);
  return names;
}

Chart chart_named(const replay::Replay& replay, const std::string& name) {
  const std::vector<Chart> charts = replay_charts(replay);
  const auto found = std::ranges::find(charts, name, &Chart::name);
  EXPECT_NE(found, charts.end()) << name;
  return found == charts.end() ? Chart{} : *found;
}

/// The data sets of a chart.
Json data_of(const replay::Replay& replay, const std::string& name) {
  return Json::parse(chart_named(replay, name).data);
}
Json spec_of(const replay::Replay& replay, const std::string& name) {
  return Json::parse(chart_named(replay, name).spec);
}

TEST(ReplayCharts, EveryPartOfAReplayHasItsPicture) {
  EXPECT_THAT(names_of(replay_charts(example_replay())),
              ElementsAre("failures_over_time", "danger_over_time", "mode_map", "mode_activity", "risk_coverage",
                          "coverage_over_time", "risk_over_time", "risk_calibration", "experts"));
  EXPECT_THAT(
      names_of(replay_charts(quiet_replay())),
      ElementsAre("failures_over_time", "danger_over_time", "risk_coverage", "coverage_over_time", "risk_over_time"));
  EXPECT_THAT(replay_charts(empty_replay()), IsEmpty());
}

TEST(ReplayCharts, FailuresOverTimeHaveAPointAStretchAndTheirRegimesShaded) {
  const replay::Replay replay = example_replay();
  const Json data = data_of(replay, "failures_over_time");
  ASSERT_EQ(data["rows"].size(), replay.bins.size());
  const Json& first = data["rows"][0];
  EXPECT_EQ(first["rate"].get<double>(),
            static_cast<double>(replay.bins[0].failures) / static_cast<double>(replay.bins[0].cases));
  EXPECT_EQ(first["risk"], replay.bins[0].mean_risk);
  EXPECT_LT(first["low"], first["rate"]);
  const Json& regimes = data["regimes"];
  ASSERT_EQ(regimes.size(), 2) << "of all cases, not of modes";
  EXPECT_EQ(regimes[1]["end"].get<double>(), static_cast<double>(replay.bins.back().end) / 1000) << "still on";
  EXPECT_EQ(chart_named(replay, "failures_over_time").title, "24.7% of the cases fail; 2 regimes of raised failure");
}

TEST(ReplayCharts, WithoutRegimesOfAllCasesThoseOfModesAreShaded) {
  replay::Replay replay = example_replay();
  std::erase_if(replay.regimes, [](const replay::Regime& regime) { return regime.mode == memory::kNoMode; });
  EXPECT_EQ(data_of(replay, "failures_over_time")["regimes"].size(), 1);
  EXPECT_THAT(chart_named(replay, "failures_over_time").caption, HasSubstr("near a mode are shaded"));
  replay.regimes.clear();
  EXPECT_THAT(chart_named(replay, "failures_over_time").caption, Not(HasSubstr("shaded")));
  EXPECT_EQ(chart_named(replay, "danger_over_time").title, "Danger over time");
}

TEST(ReplayCharts, StepsAreNumbersAndTimesAreDates) {
  const auto x_of = [](const replay::Replay& replay) {
    return spec_of(replay, "danger_over_time")["layer"][1]["encoding"]["x"];
  };
  EXPECT_EQ(x_of(example_replay())["type"], "temporal");
  EXPECT_EQ(x_of(example_replay())["title"], "time (UTC)");
  EXPECT_EQ(x_of(quiet_replay())["type"], "quantitative");
  EXPECT_EQ(x_of(quiet_replay())["title"], "time (steps)");
}

TEST(ReplayCharts, CurvesHoldEveryScoreAndTheOnlinePoints) {
  const replay::Replay replay = example_replay();
  const Json data = data_of(replay, "risk_coverage");
  EXPECT_EQ(data["rows"].size(), 7 * 100);
  EXPECT_EQ(data["points"].size(), 7 * replay::kCoverages);
  EXPECT_EQ(data["online"].size(), replay::kCoverages);
  EXPECT_EQ(data["online"][3]["e"], replay.online[3].error);
  EXPECT_EQ(chart_named(replay, "risk_coverage").title,
            "Of the safest 20% of cases 0.25% fail by errata's risk, 2.7% by `confidence_ema`");
}

TEST(ReplayCharts, RunningFiguresEndAtWhatThePolicyRealised) {
  const replay::Replay replay = example_replay();
  const Json coverage = data_of(replay, "coverage_over_time")["rows"];
  EXPECT_DOUBLE_EQ(coverage.back()["so_far"].get<double>(), replay.policy.coverage());
  const Json risk = data_of(replay, "risk_over_time")["rows"];
  EXPECT_DOUBLE_EQ(risk.back()["so_far"].get<double>(), replay.policy.risk());
  EXPECT_EQ(chart_named(replay, "coverage_over_time").title, "19.8% of the cases are accepted; the target is 20%");
  EXPECT_EQ(chart_named(quiet_replay(), "risk_over_time").title, "No case is accepted; the target is at most 2%");
}

TEST(ReplayCharts, TheirSizeDoesNotGrowWithTheLog) {
  replay::Replay replay = example_replay();
  while (replay.modes.size() < 300) replay.modes.push_back(replay.modes[0]);
  while (replay.experts.size() < 300) replay.experts.push_back(replay.experts[2]);
  for (auto& bin : replay.bins) bin.mode_activity.resize(300, 7.25);
  for (const Chart& chart : replay_charts(replay)) EXPECT_LT(chart_text(chart).size(), 100'000) << chart.name;
}

}  // namespace
}  // namespace errata::report

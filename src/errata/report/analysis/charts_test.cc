#include "errata/report/analysis/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/analysis/test_example.h"

namespace errata::report {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> names_of(const std::vector<Chart>& charts) {
  std::vector<std::string> names;
  for (const Chart& chart : charts) names.push_back(chart.name);
  return names;
}

/// The data sets of a chart.
Json data_of(const slice::Analysis& analysis, const std::string& name) {
  for (const Chart& chart : analysis_charts(analysis)) {
    if (chart.name == name) return Json::parse(chart.data);
  }
  return nullptr;
}

TEST(Charts, EveryPartOfAnAnalysisHasItsPicture) {
  EXPECT_THAT(names_of(analysis_charts(example_analysis())),
              ElementsAre("hotspots", "failure_rate_over_time", "drift", "association", "feature_1", "feature_2",
                          "two_features", "reliability", "confusion", "groups_1_failure_rate",
                          "groups_1_selection_rate", "groups_1_false_negative_rate", "groups_1_false_positive_rate"));
  EXPECT_THAT(analysis_charts(quiet_analysis()), IsEmpty());
}

TEST(Charts, HotspotBarsShowRatesAndIntervals) {
  const Json rows = data_of(example_analysis(), "hotspots")["rows"];
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0]["words"], "marital-status = Married and education-num in [13, 16]");
  EXPECT_NEAR(rows[0]["rate"].get<double>(), 336.0 / 1075, 1e-12);
  EXPECT_LT(rows[0]["low"], rows[0]["rate"]);
  EXPECT_GT(rows[0]["high"], rows[0]["rate"]);
}

TEST(Charts, TheTimeChartHasOneStepASegmentAndOneRuleAChange) {
  const Json data = data_of(example_analysis(), "failure_rate_over_time");
  EXPECT_EQ(data["rows"].size(), 52);
  EXPECT_EQ(data["changes"].size(), 2);
  EXPECT_EQ(data["segments"].size(), 3);
}

TEST(Charts, CellsWithoutCasesAreLeftOutOfTheHeatMap) {
  EXPECT_EQ(data_of(example_analysis(), "two_features")["rows"].size(), 17);
}

TEST(Charts, TitlesSayOnlyWhatIsSignificant) {
  const auto title_of = [](const slice::Analysis& analysis) {
    for (const Chart& chart : analysis_charts(analysis)) {
      if (chart.name == "association") return chart.title;
    }
    return std::string();
  };
  slice::Analysis analysis = example_analysis();
  EXPECT_EQ(title_of(analysis), "`marital-status` goes most clearly with failure");
  for (slice::Association& association : analysis.associations) association.log_p_adjusted = -0.1;
  EXPECT_EQ(title_of(analysis), "No feature clearly goes with failure");
}

TEST(Charts, TheirSizeDoesNotGrowWithTheLog) {
  slice::Analysis analysis = example_analysis();
  while (analysis.hotspots.size() < 500) analysis.hotspots.push_back(analysis.hotspots[1]);
  while (analysis.associations.size() < 5000) analysis.associations.push_back(analysis.associations[2]);
  while (analysis.drift->columns.size() < 5000) analysis.drift->columns.push_back(analysis.drift->columns[2]);
  for (const Chart& chart : analysis_charts(analysis)) EXPECT_LT(chart_text(chart).size(), 40'000) << chart.name;
}

}  // namespace
}  // namespace errata::report

#include "errata/report/analysis/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/analysis/comparison_words.h"
#include "errata/report/analysis/test_comparison.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

/// Without line breaks, which depend on the width.
std::string flat(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

TEST(ComparisonWords, ADifferenceIsInPointsWithItsSign) {
  EXPECT_EQ(points_text(0.1634), "+16.3");
  EXPECT_EQ(points_text(-0.0032), "-0.32");
  EXPECT_EQ(points_text(0), "0");
}

TEST(ComparisonTerminal, TellsVerdictRulePairingAndWarningsOfBothLogs) {
  const auto text = flat(comparison_terminal(example_comparison()));
  EXPECT_THAT(
      text,
      HasSubstr("The second log fails more: 26.4% of the cases fail against 10.0%, a difference of +16.4 points"));
  EXPECT_THAT(text, HasSubstr("347 cases fail with the second alone, 20 with the first alone."));
  EXPECT_THAT(text, HasSubstr("A failure is, on both logs: y_pred differs from y_true."));
  EXPECT_THAT(text, HasSubstr("--unpaired"));
  EXPECT_THAT(text, HasSubstr("never below 0.5"));
  EXPECT_THAT(text, HasSubstr("the first is row 7"));
  EXPECT_THAT(text, HasSubstr("ROC-AUC"));
  EXPECT_THAT(text, Not(HasSubstr("cases 2")));
}

TEST(ComparisonTerminal, OfDifferentCasesSaysSoAndWhoseThresholdItIs) {
  const auto text = flat(comparison_terminal(quiet_comparison()));
  EXPECT_THAT(text, HasSubstr("taken as different and independent"));
  EXPECT_THAT(text, HasSubstr("> 12.5 (90th percentile). The threshold is the first log's."));
  EXPECT_THAT(text, HasSubstr("do not differ beyond chance"));
}

TEST(ComparisonJson, HoldsWhatTheTerminalTells) {
  const auto json = Json::parse(comparison_json(example_comparison()));
  EXPECT_EQ(json["test"], "mcnemar");
  EXPECT_EQ(json["change"], "worse");
  EXPECT_EQ(json["is_worse"], true);
  EXPECT_EQ(json["paired_failures"]["only_second"], 347);
  EXPECT_EQ(json["pairing"]["by"], "order");
  EXPECT_EQ(json["pairing"]["guessed"], true);
  EXPECT_NEAR(json["difference"].get<double>(), 327 / 2000.0, 1e-12);
  EXPECT_EQ(json["first"]["warnings"].size(), 1U);
  EXPECT_EQ(json["metrics"][0]["metric"], "roc_auc");
  EXPECT_EQ(json["slices"][0]["paired_failures"]["only_second"], 90);
  EXPECT_EQ(json["slices"][5]["difference"], nullptr);
  const auto quiet = Json::parse(comparison_json(quiet_comparison()));
  EXPECT_EQ(quiet["rule"]["threshold"], 12.5);
  EXPECT_EQ(quiet["paired_failures"], nullptr);
  EXPECT_EQ(quiet["pairing"]["by"], "nothing");
}

TEST(ComparisonPage, CountsWhatGotWorse) {
  const auto page = comparison_page(example_comparison());
  EXPECT_THAT(page, HasSubstr("6 slices compared: 2 new or worse, 2 gone or better."));
  EXPECT_THAT(page, HasSubstr("<h1>The second log fails more</h1>"));
  EXPECT_THAT(page, HasSubstr("bootstrap over pairs of cases, 1,000 replicates"));
  EXPECT_THAT(comparison_page(quiet_comparison()), HasSubstr("there is no slice to compare"));
}

TEST(ComparisonCharts, DrawAllCasesAndTheComparableSlices) {
  const auto charts = comparison_charts(example_comparison());
  ASSERT_EQ(charts.size(), 2U);
  EXPECT_EQ(Json::parse(charts[0].data)["rows"].size(), 6U);
}

}  // namespace
}  // namespace errata::report

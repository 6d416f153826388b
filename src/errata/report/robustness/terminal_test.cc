#include "errata/report/robustness/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/kit/test_text.h"
#include "errata/report/robustness/charts.h"
#include "errata/report/robustness/json.h"
#include "errata/report/robustness/page.h"
#include "errata/report/robustness/test_example.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Wide enough that nothing that is looked for is broken.
std::string wide(const robustness::Robustness& made) { return robustness_terminal(made, {.width = 200}); }

TEST(RobustnessTerminal, TellsVerdictsFiguresAndGates) {
  const std::string text = wide(example_robustness());
  for (const char* part :
       {"5 of 6 checks pass; corruption does not", "model.onnx on the test images of cifar10, against old.onnx",
        "corruption: FAILS", "retention: passes", "0.730", "0.720 to 0.740", "≥ 0.8", "≤ 0.02", "`class` = cat",
        "By energy, the best of the simple scores", "10 right that this one gets wrong", "7 slices were tested"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("not measured")));
}

TEST(RobustnessTerminal, SaysWhatWasNotMeasuredAndWhy) {
  const std::string text = wide(bare_robustness());
  for (const char* part :
       {"1 of 1 check passes; not measured: corruption, calibration, rejection, stability, retention",
        "corruption: not measured", "--severity names it", "--stream names it", "--earlier names it",
        "none confirmed to fail more"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(robustness_terminal(empty_robustness()), HasSubstr("Nothing could be measured"));
}

TEST(RobustnessJson, HoldsEveryCheckFigureAndRow) {
  const auto json = nlohmann::json::parse(robustness_json(example_robustness()));
  EXPECT_EQ(json["schema"], "errata.robustness");
  EXPECT_EQ(json["schema_version"], kRobustnessSchemaVersion);
  EXPECT_EQ(json["passed"], false);
  ASSERT_EQ(json["checks"].size(), 6U);
  EXPECT_EQ(json["checks"][0]["verdict"], "failed");
  EXPECT_EQ(json["checks"][0]["why_not_measured"], nullptr);
  const auto& retained = json["checks"][0]["figures"][0];
  EXPECT_EQ(retained["gate"], "min-retained");
  EXPECT_EQ(retained["limit"], .8);
  EXPECT_EQ(retained["must_be"], "at least");
  EXPECT_EQ(retained["passes"], false);
  EXPECT_FALSE(json["checks"][0]["figures"][1].contains("gate"));
  EXPECT_EQ(json["middle_severity"], "2");
  EXPECT_EQ(json["sweep"][0]["accuracy"], nlohmann::json({.9, .5, .2}));
  EXPECT_EQ(json["foreign"][0]["fpr95"], .1);
  EXPECT_EQ(json["slices"][0]["where"], "\"class\" = 'cat'");
  EXPECT_EQ(json["retention"]["only_this_fails"], 10);
  const auto bare = nlohmann::json::parse(robustness_json(bare_robustness()));
  EXPECT_EQ(bare["checks"][2]["why_not_measured"], "no_pictures");
  EXPECT_EQ(bare["retention"], nullptr);
  EXPECT_EQ(bare["middle_severity"], nullptr);
}

TEST(RobustnessPage, HasASectionACheck) {
  const std::string page = own_part(robustness_page(example_robustness()));
  for (const char* part : {"≥ 0.8", "FAILS", "at the middle severity"})
    EXPECT_THAT(section_of(page, "figures"), HasSubstr(part));
  EXPECT_THAT(section_of(page, "slices"), HasSubstr("&quot;class&quot; = &#39;cat&#39;"));
  EXPECT_THAT(section_of(page, "retention"), HasSubstr("10 right that this one gets wrong"));
  EXPECT_THAT(section_of(own_part(robustness_page(bare_robustness())), "stability"),
              HasSubstr("Not measured: no column"));
}

TEST(RobustnessCharts, AreThoseOfTheChecksThatWereMeasured) {
  EXPECT_EQ(robustness_charts(example_robustness()).size(), 7U);
  EXPECT_TRUE(robustness_charts(bare_robustness()).empty());
}

}  // namespace
}  // namespace errata::report

#include "errata/checklist/measured.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/limits.h"

namespace errata::checklist {
namespace {

TEST(Measured, MeansLeaveOutWhatCouldNotBeMeasured) {
  EXPECT_DOUBLE_EQ(mean_of({1, kNaN, 4}), 2.5);
  EXPECT_TRUE(std::isnan(mean_of({})));
  EXPECT_TRUE(std::isnan(mean_of({kNaN})));
}

TEST(Measured, AnAreaIsTheShareOfPairsInOrder) {
  const Figure figure = area_figure("AUROC", {.found = {.9, .4}, .left = {.4, .1}}, Gate{.limit = .9});
  EXPECT_EQ(figure.cases, 4U);
  EXPECT_DOUBLE_EQ(figure.mean, 3.5 / 4);
  EXPECT_LE(figure.low, figure.mean);
  EXPECT_GE(figure.high, figure.mean);
  EXPECT_FALSE(figure.passes());
  EXPECT_TRUE(std::isnan(area_figure("AUROC", {.found = {1}}, {}).mean));
}

TEST(Measured, TheFalseShareIsThatAtAThresholdThat95PercentReach) {
  const ThreadPool pool(1);
  Scores scores{.left = {.5, 1, 2, 3}};
  for (int i = 1; i <= 20; ++i) scores.found.push_back(i);
  const Figure figure = false_share_figure("FPR", scores, Gate{.limit = .5, .at_least = false}, pool);
  EXPECT_DOUBLE_EQ(figure.mean, .5) << "nineteen of twenty reach 2, and of the others 2 and 3";
  EXPECT_TRUE(figure.passes());
  EXPECT_LE(figure.low, .5);
  EXPECT_GE(figure.high, .5);
  scores.found.erase(scores.found.begin());
  EXPECT_DOUBLE_EQ(false_share_figure("FPR", scores, {}, pool).mean, .5) << "of nineteen all are needed";
  EXPECT_DOUBLE_EQ(false_share_figure("FPR", {.found = {1, 1}, .left = {1, 1}}, {}, pool).mean, 1);
  EXPECT_TRUE(std::isnan(false_share_figure("FPR", {.left = {1}}, {}, pool).mean));
}

TEST(Measured, KeepsTheOrderOfDeclaration) {
  const ThreadPool pool(1);
  Measured measured(3);
  measured.declare("errata", "recall", Gate{.limit = .5});
  measured.declare("document", "recall", Gate{.limit = .5});
  measured.declare("errata", "share", Gate{.limit = .2, .at_least = false});
  for (std::size_t i = 0; i < 3; ++i) measured.add("errata", "recall", 2 - i, .25 * static_cast<double>(i + 1));
  measured.add("document", "recall", 1, .25);
  measured.add("errata", "share", 0, .25);
  const auto contenders = measured.contenders(pool);
  ASSERT_EQ(contenders.size(), 2U);
  EXPECT_EQ(contenders[0].name, "errata");
  ASSERT_EQ(contenders[0].figures.size(), 2U);
  const Figure& recall = contenders[0].figures[0];
  EXPECT_EQ(recall.cases, 3U);
  EXPECT_DOUBLE_EQ(recall.mean, .5);
  EXPECT_LE(recall.low, recall.mean);
  EXPECT_GE(recall.high, recall.mean);
  EXPECT_LT(recall.low, recall.high);
  EXPECT_TRUE(recall.passes()) << "a mean at the limit keeps it";
  EXPECT_FALSE(contenders[0].figures[1].passes());
  EXPECT_FALSE(contenders[0].passes()) << "one figure of two misses its gate";
  EXPECT_EQ(contenders[1].figures[0].cases, 1U);
  EXPECT_FALSE(contenders[1].passes());
}

TEST(Measured, AFigureWithoutCasesKeepsNoGate) {
  const ThreadPool pool(1);
  Measured measured(2);
  measured.declare("errata", "at least", Gate{.limit = 0});
  measured.declare("errata", "at most", Gate{.limit = 1, .at_least = false});
  measured.declare("errata", "no gate");
  const auto contenders = measured.contenders(pool);
  ASSERT_EQ(contenders.size(), 1U);
  EXPECT_FALSE(contenders[0].figures[0].passes());
  EXPECT_FALSE(contenders[0].figures[1].passes());
  EXPECT_TRUE(contenders[0].figures[2].passes());
  EXPECT_TRUE(std::isnan(contenders[0].figures[0].mean));
}

TEST(Measured, CasesOfOneValueHaveNoSpread) {
  const ThreadPool pool(1);
  Measured measured(20);
  measured.declare("errata", "over budget", Gate{.limit = 0, .at_least = false});
  for (std::size_t i = 0; i < 20; ++i) measured.add("errata", "over budget", i, 0);
  const Figure figure = measured.contenders(pool)[0].figures[0];
  EXPECT_EQ(figure.low, 0);
  EXPECT_EQ(figure.high, 0);
  EXPECT_TRUE(figure.passes());
}

Contender contender(double recall) {
  return {.name = "x", .figures = {{.name = "recall", .cases = 1, .mean = recall, .gate = Gate{.limit = .5}}}};
}

TEST(Measured, AModePassesOnlyWhereItTellsTheNaiveOneApart) {
  Checklist made;
  made.modes.push_back({.mode = &modes()[0], .contenders = {contender(.9), contender(.1)}});
  EXPECT_TRUE(made.modes[0].passed());
  EXPECT_TRUE(made.modes[0].is_telling());
  EXPECT_TRUE(made.passed());
  made.modes.push_back({.mode = &modes()[1], .contenders = {contender(.9), contender(.8)}});
  EXPECT_TRUE(made.modes[1].passed());
  EXPECT_FALSE(made.modes[1].is_telling());
  EXPECT_FALSE(made.passed());
  made.modes[1].contenders = {contender(.1), contender(.1)};
  EXPECT_FALSE(made.passed());
}

}  // namespace
}  // namespace errata::checklist

// One log judged by the rule of another.
#include "errata/table/settled_rule.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <numeric>

#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Settled : public ::testing::Test {
 protected:
  PredictionLog read(const std::string& name, const std::string& csv, const PredictionLog* like = nullptr) {
    ReadOptions options{.paths = {folder_.file(name, csv)}};
    if (like != nullptr) options.settled = settled_rule(*like);
    auto log = read_log(options);
    if (!log) {
      ADD_FAILURE() << log.error().message;
      return {};
    }
    return *std::move(log);
  }
  TestFolder folder_;
};

std::size_t failures(const PredictionLog& log) { return std::accumulate(log.failed.begin(), log.failed.end(), 0U); }

/// n cases whose errors are scale · 0.5, scale · 1, …
std::string errors_csv(int n, double scale) {
  std::string csv = "label,prediction\n";
  for (int i = 1; i <= n; ++i) csv += fmt::format("0.25,{}\n", 0.25 + 0.5 * scale * i);
  return csv;
}

TEST_F(Settled, TheThresholdIsThatOfTheFirstLog) {
  const auto first = read("a.csv", errors_csv(11, 1));  // errors .5 … 5.5, 90th percentile 5
  EXPECT_EQ(first.rule.threshold, 5.0);
  EXPECT_EQ(failures(first), 1U);
  const auto alone = read("b.csv", errors_csv(11, 3));
  EXPECT_EQ(failures(alone), 1U);
  const auto second = read("b.csv", errors_csv(11, 3), &first);  // 1.5 … 16.5: all but 1.5, 3, 4.5
  EXPECT_EQ(second.rule.threshold, 5.0);
  EXPECT_EQ(failures(second), 8U);
  EXPECT_EQ(second.rule.words, "|prediction − label| > 5");
}

TEST_F(Settled, AThresholdIsToldInSixDigitsAndKeptExactly) {
  std::string csv = "label,prediction\n";
  for (int i = 0; i < 11; ++i) csv += fmt::format("0.5,{}\n", i < 9 ? 0.5 : 1'234'567.1234567 * (i - 8));
  const auto log = read("a.csv", csv);  // ten of eleven are at most the tenth
  EXPECT_EQ(log.rule.threshold, 1'234'567.1234567 - 0.5);
  EXPECT_EQ(log.rule.words, "|prediction − label| > 1234567 (90th percentile)");
}

TEST_F(Settled, TheBoundOfALossToo) {
  const auto csv = [](double scale) {
    std::string text = "x,loss\n";
    for (int i = 1; i <= 11; ++i) text += fmt::format("{},{}\n", i % 3, scale * i);
    return text;
  };
  const auto read_loss = [&](const std::string& name, const std::string& text, const PredictionLog* like) {
    ReadOptions options{.paths = {folder_.file(name, text)}, .loss = "loss"};
    if (like != nullptr) options.settled = settled_rule(*like);
    return *read_log(options);
  };
  const auto first = read_loss("a.csv", csv(1), nullptr);
  EXPECT_EQ(first.rule.threshold, 10.0);
  EXPECT_EQ(failures(read_loss("b.csv", csv(2), &first)), 6U);  // 12, 14, …, 22
}

/// 90 classes; every fifth prediction is some other one.
std::string classes_csv() {
  std::string csv = "label,prediction\n";
  for (int i = 0; i < 600; ++i) csv += fmt::format("{},{}\n", i % 90, i % 5 == 0 ? (37 * i + 11) % 90 : i % 90);
  return csv;
}

/// Counts up to 150 that are off by −3 to 3: 86 of 600 are right.
std::string counts_csv() {
  std::string csv = "label,prediction\n";
  for (int i = 0; i < 600; ++i) csv += fmt::format("{},{}\n", 3 + i % 150, i % 150 + i % 7);
  return csv;
}

TEST_F(Settled, TheTaskIsThatOfTheFirstLogWhicheverComesFirst) {
  const auto few = read("few.csv", classes_csv());
  const auto many = read("many.csv", counts_csv());
  EXPECT_EQ(few.task, Task::classes);
  EXPECT_EQ(many.task, Task::numbers);
  const auto as_classes = read("many.csv", counts_csv(), &few);
  EXPECT_EQ(as_classes.task, Task::classes);
  EXPECT_EQ(failures(as_classes), 514U);
  const auto as_numbers = read("few.csv", classes_csv(), &many);
  EXPECT_EQ(as_numbers.task, Task::numbers);
  EXPECT_EQ(as_numbers.rule.threshold, many.rule.threshold);
}

TEST_F(Settled, TextInPlaceOfNumbersIsToldWithTheRemedy) {
  const auto first = read("a.csv", errors_csv(11, 1));
  ReadOptions options{.paths = {folder_.file("b.csv", "label,prediction\nlow,1.5\nhigh,2.5\n")}};
  options.settled = settled_rule(first);
  const auto second = read_log(options);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("b.csv: column label: it holds no numbers"));
  EXPECT_THAT(second.error().message, HasSubstr("--label"));
}

TEST_F(Settled, NumbersInPlaceOfClassesAreToldWithTheRemedy) {
  const auto first = read("a.csv", "label,prediction\n1,1\n0,1\n");
  ReadOptions options{.paths = {folder_.file("b.csv", "label,prediction\n1,1\n2,1.5\n")}};
  options.settled = settled_rule(first);
  const auto second = read_log(options);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("b.csv: column prediction: 1.5 in row 2 is no class"));
}

TEST_F(Settled, AQuietDayKeepsClassesPositiveClassAndMeaningOfTheScore) {
  const auto busy = read("busy.csv", "label,prediction,score\n1,1,0.9\n0,0,0.2\n1,0,0.4\n0,0,0.1\n");
  const auto quiet = read("quiet.csv", "label,prediction,score\n0,0,0.0625\n0,0,0.25\n", &busy);
  EXPECT_THAT(quiet.classes, ElementsAre("0", "1"));
  EXPECT_EQ(quiet.positive, "1");
  EXPECT_EQ(quiet.score_meaning, ScoreMeaning::positive_class);
  EXPECT_THAT(quiet.positive_score, ElementsAre(0.0625, 0.25));
  EXPECT_THAT(quiet.confidence, ElementsAre(0.9375, 0.75));
}

TEST_F(Settled, AStrayClassChangesNothing) {
  const auto first = read("a.csv", "label,prediction,score\n1,1,0.9\n0,0,0.2\n");
  const auto second = read("b.csv", "label,prediction,score\n1,1,0.8\n0,0,0.3\n7,0,0.1\n", &first);
  EXPECT_EQ(second.positive, "1");
  EXPECT_THAT(second.positive_score, ElementsAre(0.8, 0.3, 0.1));
}

TEST_F(Settled, AThresholdedScoreIsThresholdedOnAQuietDayToo) {
  const auto first = read("a.csv", "label,score\ncat,0.2\ndog,0.9\ndog,0.3\n");
  EXPECT_THAT(first.failed, ElementsAre(0, 0, 1));
  const auto second = read("b.csv", "label,score\ncat,0.2\ncat,0.7\n", &first);
  EXPECT_THAT(second.classes, ElementsAre("cat", "dog"));
  EXPECT_THAT(second.failed, ElementsAre(0, 1));
}

constexpr const char* kPercents = "label,prediction,score\n1,1,90\n0,0,20\n1,0,40\n0,0,10\n";

TEST_F(Settled, PercentsStayPercentsOnADayWithoutHighScores) {
  const auto busy = read("busy.csv", kPercents);
  EXPECT_EQ(busy.score_unit, 100);
  const auto quiet = read("quiet.csv", "label,prediction,score\n0,0,0.5\n0,0,0.25\n", &busy);
  EXPECT_EQ(quiet.score_unit, 100);
  EXPECT_THAT(quiet.positive_score, ElementsAre(0.005, 0.0025));
  EXPECT_THAT(quiet.warnings, Contains(HasSubstr("in percent as in the log that it is compared with")));
  // Two of 100 are above 1: alone nobody could say which they are.
  std::string csv = "label,prediction,score\n0,0,1.5\n0,0,3\n";
  for (int i = 0; i < 98; ++i) csv += "0,0,0.5\n";
  EXPECT_TRUE(read("calm.csv", csv).positive_score.empty());
  EXPECT_EQ(read("calm.csv", csv, &busy).positive_score.at(1), 0.03);
}

TEST_F(Settled, SharesStaySharesBesidePercents) {
  const auto percents = read("a.csv", kPercents);
  const auto shares = read("b.csv", "label,prediction,score\n1,1,0.9\n0,0,0.2\n1,0,0.4\n0,0,0.1\n", &percents);
  EXPECT_EQ(shares.score_unit, 1);
  EXPECT_THAT(shares.positive_score, ElementsAre(0.9, 0.2, 0.4, 0.1));
  const auto other = read("c.csv", "label,prediction,prob\n0,0,0.25\n0,0,0.5\n", &percents);  // another column
  EXPECT_EQ(other.score_unit, 1);
}

TEST_F(Settled, ColumnsPlayTheRolesThatTheyPlayInTheFirstLog) {
  const auto first = read("a.csv", "target,pred\n1,1\n0,1\n");
  EXPECT_EQ(first.roles.label, "target");
  // `label` is the more usual name of a label, and here it is another column.
  const auto second = read("b.csv", "label,target,pred\n0,1,1\n0,1,1\n", &first);
  EXPECT_EQ(second.roles.label, "target");
  EXPECT_EQ(failures(second), 0U);
}

TEST_F(Settled, RowsThatAreNoCasesAreKnown) {
  const auto log = read("a.csv", "label,prediction\n1,1\n,1\n0,\n1,0\n");
  EXPECT_EQ(log.rows, 2U);
  EXPECT_THAT(log.left_out, ElementsAre(1, 2));
}

}  // namespace
}  // namespace errata::table

// What labels, predictions and scores mean in whole logs. Each log is written to a file, read, and its failures are
// counted once more by DuckDB with the rule's own SQL.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"
#include "errata/table/test_reading.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

PredictionLog read_again(const ReadOptions& options) {
  auto log = read_log(options);
  if (!log) {
    ADD_FAILURE() << log.error().message;
    return {};
  }
  const TestFolder folder;
  const auto rows = export_cases(*log, "TRUE", folder.path("cases.parquet"));
  EXPECT_TRUE(rows) << rows.error().message;
  const auto again = read_log({.paths = {folder.path("cases.parquet")}, .failure = "errata_failure"});
  EXPECT_TRUE(again) << again.error().message;
  if (!again) return {};
  EXPECT_EQ(again->failed, log->failed) << log->rule.sql;
  return *std::move(log);
}

TEST(Outcome, TheSameClassInOtherSpellings) {
  const TestFolder folder;
  const auto failures = [&](std::string_view text) {
    return read_again({.paths = {folder.file("log.csv", std::string(text))}}).failed;
  };
  EXPECT_THAT(failures("x,label,pred\n1,0,False\n2,1,False\n3,1,True\n"), ElementsAre(0, 1, 0));
  EXPECT_THAT(failures("x,label,pred\n1,yes,1\n2,no,1\n3,no,0\n"), ElementsAre(0, 1, 0));
  EXPECT_THAT(failures("x,label,pred\n1,Y,t\n2,N,t\n3,N,f\n"), ElementsAre(0, 1, 0));
  EXPECT_THAT(failures("x,label,pred\n1,1,1.0\n2,0,1.0\n3,0,0.0\n4,2,2.0\n"), ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(failures("x,label,pred\n1,a,b\n2,1,1.0\n3,0,0\n"), ElementsAre(1, 0, 0));
  EXPECT_THAT(failures("x,label,pred\n1,TRUE,yes\n2,FALSE,yes\n3,FALSE,no\n"), ElementsAre(0, 1, 0));
}

TEST(Outcome, NumbersAgainstText) {
  const TestFolder folder;
  const auto failures = [&](std::string_view text, const ReadOptions& more = {}) {
    ReadOptions options = more;
    options.paths = {folder.file("log.csv", std::string(text))};
    return read_again(options).failed;
  };
  EXPECT_THAT(failures("x,label,pred\n1,1.0,1\n2,odd,0\n3,0,odd\n4,0,0\n"), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(failures("x,label,pred\n1,0.5,0.5\n2,1.5,0.5\n3,2,odd\n4,2,2.0\n"), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(failures("x,label,pred\n1,0.5,0.5\n2,1.5,0.5\n3,2,2\n", {.task = Task::classes}), ElementsAre(0, 1, 0));
  ReadOptions mapped;
  mapped.renamed_classes = {{"7", "a"}, {"8.0", "b"}};
  EXPECT_THAT(failures("x,label,pred\n1,7,a\n2,8,b\n3,8,a\n", mapped), ElementsAre(0, 0, 1));
  EXPECT_THAT(failures("x,label,p\n1,Y,0.9\n2,n,0.8\n3,N,0.1\n4,,0.1\n"), ElementsAre(0, 1, 0));
}

TEST(Outcome, YesIsThePositiveClassInAnyCase) {
  const TestFolder folder;
  const PredictionLog log = read_again({.paths = {folder.file("log.csv", "x,label,pred\n1,Yes,no\n2,no,no\n")}});
  EXPECT_THAT(log.classes, ElementsAre("Yes", "no"));
  EXPECT_EQ(log.positive, "Yes");
}

TEST(Outcome, SpellingsThatDifferBetweenFiles) {
  const TestFolder folder;
  (void)folder.file("a.csv", "x,label,pred\n1,0,0\n2,1,0\n");
  (void)folder.file("b.csv", "x,label,pred\n3,False,0\n4,True,0\n5,True,1\n");
  const PredictionLog log = read_again({.paths = {folder.path("?.csv")}});
  EXPECT_THAT(log.failed, ElementsAre(0, 1, 0, 1, 0));
  EXPECT_THAT(log.classes, ElementsAre("0", "1"));
  EXPECT_THAT(log.warnings,
              Contains(HasSubstr("column label: its type differs across files (BIGINT, BOOLEAN); read as numbers")));
}

TEST(Outcome, NoClassInCommonIsRefusedUntilItIsMapped) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", "x,label,pred\n1,0,good\n2,1,bad\n3,1,good\n");
  EXPECT_THAT(
      refusal({.paths = {csv}}),
      HasSubstr("label and pred name their classes differently: 0, 1 against bad, good; say which are the same, "
                "perhaps --map='bad=1,good=0'"));
  const PredictionLog mapped = read_again({.paths = {csv}, .renamed_classes = {{"good", "0"}, {"bad", "1"}}});
  EXPECT_THAT(mapped.failed, ElementsAre(0, 0, 1));
  EXPECT_THAT(refusal({.paths = {folder.file("signs.csv", "x,label,pred\n1,-1,0\n2,1,1\n3,1,0\n")}}),
              HasSubstr("--map='-1=0'"));
  EXPECT_THAT(refusal({.paths = {csv}, .renamed_classes = {{"bad", "1"}}}), HasSubstr("--map='0=good'"));
  EXPECT_THAT(refusal({.paths = {folder.file("case.csv", "x,label,pred\n1,Cat,cat\n2,Dog,dog\n")}}),
              HasSubstr("name their classes differently"));
  const auto ruled = read_log({.paths = {csv}, .failure = "x > 2"});
  ASSERT_TRUE(ruled);
  EXPECT_THAT(ruled->warnings, Contains(HasSubstr("name their classes differently")));
}

TEST(Outcome, IntegersAboveTwoToTheFiftyThreeAreExact) {
  const TestFolder folder;
  const std::string csv =
      folder.file("log.csv", "x,label,pred\n1,9007199254740993,9007199254740992\n2,5,5\n3,9007199254740993,5\n");
  const PredictionLog log = read_again({.paths = {csv}});
  EXPECT_THAT(log.failed, ElementsAre(1, 0, 1));
  EXPECT_THAT(log.classes, ElementsAre("5", "9007199254740992", "9007199254740993"));
  const PredictionLog one_sided = read_again(
      {.paths = {folder.file("b.csv", "x,label,pred\n1,9007199254740993,7\n2,7,7\n3,7.0,7\n")}, .task = Task::classes});
  EXPECT_EQ(one_sided.failed[1], 0);
}

TEST(Outcome, TaskAsTheUserSays) {
  const TestFolder folder;
  std::string csv = "x,label,pred\n";
  for (int i = 0; i < 40; ++i) csv += fmt::format("{},{},{}\n", i % 3, i, i % 4 == 0 ? i + 1 : i);
  const std::string path = folder.file("log.csv", csv);
  const PredictionLog numbers = read_again({.paths = {path}, .task = Task::numbers});
  EXPECT_EQ(numbers.task, Task::numbers);
  const PredictionLog classes = read_again({.paths = {path}, .task = Task::classes});
  EXPECT_EQ(classes.task, Task::classes);
  EXPECT_EQ(std::ranges::count(classes.failed, 1), 10);
  EXPECT_THAT(read_again({.paths = {path}}).warnings, Contains(HasSubstr("--task")));
  EXPECT_THAT(refusal({.paths = {folder.file("t.csv", "x,label,pred\n1,a,b\n")}, .task = Task::numbers}),
              HasSubstr("task numbers: label column label does not hold numbers"));
}

TEST(Outcome, TiesAtThePercentileAndInfinitePredictions) {
  const TestFolder folder;
  std::string csv = "x,label,pred\n";
  for (int i = 0; i < 40; ++i) csv += fmt::format("{},{}.5,{}.5\n", i % 3, i, i + i % 4);
  const PredictionLog tied = read_again({.paths = {folder.file("tied.csv", csv)}});
  EXPECT_EQ(tied.rule.threshold, 2);  // the largest error, 3, is that of a quarter
  EXPECT_EQ(std::ranges::count(tied.failed, 1), 10);

  const PredictionLog infinite = read_again(
      {.paths = {folder.file("inf.csv", "x,label,pred\n1,1.5,1\n2,2.5,2\n3,3.5,inf\n4,4.5,-inf\n5,1.5,1\n6,1,\n")}});
  EXPECT_THAT(infinite.failed, ElementsAre(0, 0, 1, 1, 0));
  EXPECT_THAT(infinite.warnings, Contains(HasSubstr("column pred: 2 of 6 values are infinite, the first in row 3")));
}

TEST(Outcome, AQuietDayAndAStrayLabelChangeNothing) {
  const TestFolder folder;
  const PredictionLog quiet =
      read_again({.paths = {folder.file("quiet.csv", "x,label,pred,p\n1,0,0,0.01\n2,0,0,0.02\n3,0,0,0.3\n")}});
  EXPECT_EQ(quiet.score_meaning, ScoreMeaning::positive_class);
  EXPECT_THAT(quiet.positive_score, ElementsAre(0.01, 0.02, 0.3));
  std::string csv = "x,label,pred,p\n";
  for (int i = 0; i < 30; ++i) csv += fmt::format("{},{},{},{}\n", i % 3, i % 2, i % 2, i % 2 == 0 ? 0.1 : 0.8);
  const PredictionLog stray = read_again({.paths = {folder.file("stray.csv", csv + "1,unknown,0,0.2\n")}});
  EXPECT_EQ(stray.score_meaning, ScoreMeaning::positive_class);
  EXPECT_EQ(stray.positive, "1");
  EXPECT_EQ(stray.positive_score.back(), 0.2);
  const PredictionLog named =
      read_again({.paths = {folder.file("q2.csv", "x,label,pred,p\n1,good,good,0.1\n")}, .classes = {"good", "bad"}});
  EXPECT_EQ(named.positive, "bad");
}

TEST(Outcome, ScoresOfClassesWithoutCases) {
  const TestFolder folder;
  std::string csv = "x,label,pred,p_cat,p_dog,p_owl,p_value\n";
  for (int i = 0; i < 20; ++i) csv += fmt::format("{},{},cat,0.6,0.3,0.1,{}\n", i % 3, i % 4 == 0 ? "dog" : "cat", i);
  const std::string path = folder.file("log.csv", csv);
  const PredictionLog named = read_again({.paths = {path}, .roles = {.scores = {"p_owl", "p_cat", "p_dog"}}});
  EXPECT_THAT(named.classes, ElementsAre("cat", "dog", "owl"));
  EXPECT_THAT(named.roles.scores, ElementsAre("p_cat", "p_dog", "p_owl"));
  const PredictionLog guessed = read_again({.paths = {path}, .roles = {.ignore = {"p_value"}}});
  EXPECT_THAT(guessed.roles.scores, ElementsAre("p_cat", "p_dog", "p_owl"));
  EXPECT_THAT(guessed.roles.features, ElementsAre("x"));
  const PredictionLog by_order =
      read_again({.paths = {path}, .roles = {.scores = {"p_cat", "p_dog", "x"}}, .classes = {"cat", "dog", "owl"}});
  EXPECT_THAT(by_order.roles.scores, ElementsAre("p_cat", "p_dog", "x"));
}

TEST(Outcome, TheLargestScoreIsThePrediction) {
  const TestFolder folder;
  const PredictionLog log = read_again(
      {.paths = {folder.file(
           "log.csv", "x,label,p_a,p_b,p_c\n1,a,0.5,0.3,0.2\n2,b,0.5,0.3,0.2\n3,c,0.1,0.1,0.8\n4,a,,0.5,0.5\n")}});
  EXPECT_THAT(log.failed, ElementsAre(0, 1, 0));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("predicted is the class with the largest of p_a, p_b, p_c")));
  const PredictionLog percent = read_again(
      {.paths = {folder.file("percent.csv", "x,label,p_a,p_b,p_c\n1,a,50,30,20\n2,b,50,30,20\n3,c,10,10,80\n")}});
  EXPECT_THAT(percent.failed, ElementsAre(0, 1, 0));
  EXPECT_THAT(percent.confidence, ElementsAre(0.5, 0.5, 0.8));
}

TEST(Outcome, PredictedClassesStayClassesWithoutLabels) {
  for (const char* none : {"", "NA"}) {
    const TestFolder folder;
    std::string content = "x,label,prediction\n";
    for (int i = 0; i < 120; ++i) content += fmt::format("{},{},{}\n", i % 7, none, i % 3);
    const auto log =
        read_log({.paths = {folder.file("log.csv", content)}, .keep_unjudged = true, .may_lack_outcomes = true});
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(log->roles.prediction, "prediction");
    EXPECT_THAT(log->classes, ElementsAre("0", "1", "2"));
  }
}

TEST(Outcome, PercentsAreHundredths) {
  const TestFolder folder;
  const PredictionLog log =
      read_again({.paths = {folder.file("log.csv", "x,label,pred,p\n1,0,0,11.2\n2,1,1,85.9\n3,1,0,0.5\n4,1,1,60\n")},
                  .confident = 0.9});
  EXPECT_THAT(log.positive_score, ElementsAre(11.2 / 100, 85.9 / 100, 0.5 / 100, 0.6));
  EXPECT_THAT(log.failed, ElementsAre(0, 0, 1, 0));
  const PredictionLog derived =
      read_again({.paths = {folder.file("d.csv", "x,label,pred\n1,no,11.2\n2,yes,85.9\n3,yes,0.5\n4,no,60\n")}});
  EXPECT_THAT(derived.failed, ElementsAre(0, 0, 1, 1));
}

TEST(Outcome, ScoresThatAreNoProbabilitiesAreLeftOut) {
  const TestFolder folder;
  const std::string path = folder.file("log.csv", "x,label,pred,p\n1,0,0,-2.5\n2,1,1,3.1\n3,1,0,-0.5\n4,1,1,0.6\n");
  const PredictionLog log = read_again({.paths = {path}});
  EXPECT_THAT(log.confidence, IsEmpty());
  EXPECT_THAT(log.warnings, Contains(HasSubstr("score column p: 3 of 4 values are not in [0, 1]")));
  EXPECT_THAT(refusal({.paths = {path}, .roles = {.score = "p"}}), HasSubstr("score column p: 3 of 4 values"));
}

TEST(Outcome, WhatTheScoreMeansAsTheUserSays) {
  const TestFolder folder;
  const std::string path = folder.file("log.csv", "x,label,pred,p\n1,0,0,0.9\n2,1,1,0.8\n3,1,1,0.6\n");
  EXPECT_EQ(read_again({.paths = {path}}).score_meaning, ScoreMeaning::predicted_class);
  const PredictionLog said = read_again({.paths = {path}, .score_means = ScoreMeaning::positive_class});
  EXPECT_THAT(said.positive_score, ElementsAre(0.9, 0.8, 0.6));
  EXPECT_THAT(said.warnings, Not(Contains(HasSubstr("score-means"))));
}

/// 60 rows of two classes, every fourth wrong, with a feature x and further columns.
std::string log_with(const std::string& names, const std::function<std::string(int, int, int)>& values) {
  std::string csv = "x,label,pred" + names + "\n";
  for (int i = 0; i < 60; ++i) {
    const int label = i / 4 % 2, pred = i % 4 == 0 ? 1 - label : label;
    csv += fmt::format("{},{},{}{}\n", i * 7 % 11, label, pred, values(i, label, pred));
  }
  return csv;
}

TEST(ReviewFeatures, WhatGivesTheOutcomeAwayIsNoFeature) {
  const TestFolder folder;
  const std::string path = folder.file(
      "log.csv", log_with(",truth_copy,correct,kind,error,loss,note,errata_failure", [](int i, int label, int pred) {
        const bool wrong = label != pred;
        return fmt::format(",{},{},{},{},{},{},{}", label == 1 ? "bad" : "fine", wrong ? "no" : "yes",
                           !wrong       ? "ok"
                           : label == 1 ? "miss"
                                        : "alarm",
                           pred - label, wrong ? 2.0 + i : 0.1 * (i % 9), wrong ? fmt::format("n{}", i % 5) : "",
                           wrong);
      }));
  const PredictionLog log = read_again({.paths = {path}, .roles = {.ignore = {"errata_failure"}}});
  EXPECT_THAT(log.roles.features, ElementsAre("x"));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column truth_copy: no feature, since it gives the outcome away: it "
                                               "follows from the label")));
  const PredictionLog named = read_again({.paths = {path}, .roles = {.features = {"x", "correct"}}});
  EXPECT_THAT(named.roles.features, ElementsAre("x", "correct"));
  const auto exported = read_log({.paths = {path}});
  ASSERT_TRUE(exported);
  EXPECT_THAT(exported->roles.features, ElementsAre("x"));
}

TEST(ReviewFeatures, ErrorsOfNumbersAreNoFeatures) {
  const TestFolder folder;
  std::string csv = "x,label,pred,cents,residual,size\n";
  Rng rng(3);
  for (int i = 0; i < 200; ++i) {
    const double label = rng.normal(), pred = label + rng.normal() / 4;
    csv += fmt::format("{},{},{},{},{},{}\n", i % 7, label, pred, 100 * label, label - pred, std::abs(label - pred));
  }
  EXPECT_THAT(read_again({.paths = {folder.file("log.csv", csv)}}).roles.features, ElementsAre("x"));
}

TEST(ReviewFeatures, ConstantsAndCopiesAreNotSearched) {
  const TestFolder folder;
  const PredictionLog log =
      read_again({.paths = {folder.file("log.csv", log_with(",c,copy,group,group_name", [](int i, int, int) {
                                          return fmt::format(",v3,{},{},{}", i * 7 % 11, i % 3 == 0 ? "a" : "b",
                                                             i % 3 == 0 ? "north" : "south");
                                        }))}});
  EXPECT_THAT(log.redundant, ElementsAre("c", "copy", "group_name"));
  EXPECT_THAT(log.roles.features, ElementsAre("x", "c", "copy", "group", "group_name"));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column copy: a copy of x; left out of the search")));
}

TEST(ReviewFeatures, NumbersOfRowsAreIds) {
  const TestFolder folder;
  std::string csv = ",customer_id,row2,amount,label,pred\n";
  for (int i = 0; i < 150; ++i)
    csv += fmt::format("{0},{1},{2},{3},a,{4}\n", i % 50, 7 * i + i * i, i + 3, 1000 * i, i % 9 == 0 ? "b" : "a");
  const PredictionLog log = read_again({.paths = {folder.file("log.csv", csv)}});
  EXPECT_EQ(log.roles.id, "column0");
  EXPECT_THAT(log.roles.features, ElementsAre("amount"));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column customer_id: ignored: 150 different integers")));
}

}  // namespace
}  // namespace errata::table

// Labels and predictions that name the same classes otherwise, stray classes, and two logs with other names.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "errata/base/test_folder.h"
#include "errata/table/settled_rule.h"
#include "errata/table/test_reading.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// 80 or more rows of label and prediction as functions of a truth and a guess in 0 … classes − 1; every sixth is
/// wrong.
std::string pairs_csv(int classes, const std::function<std::string(int)>& label,
                      const std::function<std::string(int)>& prediction, int rows = 80) {
  std::string csv = "x,label,pred\n";
  for (int i = 0; i < rows; ++i) {
    const int truth = i * 7 % classes, guess = i % 6 == 0 ? (truth + 1) % classes : truth;
    csv += fmt::format("{},{},{}\n", i % 3, label(truth), prediction(guess));
  }
  return csv;
}

std::string digits(int truth) { return std::to_string(truth); }
std::string from_one(int truth) { return std::to_string(truth + 1); }

/// The failures by the rule's own SQL, beside those of the log.
void expect_same_by_sql(const PredictionLog& log) {
  const TestFolder folder;
  ASSERT_TRUE(export_cases(log, "TRUE", folder.path("cases.parquet")));
  const auto again = read_log({.paths = {folder.path("cases.parquet")}, .failure = "errata_failure"});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->failed, log.failed) << log.rule.sql;
}

TEST(OutcomeNames, ClassesThatAreCountedFromAnotherNumberAreRefused) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", pairs_csv(2, from_one, digits));
  EXPECT_THAT(refusal({.paths = {csv}}), HasSubstr("label and pred name their classes differently: 1, 2 against 0, 1"));
  EXPECT_THAT(refusal({.paths = {csv}}), HasSubstr("--map='label:1=0,label:2=1'"));
  const PredictionLog mapped = must_read({.paths = {csv}, .renamed_classes = {{"label:1", "0"}, {"label:2", "1"}}});
  EXPECT_EQ(std::ranges::count(mapped.failed, 1), 14);
  EXPECT_THAT(mapped.classes, ElementsAre("0", "1"));
  expect_same_by_sql(mapped);
  const PredictionLog other =
      must_read({.paths = {csv}, .renamed_classes = {{"prediction:0", "1"}, {"prediction:1", "2"}}});
  EXPECT_EQ(std::ranges::count(other.failed, 1), 14);
  expect_same_by_sql(other);
  const std::string swapped = folder.file("swapped.csv", pairs_csv(2, digits, from_one));
  EXPECT_THAT(refusal({.paths = {swapped}}), HasSubstr("--map='prediction:1=0,prediction:2=1'"));
  const std::string many = folder.file("many.csv", pairs_csv(5, from_one, digits));
  EXPECT_THAT(refusal({.paths = {many}}), HasSubstr("--map='label:1=0,label:2=1,label:3=2,…'"));
  EXPECT_EQ(must_read({.paths = {many}, .task = Task::numbers}).task, Task::numbers);
}

TEST(OutcomeNames, OneOfTwoClassesInOtherWordsIsRefused) {
  const TestFolder folder;
  const auto two_for_no = [](int truth) { return std::string(truth == 1 ? "1" : "2"); };
  EXPECT_THAT(refusal({.paths = {folder.file("two.csv", pairs_csv(2, two_for_no, digits))}}), HasSubstr("--map='2=0'"));
  const auto words = [](int truth) { return std::string(truth == 1 ? "bad" : "fine"); };
  const auto others = [](int truth) { return std::string(truth == 1 ? "bad" : "good"); };
  const std::string csv = folder.file("words.csv", pairs_csv(2, words, others));
  EXPECT_THAT(refusal({.paths = {csv}}), HasSubstr("--map='fine=good'"));
  EXPECT_EQ(must_read({.paths = {csv}, .classes = {"bad", "fine", "good"}}).classes.size(), 3U);
}

TEST(OutcomeNames, AStrayClassIsToldWithItsRemedy) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", pairs_csv(2, digits, digits, 160) + "1,7,0\n");
  EXPECT_THAT(must_read({.paths = {csv}}).warnings,
              Contains(HasSubstr("label values that are never predicted: 7 (1 row); each counts as a class in "
                                 "balanced accuracy; --where leaves such rows out, --map renames them")));
  EXPECT_THAT(must_read({.paths = {csv}, .renamed_classes = {{"7", "0"}}}).classes, ElementsAre("0", "1"));
}

TEST(OutcomeNames, LabelsThatMayStandForUnknownOutcomesAreToldWithTheirRemedy) {
  const TestFolder folder;
  for (const std::string word : {"pending", "-1"}) {
    std::string csv = pairs_csv(2, digits, digits, 160);
    for (int i = 0; i < 40; ++i) csv += "1," + word + "," + std::to_string(i % 2) + "\n";
    csv = folder.file("log.csv", csv);
    EXPECT_THAT(must_read({.paths = {csv}}).warnings,
                Contains(HasSubstr("never predicted: " + word +
                                   " (40 rows); each such row is a failure; where they say "
                                   "that the outcome is not known, --null-values '" +
                                   word + "' makes them missing")));
    ReadOptions missing{.paths = {csv}, .keep_unjudged = true};
    missing.reading.text.null_values = {word};
    const auto log = must_read(missing);
    EXPECT_EQ(std::ranges::count(log.judged, 0), 40);
  }
  const auto unknown = must_read({.paths = {folder.file("none.csv", "x,label,prediction\n1,,0\n2,,1\n3,,1\n")},
                                  .keep_unjudged = true,
                                  .may_lack_outcomes = true});
  EXPECT_THAT(unknown.warnings, Not(Contains(HasSubstr("never a label")))) << "there are no labels";
}

TEST(OutcomeNames, AStrayLabelIsToldWhereThePredictionIsTheLargestScore) {
  const TestFolder folder;
  std::string csv = "x,label,p_a,p_b,p_c\n";
  for (int i = 0; i < 200; ++i) {
    const int c = i % 3;
    csv += fmt::format("{},{},{},{},{}\n", i % 7, i == 50 ? "unknown" : std::string(1, static_cast<char>('a' + c)),
                       c == 0 ? 0.8 : 0.1, c == 1 ? 0.8 : 0.1, c == 2 ? 0.8 : 0.1);
  }
  EXPECT_THAT(must_read({.paths = {folder.file("log.csv", csv)}}).warnings,
              Contains(HasSubstr("label values that are never predicted: unknown (1 row)")));
}

TEST(OutcomeNames, RatingsMayBeNumbers) {
  const TestFolder folder;
  std::string csv = "x,actual,prediction\n";
  for (int i = 0; i < 200; ++i) {
    const int stars = 1 + i * 7 % 5, off = i % 3 != 0 ? 0 : i % 2 == 0 ? 1 : -1;
    csv += fmt::format("{},{},{}\n", i % 11, stars, std::clamp(stars + off, 1, 5));
  }
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", csv)}});
  EXPECT_EQ(log.task, Task::classes);
  EXPECT_THAT(log.warnings, Contains(HasSubstr("--task numbers takes them as numbers")));
}

TEST(OutcomeNames, ALogWithOtherNamesIsJudgedByItsOwnClasses) {
  const TestFolder folder;
  const auto scored = [](const char* no, const char* yes) {
    std::string csv = "x,label,pred,p\n";
    for (int i = 0; i < 60; ++i) {
      const bool truth = i % 2 == 1, guess = i % 5 == 0 ? !truth : truth;
      csv += fmt::format("{},{},{},{}\n", i % 3, truth ? yes : no, guess ? yes : no, guess ? 0.9 : 0.2);
    }
    return csv;
  };
  const PredictionLog first = must_read({.paths = {folder.file("a.csv", scored("0", "1"))}});
  ReadOptions options{.paths = {folder.file("b.csv", scored("good", "bad"))}};
  options.settled = settled_rule(first);
  const PredictionLog second = must_read(options);
  EXPECT_EQ(second.positive, "bad");
  EXPECT_EQ(second.positive_score, first.positive_score);
  EXPECT_EQ(second.failed, first.failed);
  EXPECT_THAT(second.classes, ElementsAre("bad", "good"));
  EXPECT_THAT(second.warnings, Contains(HasSubstr("none of the classes bad, good is one of the log that it is compared "
                                                  "with (0, 1)")));
  EXPECT_THAT(second.warnings, Contains(HasSubstr("score metrics are not compared; --map VALUE=CLASS")));
  options.renamed_classes = {{"good", "0"}, {"bad", "1"}};
  EXPECT_EQ(must_read(options).positive, "1");
}

TEST(OutcomeNames, WordsThatMayMeanMissingAreAskedAbout) {
  const TestFolder folder;
  const auto country = [](int truth) { return std::vector<std::string>{"DE", "NA", "US"}[std::size_t(truth)]; };
  const std::string csv = folder.file("log.csv", pairs_csv(3, country, country));
  const PredictionLog log = must_read({.paths = {csv}});
  EXPECT_EQ(log.rows, 80U);
  EXPECT_THAT(log.warnings, Contains(HasSubstr("NA (27 labels and 41 predictions) is taken as a class, though the word "
                                               "often means a missing value (--null-values NA makes")));
  const PredictionLog missing = must_read({.paths = {csv}, .reading = {.text = {.null_values = {"NA"}}}});
  EXPECT_EQ(missing.rows, 80U - 41) << "where the label is NA the prediction is as well";
  EXPECT_THAT(missing.warnings, Not(Contains(HasSubstr("often means a missing value"))));
  const PredictionLog named = must_read({.paths = {csv}, .classes = {"DE", "NA", "US"}});
  EXPECT_EQ(named.failed, log.failed);
  EXPECT_THAT(named.warnings, Not(Contains(HasSubstr("often means a missing value"))));
  const auto state = [](int truth) { return std::vector<std::string>{"none", "null", "nan"}[std::size_t(truth)]; };
  EXPECT_THAT(
      must_read({.paths = {folder.file("words.csv", pairs_csv(3, state, country))}, .failure = "x = 1"}).warnings,
      Contains(HasSubstr("--null-values NA,nan,none,null makes such rows missing; --classes says that they are")));
}

TEST(OutcomeNames, VersionsStayTexts) {
  const TestFolder folder;
  const auto version = [](int truth) {
    return std::vector<std::string>{"1.1", "1.10", "1.2", "1.20"}[std::size_t(truth)];
  };
  const std::string csv = folder.file("log.csv", pairs_csv(4, version, version));
  const PredictionLog log = must_read({.paths = {csv}});
  EXPECT_EQ(log.task, Task::classes);
  EXPECT_THAT(log.classes, ElementsAre("1.1", "1.10", "1.2", "1.20"));
  EXPECT_EQ(std::ranges::count(log.failed, 1), 14);
  expect_same_by_sql(log);
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column pred: 1.10 stands beside numbers of fewer digits behind the "
                                               "point, as versions do; kept as texts, so that 1.10 and 1.1 are two "
                                               "classes (--types 'pred=number' reads numbers)")));
  const auto short_version = [](int truth) { return fmt::format("1.{}", truth + 1); };
  const PredictionLog one_sided = must_read({.paths = {folder.file("one.csv", pairs_csv(4, version, short_version))}});
  EXPECT_THAT(one_sided.classes, ElementsAre("1.1", "1.10", "1.2", "1.20", "1.3", "1.4"));
  for (const ReadOptions& numbers : {ReadOptions{.paths = {csv}, .task = Task::numbers},
                                     ReadOptions{.paths = {csv}, .reading = {.types = {{"label", ColumnType::number}}}},
                                     ReadOptions{.paths = {csv}, .failure = "abs(label - pred) > 0.05"}})
    EXPECT_EQ(must_read(numbers).find("label")->kind, ColumnKind::numeric);
}

}  // namespace
}  // namespace errata::table

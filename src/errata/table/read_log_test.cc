#include "errata/table/read_log.h"
#include "errata/table/write_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "errata/base/test_folder.h"
#include "errata/table/coding.h"
#include "errata/table/predicate.h"
#include "errata/table/test_reading.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(ReadLog, GuessesRolesAndFailures) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv",
                                      "id,Age,sex,ts,y_true,y_pred,p1\n"
                                      "a,30,m,2026-01-01,0,0,0.2\n"
                                      "b,41,f,2026-01-02,1,0,0.4\n"
                                      "c,,f,2026-01-03,1,1,0.9\n");
  const PredictionLog log = must_read({.paths = {csv}});
  EXPECT_EQ(log.rows, 3U);
  EXPECT_EQ(log.roles.label, "y_true");
  EXPECT_EQ(log.roles.prediction, "y_pred");
  EXPECT_EQ(log.roles.score, "p1");
  EXPECT_EQ(log.roles.time, "ts");
  EXPECT_EQ(log.roles.id, "id");
  EXPECT_THAT(log.roles.features, ElementsAre("Age", "sex"));
  EXPECT_THAT(log.roles.guessed, ElementsAre("label", "prediction", "score", "time", "id"));
  EXPECT_EQ(log.task, Task::classes);
  EXPECT_THAT(log.classes, ElementsAre("0", "1"));
  EXPECT_EQ(log.positive, "1");
  EXPECT_EQ(log.score_meaning, ScoreMeaning::positive_class);
  EXPECT_THAT(log.failed, ElementsAre(0, 1, 0));
  EXPECT_THAT(log.confidence, ElementsAre(0.8, 0.6, 0.9));
  EXPECT_EQ(log.find("Age")->missing, 1U);
  EXPECT_EQ(log.find("ts")->micros[1] - log.find("ts")->micros[0], 86'400'000'000);
  EXPECT_EQ(log.find("id"), nullptr);
  EXPECT_EQ(log.rule.sql, R"("y_pred" <> "y_true")");
}

/// More short texts than are remembered, and long ones, in an order that repeats none soon.
TEST(ReadLog, TextsAreThoseOfTheFileHoweverShort) {
  const TestFolder folder;
  constexpr std::size_t kTexts = 700, kRows = 6000;
  const auto text = [](std::size_t i) {
    return fmt::format("{}{}", i % 7 == 0 ? "longer than twelve bytes " : "t", i);
  };
  std::string csv = "city,y_true,y_pred\n";
  for (std::size_t row = 0; row < kRows; ++row)
    csv += fmt::format("{},{},{}\n", text(row * 37 % kTexts), row % 2, row % 3 % 2);
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", csv)}});
  const Column& city = *log.find("city");
  ASSERT_EQ(city.categories.size(), kTexts);
  for (std::size_t row = 0; row < kRows; ++row)
    ASSERT_EQ(city.categories[static_cast<std::size_t>(city.codes[row])], text(row * 37 % kTexts)) << row;
}

TEST(ReadLog, GroupColumnsAreHeldWhateverTheirRole) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv",
                                      "id,a*b,race,sex,ts,y_true,y_pred\n"
                                      "k,1,w,m,2026-01-01,0,0\n"
                                      "l,2,b,f,2026-01-02,1,0\n");
  const auto with = [&](std::vector<std::string> groups) {
    return ReadOptions{.paths = {csv}, .roles = {.ignore = {"race"}, .groups = std::move(groups)}};
  };
  const PredictionLog log = must_read(with({"race", "race * sex", "a*b", "id", "race"}));
  EXPECT_THAT(log.roles.groups,
              ElementsAre(ElementsAre("race"), ElementsAre("race", "sex"), ElementsAre("a*b"), ElementsAre("id")));
  EXPECT_NE(log.find("race"), nullptr);
  EXPECT_NE(log.find("id"), nullptr);
  EXPECT_THAT(log.roles.features, Not(Contains("race")));
  EXPECT_THAT(read_log(with({"rase"})).error().message, HasSubstr("group column rase: the log has no such column"));
  EXPECT_THAT(read_log(with({"sex*rase"})).error().message, HasSubstr("group column rase"));
  EXPECT_THAT(read_log(with({"ts"})).error().message, HasSubstr("group column ts: it holds times"));
  EXPECT_THAT(read_log(with({"sex*sex"})).error().message, HasSubstr("crosses sex with itself"));
}

TEST(ReadLog, OneFileByTwoSpellingsIsReadOnce) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", "x,y_true,y_pred\n1,0,0\n2,1,0\n");
  const auto slash = csv.find_last_of('/');
  const std::string other = csv.substr(0, slash) + "/./log.csv";
  EXPECT_EQ(must_read({.paths = {csv, other}}).rows, 2U);
}

TEST(ReadLog, TextsOfRowsThatAreNotHeld) {
  const TestFolder folder;
  const PredictionLog log =
      must_read({.paths = {folder.file("log.csv", "id,x,y_true,y_pred\nk,1,0,0\n,2,1,0\nm,3,1,1\n")}});
  const std::vector<std::uint64_t> rows{2, 1, 0};
  const auto texts = texts_at(log, "id", rows);
  ASSERT_TRUE(texts) << texts.error().message;
  EXPECT_THAT(*texts, ElementsAre("m", std::nullopt, "k"));
}

TEST(ReadLog, IntegersThatDoublesCannotTellApartAreNotConstant) {
  const TestFolder folder;
  std::string csv = "x,big,y_true,y_pred\n";
  for (int i = 0; i < 60; ++i)
    csv += fmt::format("{},{},{},0\n", i % 3, 18446744073709551600ULL + static_cast<unsigned>(i % 12), i % 2);
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", csv)}});
  for (const std::string& warning : log.warnings) EXPECT_THAT(warning, Not(HasSubstr("same value")));
  EXPECT_EQ(log.find("big")->categories.size(), 12U);
}

TEST(ReadLog, NumbersFailAboveTheNinetiethPercentile) {
  const TestFolder folder;
  std::string csv = "x,label,prediction\n";
  for (int i = 0; i <= 10; ++i) csv += fmt::format("{},0.5,{}\n", i, 0.5 + i);
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", csv)}});
  EXPECT_EQ(log.task, Task::numbers);
  EXPECT_EQ(log.rule.kind, FailureRule::Kind::absolute_error);
  EXPECT_EQ(log.rule.threshold, 9);
  EXPECT_THAT(log.failed, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
}

TEST(ReadLog, ProbabilityAloneIsThePrediction) {
  const TestFolder folder;
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", "x,label,prob\n1,0,0.1\n2,1,0.2\n3,1,0.5\n")}});
  EXPECT_THAT(log.failed, ElementsAre(0, 1, 0));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("prob >= 0.5")));
}

TEST(ReadLog, ScoreOfThePredictedClass) {
  const TestFolder folder;
  const PredictionLog log = must_read(
      {.paths = {folder.file("log.csv", "x,label,pred,score\n1,0,0,0.9\n2,1,1,0.8\n3,1,0,0.7\n4,0,0,0.6\n")}});
  EXPECT_EQ(log.score_meaning, ScoreMeaning::predicted_class);
  EXPECT_THAT(log.confidence, ElementsAre(0.9, 0.8, 0.7, 0.6));
  EXPECT_THAT(log.positive_score, IsEmpty());
}

TEST(ReadLog, OneScoreColumnAClass) {
  const TestFolder folder;
  const PredictionLog log = must_read({.paths = {folder.file("log.csv",
                                                             "x,label,pred,p_a,p_b,p_c\n1,a,a,0.7,0.2,0.1\n"
                                                             "2,b,c,0.1,0.3,0.6\n3,c,b,0,1,0\n")}});
  EXPECT_THAT(log.roles.scores, ElementsAre("p_a", "p_b", "p_c"));
  EXPECT_THAT(log.roles.features, ElementsAre("x"));
  EXPECT_THAT(log.confidence, ElementsAre(0.7, 0.6, 1));
}

TEST(ReadLog, TextLabelsAgainstNumbersAndBooleans) {
  const TestFolder folder;
  const PredictionLog mixed =
      must_read({.paths = {folder.file("b.csv", "x,label,pred\n1,true,1\n2,false,1\n3,false,0\n")}});
  EXPECT_THAT(mixed.failed, ElementsAre(0, 1, 0));
  EXPECT_THAT(mixed.classes, ElementsAre("0", "1"));
  const auto exported = export_cases(mixed, "TRUE", folder.path("cases.parquet"));
  ASSERT_TRUE(exported) << exported.error().message;
  const PredictionLog again = must_read({.paths = {folder.path("cases.parquet")}, .failure = "errata_failure"});
  EXPECT_EQ(again.failed, mixed.failed);
}

TEST(ReadLog, ExpressionNullsCountAsNotFailed) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", "x,\"a b\"\n1,5\n2,\n3,1\n");
  const PredictionLog log = must_read({.paths = {csv}, .failure = "\"a b\" > 2 -- large"});
  EXPECT_THAT(log.failed, ElementsAre(1, 0, 0));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("NULL in 1 of 3 rows")));
  const PredictionLog above_mean = must_read({.paths = {csv}, .failure = "x > (SELECT avg(x) FROM log)"});
  EXPECT_THAT(above_mean.failed, ElementsAre(0, 0, 1));
}

TEST(ReadLog, ConfidentFailures) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", "x,label,pred,p1\n1,0,1,0.95\n2,0,1,0.55\n3,1,0,0.05\n4,1,1,0.9\n");
  const PredictionLog log = must_read({.paths = {csv}, .confident = 0.9});
  EXPECT_THAT(log.failed, ElementsAre(1, 0, 1, 0));
  const auto exported = export_cases(log, "TRUE", folder.path("cases.csv"));
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_EQ(must_read({.paths = {folder.path("cases.csv")}, .failure = "errata_failure"}).failed, log.failed);
}

TEST(ReadLog, Loss) {
  const TestFolder folder;
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", "x,l\n1,0\n2,0\n3,2.5\n")}, .loss = "l"});
  EXPECT_THAT(log.loss, ElementsAre(0, 0, 2.5));
  EXPECT_THAT(log.failed, ElementsAre(0, 0, 1));
  const auto bad = read_log({.paths = {folder.file("bad.csv", "x,l\n1,0\n2,-1\n")}, .loss = "l"});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::data);
  EXPECT_THAT(bad.error().message, HasSubstr("loss column l: -1 in row 2"));
}

TEST(ReadLog, LossByAnExpression) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", "actual,forecast,x\n1,1,5\n2,4.5,6\n3,3,7\n");
  const PredictionLog log = must_read({.paths = {csv}, .loss = "abs(actual - forecast)"});
  EXPECT_THAT(log.loss, ElementsAre(0, 2.5, 0));
  EXPECT_THAT(log.failed, ElementsAre(0, 1, 0));
  EXPECT_EQ(log.roles.loss, std::nullopt);
  EXPECT_EQ(log.rule.words, "abs(actual - forecast) > 0");
  EXPECT_EQ(export_cases(log, log.rule.sql, folder.path("cases.parquet")), 1U);
  const PredictionLog both = must_read({.paths = {csv}, .failure = "x = 7", .loss = "abs(actual - forecast)"});
  EXPECT_THAT(both.loss, ElementsAre(0, 2.5, 0));
  EXPECT_THAT(both.failed, ElementsAre(0, 0, 1));
  EXPECT_THAT(refusal({.paths = {csv}, .loss = "actual - forecast"}),
              HasSubstr("loss expression `actual - forecast`: -2.5 in row 2 is not a finite number >= 0"));
  EXPECT_THAT(refusal({.paths = {csv}, .loss = "actual <> forecast"}), HasSubstr("BOOLEAN, which is no number"));
  EXPECT_THAT(refusal({.paths = {csv}, .loss = "forecasts"}), HasSubstr("near names are forecast"));
  EXPECT_THAT(refusal({.paths = {csv}, .loss = "forecasts + 1"}), HasSubstr("loss expression `forecasts + 1`"));
  EXPECT_THAT(refusal({.paths = {csv}, .loss = "1) FROM x; DROP TABLE (x"}), HasSubstr("not one complete SQL"));
}

TEST(ReadLog, LossesThatAreMostlyPositiveFailAboveTheNinetiethPercentile) {
  const TestFolder folder;
  std::string csv = "x,l\n";
  for (int i = 0; i <= 20; ++i) csv += fmt::format("{},{}\n", i, i);
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", csv)}, .loss = "l"});
  EXPECT_EQ(log.rule.threshold, 18);
  EXPECT_EQ(std::ranges::count(log.failed, 1), 2);
  EXPECT_EQ(export_cases(log, log.rule.sql, folder.path("cases.parquet")), 2U);
}

TEST(ReadLog, ProbabilitiesInThePredictionColumn) {
  const TestFolder folder;
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", "x,label,pred\n1,0,0.1\n2,0,0.7\n3,0,\n")}});
  EXPECT_EQ(log.roles.prediction, std::nullopt);
  EXPECT_EQ(log.roles.score, "pred");
  EXPECT_THAT(log.classes, ElementsAre("0", "1"));
  EXPECT_THAT(log.failed, ElementsAre(0, 1));
  EXPECT_EQ(export_cases(log, log.rule.sql, folder.path("cases.parquet")), 1U);
}

TEST(ReadLog, OneBooleanLabelOnly) {
  const TestFolder folder;
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", "x,label,p\n1,false,0.1\n2,false,0.7\n")}});
  EXPECT_THAT(log.classes, ElementsAre("false", "true"));
  EXPECT_THAT(log.failed, ElementsAre(0, 1));
  EXPECT_EQ(export_cases(log, log.rule.sql, folder.path("cases.parquet")), 1U);
}

TEST(ReadLog, ALabelThatIsNamedForSomethingElse) {
  const TestFolder folder;
  const std::string file = folder.file("log.csv", "x,label,pred\n1,a,a\n2,a,b\n");
  const auto same = read_log({.paths = {file}, .roles = {.label = "label", .prediction = "label"}});
  ASSERT_FALSE(same);
  EXPECT_THAT(same.error().message, HasSubstr("column label: it cannot be both the label and the prediction"));
  const PredictionLog both = must_read({.paths = {file}, .roles = {.label = "label", .stream = "label"}});
  EXPECT_THAT(both.warnings, Contains(HasSubstr("column label: the stream is the label itself")));
  ReadOptions lost{.paths = {file}, .roles = {.stream = "label"}};
  lost.keep_unjudged = true;
  lost.may_lack_outcomes = true;
  EXPECT_THAT(must_read(lost).warnings, Contains(HasSubstr("column label: it is named as the stream")));
  EXPECT_THAT(must_read({.paths = {file}}).warnings, Each(Not(HasSubstr("named as"))));
}

TEST(ReadLog, WeightsMustNotBeNegativeOrAllZero) {
  const TestFolder folder;
  const std::string negative = folder.file("log.csv", "x,label,pred,weight\n1,a,a,1\n2,a,b,-3\n");
  const auto log = read_log({.paths = {negative}, .roles = {.weight = "weight"}});
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, HasSubstr("weight column weight: -3 in row 2"));
  const auto zero =
      read_log({.paths = {folder.file("z.csv", "x,label,pred,w\n1,a,a,0\n2,a,b,0\n")}, .roles = {.weight = "w"}});
  ASSERT_FALSE(zero);
  EXPECT_THAT(zero.error().message, HasSubstr("weight column w: all weights are 0"));
  const PredictionLog guessed = must_read({.paths = {negative}});  // perhaps somebody's weight
  EXPECT_EQ(guessed.roles.weight, std::nullopt);
  EXPECT_THAT(guessed.roles.features, ElementsAre("x", "weight"));
  EXPECT_THAT(guessed.warnings, Contains(HasSubstr("weight column weight: -3 in row 2")));
}

TEST(ReadLog, PositiveClassByName) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", "x,label,pred,p\n1,no,no,0.9\n2,yes,yes,0.1\n");
  EXPECT_EQ(must_read({.paths = {csv}}).positive, "no");
  EXPECT_EQ(must_read({.paths = {csv}, .positive = "yes"}).positive, "yes");
  const auto refused = read_log({.paths = {csv}, .positive = "maybe"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("positive class maybe: the classes are no and yes"));
}

TEST(ReadLog, RowsWithoutLabelOrPredictionAreLeftOutAndCounted) {
  const TestFolder folder;
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", "x,label,pred\n1,a,a\n2,,a\n3,b,\n4,b,a\n")}});
  EXPECT_EQ(log.rows, 2U);
  EXPECT_THAT(log.find("x")->numbers, ElementsAre(1, 4));
  EXPECT_THAT(log.failed, ElementsAre(0, 1));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("2 of 4 rows have no label or no prediction (the first is row 2)")));
  EXPECT_EQ(export_cases(log, "TRUE", folder.path("cases.parquet")), 2U);
}

TEST(ReadLog, SeveralFilesAreOneLog) {
  const TestFolder folder;
  (void)folder.file("b.csv", "x,label,pred,extra\n3,a,b,9\n");
  (void)folder.file("a.jsonl",
                    "{\"label\":\"a\",\"pred\":\"a\",\"x\":1.5}\n{\"label\":\"a\",\"pred\":\"b\",\"x\":2}\n");
  const PredictionLog log = must_read({.paths = {folder.path("*.csv"), folder.path("*.jsonl")}});
  EXPECT_THAT(log.find("x")->numbers, ElementsAre(1.5, 2, 3));
  EXPECT_THAT(log.failed, ElementsAre(0, 1, 1));
  EXPECT_EQ(log.find("extra")->missing, 2U);
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column x: its type differs across files (BIGINT, DOUBLE)")));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column extra: 1 of 2 files do not have it")));
}

TEST(ReadLog, TypesThatDifferAcrossFilesBecomeText) {
  const TestFolder folder;
  (void)folder.file("a.csv", "c,label,pred\n1,a,b\n");
  (void)folder.file("b.csv", "c,label,pred\nu,a,b\n");
  const PredictionLog log = must_read({.paths = {folder.path("?.csv")}});
  EXPECT_THAT(log.find("c")->categories, ElementsAre("1", "u"));
  EXPECT_THAT(log.warnings,
              Contains(HasSubstr("column c: its type differs across files (BIGINT, VARCHAR); read as text")));
}

TEST(ReadLog, ABadValueFarDownMakesTheColumnText) {
  const TestFolder folder;
  std::string csv = "x,label,pred\n";
  for (int i = 0; i < 40'000; ++i) csv += i == 30'000 ? "oops,a,b\n" : fmt::format("{},a,b\n", i % 7);
  const PredictionLog log = must_read({.paths = {folder.file("log.csv", csv)}});
  EXPECT_EQ(log.rows, 40'000U);
  EXPECT_EQ(log.find("x")->kind, ColumnKind::categorical);
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column x: 1 values are not BIGINT, the first is 'oops' in row 30001")));
}

TEST(ReadLog, TimesInTextWithZones) {
  const TestFolder folder;
  const PredictionLog log =
      must_read({.paths = {folder.file("log.jsonl",
                                       "{\"ts\":\"2026-01-01T00:00:00+02:00\",\"label\":1,\"pred\":1}\n"
                                       "{\"ts\":\"2025-12-31T22:00:00.5Z\",\"label\":1,\"pred\":1}\n"
                                       "{\"ts\":\"yesterday\",\"label\":1,\"pred\":1}\n"
                                       "{\"ts\":null,\"label\":1,\"pred\":1}\n")}});
  const Column& time = *log.find("ts");
  EXPECT_EQ(time.kind, ColumnKind::timestamp);
  EXPECT_EQ(time.micros[1] - time.micros[0], 500'000);
  EXPECT_EQ(time.missing, 2U);
  EXPECT_THAT(
      log.warnings,
      Contains(HasSubstr("time column ts: 1 values are not a date or date-time, the first is 'yesterday' in row 3")));
}

TEST(ReadLog, NaNIsMissingInMemoryAndInSql) {
  const TestFolder folder;
  const PredictionLog log =
      must_read({.paths = {folder.file("log.csv", "x,label,pred\n1,a,b\nnan,a,b\n,a,b\n9,a,b\n")}});
  EXPECT_EQ(log.find("x")->missing, 2U);
  EXPECT_EQ(log.find("x")->nan, 1U);
  const auto coded = code_column(*log.find("x"), {.bins = 2});
  ASSERT_TRUE(coded);
  for (Code code = 0; code < coded->bins.size(); ++code) {
    const Predicate predicate = predicate_of(*coded, code, code);
    EXPECT_EQ(export_cases(log, where_clause({&predicate, 1}), folder.path("cases.parquet")),
              static_cast<std::size_t>(std::ranges::count(coded->codes, code)));
  }
}

TEST(ReadLog, SinglePrecisionEdgesHoldInSql) {
  const TestFolder folder;
  std::string csv = "x,label,pred\n";
  for (int i = 0; i < 50; ++i) csv += fmt::format("{},a,b\n", 0.1 * i);
  const PredictionLog source = must_read({.paths = {folder.file("log.csv", csv)}});
  PredictionLog narrow = source;
  narrow.source_sql = "SELECT CAST(x AS FLOAT) AS x, label, pred FROM (" + source.source_sql + ")";
  ASSERT_TRUE(export_cases(narrow, "TRUE", folder.path("narrow.parquet")));
  const PredictionLog log = must_read({.paths = {folder.path("narrow.parquet")}, .failure = "errata_failure"});
  ASSERT_EQ(log.find("x")->source_type, "FLOAT");
  const auto coded = code_column(*log.find("x"), {.bins = 7});
  ASSERT_TRUE(coded);
  for (Code code = 0; code < coded->bins.size(); ++code) {
    const Predicate predicate = predicate_of(*coded, code, code);
    EXPECT_EQ(export_cases(log, where_clause({&predicate, 1}), folder.path("cases.parquet")),
              static_cast<std::size_t>(std::ranges::count(coded->codes, code)));
  }
}

TEST(ReadLog, SameForAnyNumberOfThreads) {
  const std::string flights = real_data("logs/compas_predictions.csv.gz");
  if (flights.empty()) GTEST_SKIP() << "the real logs are not there (ERRATA_DATA)";
  const PredictionLog one = must_read({.paths = {flights}, .threads = 1});
  const PredictionLog four = must_read({.paths = {flights}, .threads = 4});
  ASSERT_EQ(one.columns.size(), four.columns.size());
  for (std::size_t c = 0; c < one.columns.size(); ++c) {
    EXPECT_EQ(one.columns[c].numbers, four.columns[c].numbers);
    EXPECT_EQ(one.columns[c].codes, four.columns[c].codes);
    EXPECT_EQ(one.columns[c].micros, four.columns[c].micros);
  }
  EXPECT_EQ(one.rows, 6172U);
  EXPECT_EQ(std::ranges::count(one.failed, 1), 2094);
}

TEST(ReadLog, IdentifiersInTextAreSetAside) {
  const TestFolder folder;
  std::string csv = "customer,label,pred\n";
  for (int i = 0; i < 1500; ++i) csv += fmt::format("c{},a,b\n", i);
  const std::string path = folder.file("log.csv", csv);
  const PredictionLog log = must_read({.paths = {path}});
  EXPECT_EQ(log.find("customer"), nullptr);
  EXPECT_THAT(log.roles.ignored, ElementsAre("customer"));
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column customer: ignored: 1500 different texts")));
  EXPECT_NE(must_read({.paths = {path}, .roles = {.features = {"customer"}}}).find("customer"), nullptr);
}

TEST(ReadSchema, TypesMissingDistinctAndRoles) {
  const TestFolder folder;
  const auto schema =
      read_schema({.paths = {folder.file("log.csv", "age,label,pred,p\n1,a,b,0.5\n,a,b,0.5\n1,b,b,0.5\n")}});
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->rows, 3U);
  ASSERT_EQ(schema->columns.size(), 4U);
  EXPECT_EQ(schema->columns[0].type, "BIGINT");
  EXPECT_EQ(schema->columns[0].missing, 1U);
  EXPECT_EQ(schema->columns[0].distinct, 1U);
  EXPECT_EQ(schema->columns[0].role, "feature");
  EXPECT_EQ(schema->columns[1].role, "label");
  EXPECT_TRUE(schema->columns[1].guessed);
  EXPECT_EQ(schema->columns[3].role, "score");
}

TEST(WriteColumns, EveryKindReadsBack) {
  const TestFolder folder;
  const std::vector<Column> columns{
      {.name = "x", .kind = ColumnKind::numeric, .numbers = {0.1, std::nan(""), -2}},
      {.name = "c \"d\"", .kind = ColumnKind::categorical, .codes = {1, kMissingCode, 0}, .categories = {"a,b", "ü"}},
      {.name = "ts", .kind = ColumnKind::timestamp, .micros = {0, kMissingTime, 1'700'000'000'123'456}},
  };
  for (const char* name : {"log.parquet", "log.csv", "log.csv.gz", "log.jsonl"}) {
    const auto written = write_columns(columns, folder.path(name));
    ASSERT_TRUE(written) << written.error().message;
    const PredictionLog log = must_read({.paths = {folder.path(name)}, .failure = "x < 0"});
    ASSERT_EQ(log.rows, 3U) << name;
    EXPECT_EQ(log.find("x")->numbers[0], 0.1) << name;
    EXPECT_TRUE(std::isnan(log.find("x")->numbers[1])) << name;
    EXPECT_EQ(log.find("c \"d\"")->codes, columns[1].codes) << name;
    EXPECT_EQ(log.find("ts")->micros, columns[2].micros) << name;
  }
}

}  // namespace
}  // namespace errata::table

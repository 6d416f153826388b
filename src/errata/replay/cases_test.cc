#include "errata/replay/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/limits.h"
#include "errata/replay/test_log.h"

namespace errata::replay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

table::PredictionLog timed_log(std::vector<double> steps) {
  auto log = example_log(steps.size());
  log.columns.push_back(numbers("t", std::move(steps)));
  log.roles.time = "t";
  return log;
}

std::vector<std::size_t> rows_of(const CaseStream& cases) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < cases.size(); ++i) rows.push_back(cases.row(i));
  return rows;
}

std::string error_of(const table::PredictionLog& log, const CaseOptions& options) {
  const auto cases = CaseStream::make(log, options);
  return cases ? "" : cases.error().message;
}

CaseOptions without_warm_up() { return {.warm_up = {.cases = 0}}; }

TEST(Cases, ComeInTheOrderOfTimeAndOfTheFileWithin) {
  const auto log = timed_log({3, 1, 2, 1});
  const auto cases = *CaseStream::make(log, without_warm_up());
  EXPECT_THAT(rows_of(cases), ElementsAre(1, 3, 2, 0));
  EXPECT_EQ(cases.time(3), 3);
  EXPECT_THAT(cases.warnings(), ElementsAre(HasSubstr("rows are not in the order of t")));
}

TEST(Cases, BackwardTimeIsRefusedWhenAskedNamingTheRow) {
  auto options = without_warm_up();
  options.time_order = TimeOrder::refuse;
  EXPECT_THAT(error_of(timed_log({1, 3, 2}), options), HasSubstr("time goes back: row 3 has an earlier t than row 2"));
  EXPECT_EQ(error_of(timed_log({1, 2, 2}), options), "");
}

TEST(Cases, WithoutTimeComeAsTheFileHasThem) {
  const auto log = example_log(3);
  const auto cases = *CaseStream::make(log, without_warm_up());
  EXPECT_THAT(rows_of(cases), ElementsAre(0, 1, 2));
  EXPECT_EQ(cases.time(2), 2);
}

TEST(Cases, WithoutATimeAreLeftOutAndCounted) {
  const auto log = timed_log({1, memory::kUnknown, 2});
  const auto cases = *CaseStream::make(log, without_warm_up());
  EXPECT_THAT(rows_of(cases), ElementsAre(0, 2));
  EXPECT_THAT(cases.warnings(), ElementsAre("1 of 3 rows have no time in t and are left out"));
}

TEST(Cases, StepsThatAreNotToldApartAreRefused) {
  EXPECT_THAT(error_of(timed_log({0, 1e16, 2e16}), without_warm_up()),
              AllOf(HasSubstr("time column t: 10000000000000000 in row 2"), HasSubstr("divide the column"),
                    HasSubstr("--types 't=time'")));
  EXPECT_EQ(error_of(timed_log({0, 1e15, 2e15}), without_warm_up()), "");
}

TEST(Cases, FractionsOfAStepAreCountedInCases) {
  const auto log = timed_log({.1, .2, .9});
  const auto cases = *CaseStream::make(log, without_warm_up());
  EXPECT_EQ(cases.time(1), 1);
  const auto seconds = timed_log({1.5e9 + .5, 1.5e9 + 10.25, 1.5e9 + 20});
  EXPECT_EQ(CaseStream::make(seconds, without_warm_up())->time(1), 1'500'000'010);
}

TEST(Cases, ASplitSaysWhatEachCaseIsFor) {
  auto log = timed_log({1, 2, 3, 4});
  log.columns.push_back(words("split", {"eval", "train", "warm"}, {1, 2, 0, 0}));
  log.roles.features.emplace_back("split");
  const auto cases = *CaseStream::make(log, {.split = "split"});
  EXPECT_EQ(cases.trained(), 1);
  EXPECT_EQ(cases.warm(), 1);
  EXPECT_EQ(cases.part(2), Part::eval);
  EXPECT_TRUE(cases.schema().categories.empty()) << "the split is no feature";
}

TEST(Cases, AnotherWordInTheSplitIsAnErrorNamingRowAndValue) {
  auto log = timed_log({1, 2, 3});
  log.columns.push_back(words("part", {"eval", "test"}, {0, 1, 0}));
  EXPECT_EQ(error_of(log, {.split = "part"}), "split column part: 'test' in row 2 is not train, warm or eval");
  log.columns.back() = words("part", {"eval"}, {0, table::kMissingCode, 0});
  EXPECT_EQ(error_of(log, {.split = "part"}), "split column part: missing in row 2 is not train, warm or eval");
  EXPECT_THAT(error_of(log, {.split = "nosuch"}), HasSubstr("the log has no such column"));
}

TEST(Cases, ASplitThatGoesBackIsAnError) {
  auto log = timed_log({1, 2, 3});
  log.columns.push_back(words("part", {"eval", "train"}, {1, 0, 1}));
  EXPECT_THAT(error_of(log, {.split = "part"}), HasSubstr("row 3 is train after eval cases"));
}

TEST(Cases, TheWarmUpIsATenthAtMost) {
  const auto small = example_log(500), large = example_log(20'000);
  EXPECT_EQ(CaseStream::make(small, {})->warm(), 50);
  EXPECT_EQ(CaseStream::make(large, {})->warm(), 1000);
  EXPECT_EQ(CaseStream::make(large, {.warm_up = {.share = .5}})->warm(), 10'000);
  EXPECT_THAT(error_of(small, {.warm_up = {.cases = 500}}), HasSubstr("the log has 500 cases"));
}

TEST(Cases, AnOutcomeBeforeItsCaseIsAnError) {
  auto log = timed_log({1, 2, 3});
  log.columns.push_back(numbers("known", {1, 1, memory::kUnknown}));
  auto options = without_warm_up();
  options.outcome_time = "known";
  EXPECT_THAT(error_of(log, options), HasSubstr("the outcome of row 2 is known before its case"));
  log.columns.back().numbers.set(1, 7);
  const auto cases = *CaseStream::make(log, options);
  EXPECT_EQ(cases.known(1), 7);
  EXPECT_EQ(cases.known(2), std::nullopt);
}

TEST(Cases, ViewsHoldTheRow) {
  auto log = timed_log({2, 1});
  log.columns.push_back(words("place", {"here", "there"}, {1, table::kMissingCode}));
  log.roles.features.emplace_back("place");
  const auto cases = *CaseStream::make(log, without_warm_up());
  CaseScratch scratch;
  const auto first = cases.view(0, scratch);
  EXPECT_EQ(first.numbers[0], log.columns[0].numbers[1]);
  EXPECT_EQ(first.categories[0].data(), nullptr);
  EXPECT_EQ(first.positive_score, log.positive_score[1]);
  EXPECT_EQ(cases.view(1, scratch).categories[0], "there");
}

TEST(Cases, ThePositiveScoreIsThatOfTheSecondClass) {
  auto log = example_log(4);
  log.positive = "no";
  CaseScratch scratch;
  EXPECT_EQ(CaseStream::make(log, without_warm_up())->view(1, scratch).positive_score, 1 - log.positive_score[1]);
}

TEST(Cases, HaveTheirEmbeddingInTheOrderOfTime) {
  auto log = example_log(4);
  log.columns.push_back(numbers("at", {40, 10, 30, 20}));
  log.roles.time = "at";
  log.roles.embedding = "latents";
  CaseScratch scratch;
  const auto without = *CaseStream::make(log, {.warm_up = {.cases = 1}});
  EXPECT_EQ(without.schema().embedding, 0);
  EXPECT_TRUE(without.view(0, scratch).embedding.empty());
  log.embedding = {.name = "latents", .width = 2, .values = {0, 1, 2, 3, 4, 5, 6, 7}};
  const auto cases = *CaseStream::make(log, {.warm_up = {.cases = 1}});
  EXPECT_EQ(cases.schema().embedding, 2);
  EXPECT_THAT(cases.view(0, scratch).embedding, testing::ElementsAre(2, 3));
  EXPECT_THAT(cases.view(3, scratch).embedding, testing::ElementsAre(0, 1));
}

TEST(Cases, TakeTheFeaturesAndClassesOfAMemoryByName) {
  table::PredictionLog log{.files = {"x"}, .rows = 3, .task = table::Task::classes, .classes = {"a", "b", "new"}};
  log.columns = {words("place", {"1", "2", "x"}, {0, 1, 2}), numbers("zone", {7, kNaN, 8}),
                 numbers("other", {1, 2, 3})};
  log.roles.features = {"place", "zone", "other"};
  log.predicted_class = {1, 2, 0};
  log.label_class = {1, 1, 2};
  log.failed = {0, 1, 1};
  auto cases = *CaseStream::make(log, {.warm_up = {.cases = 0}});
  ASSERT_TRUE(cases.take_schema({.numbers = {"gone", "place"}, .categories = {"zone"}, .classes = {"b", "a"}}));
  CaseScratch scratch;
  const auto first = cases.view(0, scratch);
  EXPECT_TRUE(std::isnan(first.numbers[0]));
  EXPECT_EQ(first.numbers[1], 1);
  EXPECT_EQ(first.categories[0], "7");
  EXPECT_EQ(first.predicted, 0);
  EXPECT_EQ(cases.view(1, scratch).predicted, memory::kNoClass);
  EXPECT_EQ(cases.view(1, scratch).categories[0], "");
  EXPECT_TRUE(std::isnan(cases.view(2, scratch).numbers[1]));
  EXPECT_EQ(cases.outcome(2).label, memory::kNoClass);
  EXPECT_TRUE(cases.outcome(2).failed);
  EXPECT_EQ(cases.warnings().size(), 4U);  // no number, lacking, left out, no class
  auto none = *CaseStream::make(log, {.warm_up = {.cases = 0}});
  EXPECT_FALSE(none.take_schema({.numbers = {"p", "q"}}));
}

TEST(Cases, AnIdThatComesAgainIsTold) {
  auto log = example_log(20);
  std::vector<double> ids;
  for (std::size_t pair = 0; pair < 10; ++pair) ids.insert(ids.end(), 2, static_cast<double>(pair));
  ids[0] = kNaN;
  log.columns.push_back(numbers("id", ids));
  log.roles.id = "id";
  const auto cases = *CaseStream::make(log, {.warm_up = {.cases = 0}});
  ASSERT_EQ(cases.warnings().size(), 1U);
  EXPECT_THAT(cases.warnings()[0], testing::HasSubstr("9 rows have an id that came before, the first is 1 in row 4"));
}

}  // namespace
}  // namespace errata::replay

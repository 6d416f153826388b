#include "errata/slice/pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "errata/slice/test_columns.h"

namespace errata::slice {
namespace {

using table::Column;
using table::ColumnKind;
using table::PredictionLog;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Column texts(const std::string& name, const std::vector<std::string>& values) {
  Column column{.name = name, .kind = ColumnKind::categorical, .source_type = "VARCHAR"};
  column.categories = values;
  std::ranges::sort(column.categories);
  const auto repeated = std::ranges::unique(column.categories);
  column.categories.erase(repeated.begin(), repeated.end());
  for (const auto& value : values)
    column.codes.push_back(
        static_cast<std::int32_t>(std::ranges::find(column.categories, value) - column.categories.begin()));
  return column;
}

/// A log of numbers as labels; `more` are features, but for one that is called id.
PredictionLog labelled_log(std::vector<double> labels, std::vector<Column> more = {}) {
  PredictionLog log;
  log.files = {"log.csv"};
  log.rows = labels.size();
  log.failed.assign(log.rows, 0);
  log.task = table::Task::numbers;
  log.roles.label = "y";
  log.columns.push_back(numbers("y", std::move(labels)));
  for (auto& column : more) {
    if (column.name == "id")
      log.roles.id = "id";
    else
      log.roles.features.push_back(column.name);
    log.columns.push_back(std::move(column));
  }
  return log;
}

Pairing must_pair(const PredictionLog& first, const PredictionLog& second, const PairingOptions& options = {}) {
  auto pairs = pair_rows(first, second, options);
  if (!pairs) {
    ADD_FAILURE() << pairs.error().message;
    return {};
  }
  return *std::move(pairs);
}

std::string refusal(const PredictionLog& first, const PredictionLog& second, const PairingOptions& options) {
  const auto pairs = pair_rows(first, second, options);
  return pairs ? "not refused" : pairs.error().message;
}

constexpr PairingOptions kById{.by_id = true};
constexpr PairingOptions kPaired{.mode = PairingMode::paired};

TEST(Pairing, JoinsByIdAndCountsWhatHasNoPartner) {
  const auto first = labelled_log({1, 2, 3, 4}, {texts("id", {"a", "b", "c", "d"})});
  const auto second = labelled_log({3, 1, 9}, {texts("id", {"c", "a", "z"})});
  const auto pairs = must_pair(first, second, kById);
  EXPECT_EQ(pairs.by, PairedBy::id);
  EXPECT_FALSE(pairs.guessed);
  EXPECT_THAT(pairs.first, ElementsAre(0, 2));
  EXPECT_THAT(pairs.second, ElementsAre(1, 0));
  EXPECT_EQ(pairs.first_unmatched, 2U);
  EXPECT_EQ(pairs.second_unmatched, 1U);
  EXPECT_THAT(pairs.warnings, IsEmpty());
}

TEST(Pairing, NumbersAndTextsAreTheSameIds) {
  const auto pairs = must_pair(labelled_log({1, 2}, {numbers("id", {7, 1234567})}),
                               labelled_log({2, 1}, {texts("id", {"1234567", "7"})}), kById);
  EXPECT_THAT(pairs.second, ElementsAre(1, 0));
}

TEST(Pairing, RowsWithoutAnIdHaveNoPartner) {
  const double none = std::nan("");
  const auto pairs = must_pair(labelled_log({1, 2, 3}, {numbers("id", {none, 5, none})}),
                               labelled_log({2, 3}, {numbers("id", {5, none})}), kById);
  EXPECT_THAT(pairs.first, ElementsAre(1));
  EXPECT_EQ(pairs.first_unmatched, 2U);
}

TEST(Pairing, ADoubledIdIsAnErrorThatNamesItAndItsRows) {
  auto first = labelled_log({1, 2, 3}, {texts("id", {"a", "b", "b"})});
  const auto second = labelled_log({1}, {texts("id", {"a"})});
  EXPECT_THAT(refusal(first, second, kById), HasSubstr("log.csv: id column id: 'b' stands in rows 2 and 3"));
  first.left_out = {1};  // the second row of the file was no case
  EXPECT_THAT(refusal(first, second, kById), HasSubstr("'b' stands in rows 3 and 4"));
  EXPECT_THAT(refusal(second, first, kById), HasSubstr("--unpaired"));
}

TEST(Pairing, IdsThatNumbersCannotHoldAreRefused) {
  const auto log = labelled_log({1, 2}, {numbers("id", {9007199254740992.0, 5})});
  EXPECT_THAT(refusal(log, log, kById), HasSubstr("too large"));
}

TEST(Pairing, IdsWithoutAMatchAreDifferentCasesAndSaid) {
  const auto pairs = must_pair(labelled_log({1, 2}, {texts("id", {"a", "b"})}),
                               labelled_log({1, 2}, {texts("id", {"c", "d"})}), kById);
  EXPECT_FALSE(pairs.paired());
  EXPECT_THAT(pairs.warnings, ElementsAre(HasSubstr("no id of log.csv")));
}

TEST(Pairing, OtherLabelsOfTheSameIdsAreSaid) {
  const auto pairs = must_pair(labelled_log({1, 2}, {texts("id", {"a", "b"})}),
                               labelled_log({1, 5}, {texts("id", {"a", "b"})}), kById);
  EXPECT_EQ(pairs.first.size(), 2U);
  EXPECT_THAT(pairs.warnings, ElementsAre(HasSubstr("1 of 2 pairs have different labels")));
}

TEST(Pairing, GuessesFromLabelsAndFeatures) {
  const auto log = labelled_log({3, 1, 2}, {texts("city", {"Ulm", "Bonn", "Ulm"}), numbers("age", {30, 20, 25})});
  const auto pairs = must_pair(log, log);
  EXPECT_EQ(pairs.by, PairedBy::order);
  EXPECT_TRUE(pairs.guessed);
  EXPECT_THAT(pairs.second, ElementsAre(0, 1, 2));
}

TEST(Pairing, OneOtherFeatureIsNoGuessButAHint) {
  const auto first = labelled_log({3, 1, 2}, {numbers("age", {30, 20, 25})});
  const auto second = labelled_log({3, 1, 2}, {numbers("age", {30, 20, 26})});
  const auto pairs = must_pair(first, second);
  EXPECT_FALSE(pairs.paired());
  EXPECT_THAT(pairs.warnings, ElementsAre(HasSubstr("age differs (first in row 3)")));
  EXPECT_TRUE(must_pair(first, second, kPaired).paired());
}

TEST(Pairing, AColumnOfOneLogAloneIsNoDifference) {
  const auto first = labelled_log({3, 1, 2}, {numbers("age", {30, 20, 25}), numbers("old", {1, 2, 3})});
  const auto second = labelled_log({3, 1, 2}, {numbers("age", {30, 20, 25}), numbers("new", {9, 8, 9})});
  EXPECT_TRUE(must_pair(first, second).guessed);
}

TEST(Pairing, WhatIsAlikeInAnyTwoLogsIsNoEvidence) {
  const auto sorted = labelled_log({0, 0, 1, 1});
  EXPECT_FALSE(must_pair(sorted, sorted).paired());
  const auto numbered = labelled_log({0, 0, 0, 0}, {numbers("row", {0, 1, 2, 3}), texts("kind", {"x", "x", "x", "x"})});
  EXPECT_FALSE(must_pair(numbered, numbered).paired());
  EXPECT_FALSE(must_pair(labelled_log({5}), labelled_log({5})).paired());
  const auto labels_alone = labelled_log({0, 1, 0, 1});
  EXPECT_TRUE(must_pair(labels_alone, labels_alone).paired());
}

TEST(Pairing, UsualIdsAreAGuessOnlyWhereTheCasesAreAlike) {
  const auto first = labelled_log({3, 1, 2}, {numbers("id", {1, 2, 3}), numbers("age", {30, 20, 25})});
  const auto shuffled = labelled_log({2, 3, 1}, {numbers("id", {3, 1, 2}), numbers("age", {25, 30, 20})});
  const auto pairs = must_pair(first, shuffled);
  EXPECT_EQ(pairs.by, PairedBy::id);
  EXPECT_TRUE(pairs.guessed);
  EXPECT_THAT(pairs.second, ElementsAre(1, 2, 0));
  const auto next_day = labelled_log({1, 1, 3}, {numbers("id", {1, 2, 3}), numbers("age", {50, 20, 61})});
  EXPECT_FALSE(must_pair(first, next_day).paired());
}

TEST(Pairing, UnpairedIsUnpaired) {
  const auto log = labelled_log({3, 1, 2}, {texts("id", {"a", "b", "c"})});
  EXPECT_FALSE(must_pair(log, log, {.mode = PairingMode::unpaired, .by_id = true}).paired());
}

TEST(Pairing, RowsThatAreNoCasesOnOneSideAreSkippedInOrder) {
  auto first = labelled_log({3, 1, 2});   // rows 0, 2, 3 of its file
  auto second = labelled_log({3, 7, 2});  // rows 0, 1, 3
  first.left_out = {1};
  second.left_out = {2};
  const auto pairs = must_pair(first, second, kPaired);
  EXPECT_THAT(pairs.first, ElementsAre(0, 2));
  EXPECT_THAT(pairs.second, ElementsAre(0, 2));
  EXPECT_EQ(pairs.first_unmatched, 1U);
}

TEST(Pairing, OrderNeedsAsManyRows) {
  EXPECT_THAT(refusal(labelled_log({1, 2}), labelled_log({1}), kPaired), HasSubstr("has 2 rows and log.csv has 1"));
}

TEST(Pairing, LabelsAreComparedAsClasses) {
  auto first = labelled_log({1, 0, 1}), second = labelled_log({1, 0, 1});
  second.columns[0] = texts("y", {"1", "0", "1"});
  first.classes = {"0", "1"};
  second.classes = {"0", "1", "2"};
  first.label_class = second.label_class = {1, 0, 1};
  EXPECT_TRUE(must_pair(first, second).guessed);
}

}  // namespace
}  // namespace errata::slice

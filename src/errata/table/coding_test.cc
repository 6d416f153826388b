#include "errata/table/coding.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "errata/base/limits.h"
#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"

namespace errata::table {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Column numeric(std::string name, std::vector<double> values) {
  Column column{.name = std::move(name), .kind = ColumnKind::numeric, .source_type = "DOUBLE"};
  for (const double x : values) {
    column.missing += std::isnan(x) ? 1U : 0U;
    column.infinite += std::isinf(x) ? 1U : 0U;
  }
  column.numbers = std::move(values);
  return column;
}

Column text(std::string name, std::vector<std::string> categories, std::vector<std::int32_t> codes) {
  Column column{.name = std::move(name), .kind = ColumnKind::categorical, .source_type = "VARCHAR"};
  column.missing = static_cast<std::size_t>(std::ranges::count(codes, kMissingCode));
  column.categories = std::move(categories);
  column.codes = codes;
  return column;
}

TEST(CodeColumn, NumbersInQuantileBins) {
  // The quantiles 1/4, 2/4, 3/4 of 0 … 8 are 2, 4, 6.
  const auto coded = code_column(numeric("x", {0, 1, 2, 3, 4, 5, 6, 7, 8}), {.bins = 4});
  ASSERT_TRUE(coded);
  EXPECT_THAT(coded->codes, ElementsAre(0, 0, 0, 1, 1, 2, 2, 3, 3));
  ASSERT_EQ(coded->bins.size(), 4U);
  EXPECT_TRUE(coded->ordered);
  EXPECT_EQ(coded->bins[0].above, -kInfinity);
  EXPECT_EQ(coded->bins[0].up_to, 2);
  EXPECT_EQ(coded->bins[1].above, 2);
  EXPECT_EQ(coded->bins[1].min, 3);
  EXPECT_EQ(coded->bins[1].max, 4);
  EXPECT_EQ(coded->bins[3].up_to, kInfinity);
}

TEST(CodeColumn, QuantilesAreInterpolatedLinearly) {
  // Median of 1, 2, 4, 8 is 3.
  const auto coded = code_column(numeric("x", {8, 1, 4, 2}), {.bins = 2});
  ASSERT_TRUE(coded);
  EXPECT_EQ(coded->bins[0].up_to, 3);
  EXPECT_THAT(coded->codes, ElementsAre(1, 0, 1, 0));
}

TEST(CodeColumn, EqualValuesAreNeverSplitAndEmptyBinsAreClosed) {
  const auto coded = code_column(numeric("x", {0, 0, 0, 0, 0, 0, 0, 0, 1, 2}), {.bins = 5});
  ASSERT_TRUE(coded);
  EXPECT_EQ(coded->codes.front(), coded->codes[7]);
  std::set<Code> used(coded->codes.begin(), coded->codes.end());
  EXPECT_EQ(used.size(), coded->bins.size());
  for (std::size_t b = 1; b < coded->bins.size(); ++b) EXPECT_EQ(coded->bins[b].above, coded->bins[b - 1].up_to);
}

TEST(CodeColumn, MissingIsTheLastBinAndInfinitiesFallOutermost) {
  const auto coded = code_column(numeric("x", {1, kNaN, 3, kInfinity, -kInfinity, 2}), {.bins = 3});
  ASSERT_TRUE(coded);
  EXPECT_EQ(coded->bins.back().kind, Bin::Kind::missing);
  EXPECT_EQ(coded->codes[1], coded->bins.size() - 1);
  EXPECT_EQ(coded->codes[4], 0);
  EXPECT_EQ(coded->codes[3], coded->bins.size() - 2);
}

TEST(CodeColumn, NothingButMissing) {
  const auto coded = code_column(numeric("x", {kNaN, kNaN}), {});
  ASSERT_TRUE(coded);
  ASSERT_EQ(coded->bins.size(), 1U);
  EXPECT_EQ(coded->bins[0].kind, Bin::Kind::missing);
  EXPECT_THAT(coded->codes, ElementsAre(0, 0));
}

TEST(CodeColumn, WithoutBinsIntegersAreCategories) {
  const auto coded = code_column(numeric("x", {10, 2, kNaN, -1, 2}), {.bins = 0});
  ASSERT_TRUE(coded);
  EXPECT_THAT(coded->codes, ElementsAre(2, 1, 3, 0, 1));
  EXPECT_EQ(coded->bins[0].category, "-1");
  EXPECT_TRUE(coded->bins[0].category_is_integer);
  const auto refused = code_column(numeric("height", {1, 2.5}), {.bins = 0});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("column height: 2.5 in row 2 is not an integer"));
}

TEST(CodeColumn, RareCategoriesAreFoldedWhenThereAreTwo) {
  const Column column = text("c", {"a", "b", "c", "d"}, {0, 0, 0, 1, 2, 2, 2, 3, kMissingCode});
  const auto coded = code_column(column, {.rare_below = 2});
  ASSERT_TRUE(coded);
  EXPECT_THAT(coded->codes, ElementsAre(0, 0, 0, 2, 1, 1, 1, 2, 3));
  EXPECT_EQ(coded->bins[2].kind, Bin::Kind::other);
  EXPECT_THAT(coded->bins[2].members, ElementsAre("b", "d"));
  const auto single = code_column(text("c", {"a", "b"}, {0, 0, 0, 1}), {.rare_below = 2});
  ASSERT_TRUE(single);
  EXPECT_EQ(single->bins[1].category, "b");
}

TEST(CodeColumn, AtMostSoManyCategories) {
  const Column column = text("c", {"a", "b", "c", "d"}, {0, 1, 1, 2, 3, 3, 3});
  const auto coded = code_column(column, {.max_categories = 3});
  ASSERT_TRUE(coded);
  ASSERT_EQ(coded->bins.size(), 3U);
  EXPECT_EQ(coded->bins[0].category, "b");
  EXPECT_EQ(coded->bins[1].category, "d");
  EXPECT_THAT(coded->bins[2].members, ElementsAre("a", "c"));
}

TEST(CodeColumn, OneBinIsRefused) {
  const auto coded = code_column(numeric("x", {1}), {.bins = 1});
  ASSERT_FALSE(coded);
  EXPECT_EQ(coded.error().code, ErrorCode::invalid_argument);
}

RC_GTEST_PROP(CodeColumn, BinsContainTheirValues, ()) {
  std::vector<double> values = *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(
      rc::gen::weightedOneOf<double>({{4, rc::gen::map(rc::gen::inRange(-20, 20), [](int i) { return i / 4.0; })},
                                      {2, rc::gen::arbitrary<double>()},
                                      {1, rc::gen::element(kNaN, kInfinity, -kInfinity)}})));
  const std::size_t bins = *rc::gen::inRange<std::size_t>(2, 40);
  const auto coded = code_column(numeric("x", values), {.bins = bins});
  RC_ASSERT(coded.has_value());
  RC_ASSERT(coded->bins.size() <= bins + 1);
  std::vector<std::uint8_t> used(coded->bins.size(), 0);
  for (std::size_t row = 0; row < values.size(); ++row) {
    const Bin& bin = coded->bins[coded->codes[row]];
    used[coded->codes[row]] = 1;
    const double x = values[row];
    RC_ASSERT((bin.kind == Bin::Kind::missing) == std::isnan(x));
    if (std::isnan(x)) continue;
    RC_ASSERT(x > bin.above || bin.above == -kInfinity);
    RC_ASSERT(x <= bin.up_to);
    RC_ASSERT(bin.min <= x && x <= bin.max);
  }
  RC_ASSERT(std::ranges::count(used, 0) == 0);
}

/// Compares codes made here with codes made elsewhere, for the columns the other side binned as numbers; categories
/// coincide where they were sorted text on both sides.
void expect_same_codes(const std::string& log_name, const std::set<std::string>& integer_categories) {
  const std::string raw = real_data("logs/" + log_name + "_predictions.csv.gz");
  const std::string binned = real_data("logs/" + log_name + "_binned.csv.gz");
  if (raw.empty() || binned.empty()) GTEST_SKIP() << "the real logs are not there (ERRATA_DATA)";
  const auto log = read_log({.paths = {raw}});
  ASSERT_TRUE(log) << log.error().message;
  const auto expected = read_log({.paths = {binned}, .failure = "err = 1"});
  ASSERT_TRUE(expected) << expected.error().message;
  ThreadPool pool(2);
  const auto coded = code_features(*log, {.bins = 10}, pool);
  ASSERT_TRUE(coded);
  std::size_t compared = 0;
  for (const CodedFeature& feature : coded->features) {
    if (integer_categories.contains(feature.name)) continue;
    const Column* codes = expected->find(feature.name);
    ASSERT_NE(codes, nullptr) << feature.name;
    const std::vector<double> mine(feature.codes.begin(), feature.codes.end());
    EXPECT_EQ(mine, codes->numbers) << feature.name;
    ++compared;
  }
  EXPECT_EQ(compared, coded->features.size() - integer_categories.size());
  EXPECT_EQ(log->failed, expected->failed);
}

TEST(CodeFeatures, AdultAsCodedElsewhere) { expect_same_codes("adult", {}); }
TEST(CodeFeatures, CompasAsCodedElsewhere) {
  expect_same_codes("compas", {"juv_fel_count", "juv_misd_count", "juv_other_count"});
}

TEST(CodeFeatures, SameForAnyNumberOfThreads) {
  PredictionLog log{.rows = 100};
  for (int c = 0; c < 7; ++c) {
    std::vector<double> values;
    for (int row = 0; row < 100; ++row) values.push_back((row * (c + 3)) % 17);
    log.columns.push_back(numeric("x" + std::to_string(c), values));
    log.roles.features.push_back(log.columns.back().name);
  }
  ThreadPool one(1);
  ThreadPool three(3);
  const auto a = code_features(log, {}, one);
  const auto b = code_features(log, {}, three);
  ASSERT_TRUE(a && b);
  for (std::size_t f = 0; f < 7; ++f) EXPECT_EQ(a->features[f].codes, b->features[f].codes);
}

}  // namespace
}  // namespace errata::table

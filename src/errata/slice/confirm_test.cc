#include "errata/slice/confirm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/slice/fold.h"
#include "errata/stats/hypergeometric.h"

namespace errata::slice {
namespace {

using table::Code;
using table::CodedTable;

struct PlantedTable {
  CodedTable table;
  std::vector<std::uint8_t> failed;
  [[nodiscard]] SearchInput input() const { return {.table = table, .failed = failed}; }
};

/// Features of uniform codes (ordered ranges), failing with `raised` inside a slice and `base` elsewhere.
PlantedTable planted_log(std::size_t rows, std::size_t features, std::vector<CodedPredicate> where, double base,
                         double raised, std::uint64_t seed = 1) {
  Rng rng(seed);
  PlantedTable log{.table = {.rows = rows}};
  for (std::size_t f = 0; f < features; ++f) {
    table::CodedFeature feature{.name = "f" + std::to_string(f), .ordered = true, .bins = std::vector<table::Bin>(6)};
    for (std::size_t row = 0; row < rows; ++row) feature.codes.push_back(static_cast<Code>(rng.below(6)));
    log.table.features.push_back(std::move(feature));
  }
  log.failed.assign(rows, 0);
  const auto inside = slice_members(log.table, where);
  for (std::size_t row = 0; row < rows; ++row) log.failed[row] = rng.bernoulli(inside[row] ? raised : base);
  return log;
}

TEST(ConfirmHotspots, FindsWhatWasPlantedAndNothingElse) {
  const std::vector<CodedPredicate> planted{{1, 2, 2}, {4, 0, 0}};
  const PlantedTable log = planted_log(40'000, 8, planted, 0.10, 0.35);
  ThreadPool pool(2);
  const auto result = confirm_hotspots(log.input(), {}, {}, pool);
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->hotspots.size(), 1U);
  EXPECT_EQ(result->hotspots[0].slice.where, planted);
  EXPECT_NEAR(static_cast<double>(result->searched_rows), 28'000, 1);  // 70% of each stratum, rounded
  EXPECT_EQ(result->searched_rows + result->confirm_rows, 40'000U);
}

TEST(ConfirmHotspots, FindsASecondHotspotInTheShadowOfALargeOne) {
  PlantedTable log = planted_log(60'000, 8, {{0, 3, 3}}, 0.08, 0.40);
  const std::vector<CodedPredicate> second{{5, 1, 1}, {6, 1, 1}};
  const auto inside = slice_members(log.table, second);
  Rng rng(5);
  for (std::size_t row = 0; row < log.table.rows; ++row) {
    if (inside[row] && rng.bernoulli(0.2)) log.failed[row] = 1;
  }
  ThreadPool pool(2);
  const auto result = confirm_hotspots(log.input(), {.search = {.top = 3}}, {}, pool);
  ASSERT_TRUE(result.has_value());
  std::vector<std::vector<CodedPredicate>> found;
  for (const Hotspot& hotspot : result->hotspots) found.push_back(hotspot.slice.where);
  EXPECT_TRUE(std::ranges::count(found, std::vector<CodedPredicate>{{0, 3, 3}}));
  EXPECT_TRUE(std::ranges::count(found, second));
}

TEST(ConfirmHotspots, SmallLogsSearchMoreOfTheirCases) {
  EXPECT_EQ(search_share_of({}, 1'000), 0.7);
  EXPECT_EQ(search_share_of({}, 100'000), 0.7);
  EXPECT_EQ(search_share_of({}, 100'001), 0.5);
  EXPECT_EQ(search_share_of({.search_share = 0.3}, 1'000'000), 0.3);
}

TEST(ConfirmHotspots, CountsOfTheTwoPartsAddUpAndTheTestIsOnTheHeldOutPart) {
  const PlantedTable log = planted_log(8'001, 5, {{2, 4, 4}}, 0.15, 0.45);
  ThreadPool pool(1);
  const auto result = confirm_hotspots(log.input(), {.search_share = 0.4}, {}, pool);
  ASSERT_TRUE(result.has_value());
  ASSERT_FALSE(result->hotspots.empty());
  const TestedSlice& slice = result->hotspots[0].slice;
  EXPECT_EQ(slice.whole.n, slice.searched.n + slice.confirmed.n);
  EXPECT_EQ(slice.whole.failures, slice.searched.failures + slice.confirmed.failures);
  const auto failures = static_cast<std::uint64_t>(std::ranges::count(log.failed, 1));
  const auto searched = static_cast<std::uint64_t>(std::llround(0.4 * static_cast<double>(failures)));
  EXPECT_DOUBLE_EQ(slice.log_p,
                   stats::hypergeometric_log_upper_tail(
                       {.population = result->confirm_rows, .marked = failures - searched, .drawn = slice.confirmed.n},
                       slice.confirmed.failures));
  EXPECT_GE(slice.log_p_adjusted, slice.log_p);
}

TEST(ConfirmHotspots, TheSeedDecidesTheSplitAndThreadsDoNotMatter) {
  const PlantedTable log = planted_log(9'000, 6, {{0, 1, 1}, {1, 1, 1}}, 0.1, 0.5);
  ThreadPool one(1), three(3);
  const auto a = confirm_hotspots(log.input(), {.seed = 7}, {}, one);
  const auto b = confirm_hotspots(log.input(), {.seed = 7}, {}, three);
  const auto c = confirm_hotspots(log.input(), {.seed = 8}, {}, one);
  ASSERT_FALSE(a->hotspots.empty());
  EXPECT_EQ(a->hotspots[0].slice.log_p, b->hotspots[0].slice.log_p);
  EXPECT_EQ(a->hotspots[0].slice.where, b->hotspots[0].slice.where);
  EXPECT_NE(a->hotspots[0].slice.searched.n, c->hotspots[0].slice.searched.n);
}

TEST(ConfirmHotspots, ByTimeTheEarlierCasesAreSearched) {
  // Failures gather in code 1 early on and in code 2 later: what is found early is not confirmed later.
  PlantedTable log{.table = {.rows = 4'000}};
  table::CodedFeature feature{.name = "f", .bins = std::vector<table::Bin>(4)};
  for (std::size_t row = 0; row < 4'000; ++row) {
    feature.codes.push_back(static_cast<Code>(row % 4));
    log.failed.push_back(feature.codes.back() == (row < 2'000 ? 1 : 2) && row % 8 < 4);
  }
  log.table.features.push_back(feature);
  std::vector<std::uint32_t> order(4'000);
  std::iota(order.begin(), order.end(), 0U);
  ThreadPool pool(1);
  const auto by_time = confirm_hotspots(log.input(), {.split = SplitBy::time, .search_share = 0.5}, order, pool);
  ASSERT_TRUE(by_time.has_value());
  EXPECT_TRUE(by_time->hotspots.empty());
  ASSERT_EQ(by_time->unconfirmed.size(), 1U);
  EXPECT_EQ(by_time->unconfirmed[0].where, (std::vector<CodedPredicate>{{0, 1, 1}}));
  EXPECT_EQ(by_time->unconfirmed[0].confirmed.failures, 0U);
  EXPECT_FALSE(confirm_hotspots(log.input(), {.split = SplitBy::time}, {}, pool).has_value());
}

TEST(ConfirmHotspots, LogsWithNothingToTestGiveNothing) {
  ThreadPool pool(1);
  for (const std::size_t rows : {1U, 2U, 3U, 50U}) {
    for (const std::uint8_t flag : {std::uint8_t{0}, std::uint8_t{1}}) {
      PlantedTable log = planted_log(rows, 2, {}, 0, 0);
      std::ranges::fill(log.failed, flag);
      const auto result = confirm_hotspots(log.input(), {}, {}, pool);
      ASSERT_TRUE(result.has_value()) << rows;
      EXPECT_TRUE(result->hotspots.empty());
    }
  }
}

TEST(ConfirmHotspots, NumericLossesAreTestedByRanks) {
  PlantedTable log = planted_log(6'000, 4, {}, 0, 0);
  const auto inside = slice_members(log.table, std::vector<CodedPredicate>{{3, 5, 5}});
  std::vector<double> loss;
  Rng rng(2);
  for (std::size_t row = 0; row < 6'000; ++row) {
    loss.push_back(rng.uniform() * (inside[row] ? 3 : 1));
    log.failed[row] = loss.back() > 0;
  }
  ThreadPool pool(1);
  const auto result = confirm_hotspots({.table = log.table, .failed = log.failed, .loss = loss}, {}, {}, pool);
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->hotspots.size(), 1U);
  EXPECT_EQ(result->hotspots[0].slice.where, (std::vector<CodedPredicate>{{3, 5, 5}}));
}

TEST(ConfirmHotspots, RefusesLevelsOutOfRange) {
  const PlantedTable log = planted_log(100, 2, {}, 0.1, 0.1);
  ThreadPool pool(1);
  for (const double level : {0.0, 1.0, -0.1, std::nan("")}) {
    EXPECT_EQ(confirm_hotspots(log.input(), {.fdr = level}, {}, pool).error().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(confirm_hotspots(log.input(), {.search_share = level}, {}, pool).has_value());
  }
}

/// A confirmed slice measured on all rows of the log.
TestedSlice tested(const PlantedTable& log, std::vector<CodedPredicate> where) {
  TestedSlice slice{.where = std::move(where), .is_confirmed = true};
  slice.confirmed = measure_slice(log.input(), slice.where);
  return slice;
}

TEST(FoldRedundant, FoldsChildrenAndParentsThatExplainNothingBeyond) {
  const std::vector<CodedPredicate> planted{{0, 1, 1}, {1, 1, 1}};
  const PlantedTable log = planted_log(30'000, 4, planted, 0.1, 0.5);
  std::vector<std::uint32_t> rows(log.table.rows);
  std::iota(rows.begin(), rows.end(), 0U);
  const SearchInput held_out{.table = log.table, .failed = log.failed, .rows = rows};
  const auto hotspots = fold_redundant(held_out,
                                       {tested(log, {{0, 1, 1}}), tested(log, {{0, 1, 1}, {1, 1, 1}, {2, 0, 0}}),
                                        tested(log, planted), tested(log, {{0, 1, 1}, {1, 1, 1}, {2, 0, 4}})},
                                       0.8);
  ASSERT_EQ(hotspots.size(), 1U);
  EXPECT_EQ(hotspots[0].slice.where, planted);
  ASSERT_EQ(hotspots[0].folded.size(), 3U);
  for (const FoldedSlice& folded : hotspots[0].folded) {
    const std::size_t predicates = folded.slice.where.size();
    if (predicates == 1) {
      EXPECT_EQ(folded.reason, FoldReason::explained);
    }
    if (predicates == 3) {
      const bool wide = folded.slice.where[2].last == 4;
      EXPECT_EQ(folded.reason, wide ? FoldReason::near_equal : FoldReason::child);
      EXPECT_NEAR(folded.jaccard, wide ? 5.0 / 6 : 1.0 / 6, 0.03);
    }
  }
}

TEST(FoldRedundant, WhatOneHotspotExplainsIsNotCountedAgainInsideAnother) {
  // Two overlapping hotspots; the parent of the first is raised inside the second only where the first overlaps it.
  const std::vector<CodedPredicate> first{{0, 1, 1}, {1, 1, 1}}, second{{2, 2, 2}}, parent{{0, 1, 1}};
  PlantedTable log = planted_log(60'000, 4, first, 0.1, 0.6);
  const auto inside = slice_members(log.table, second);
  Rng rng(6);
  for (std::size_t row = 0; row < log.table.rows; ++row) {
    if (inside[row] && rng.bernoulli(0.2)) log.failed[row] = 1;
  }
  std::vector<std::uint32_t> rows(log.table.rows);
  std::iota(rows.begin(), rows.end(), 0U);
  const auto hotspots = fold_redundant({.table = log.table, .failed = log.failed, .rows = rows},
                                       {tested(log, first), tested(log, second), tested(log, parent)}, 0.8);
  ASSERT_EQ(hotspots.size(), 2U);
  for (const Hotspot& hotspot : hotspots) EXPECT_NE(hotspot.slice.where, parent);
}

TEST(FoldRedundant, KeepsAChildThatFailsMoreThanItsParent) {
  PlantedTable log = planted_log(30'000, 3, {{0, 1, 1}}, 0.1, 0.3);
  const std::vector<CodedPredicate> child{{0, 1, 1}, {1, 2, 2}};
  const auto inside = slice_members(log.table, child);
  for (std::size_t row = 0; row < log.table.rows; ++row) {
    if (inside[row] && row % 2 == 0) log.failed[row] = 1;
  }
  std::vector<std::uint32_t> rows(log.table.rows);
  std::iota(rows.begin(), rows.end(), 0U);
  const auto hotspots = fold_redundant({.table = log.table, .failed = log.failed, .rows = rows},
                                       {tested(log, child), tested(log, {{0, 1, 1}})}, 0.8);
  EXPECT_EQ(hotspots.size(), 2U);
}

}  // namespace
}  // namespace errata::slice

#include "errata/tokenizer/merge_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace errata::tokenizer {
namespace {

using testing::ElementsAre;
using Symbols = std::vector<std::int32_t>;

Symbols merged(const MergeTable& table, Symbols symbols) {
  table.merge(symbols);
  return symbols;
}

TEST(MergeTable, TheLeastRankGoesFirstAndOfOneRankTheFirst) {
  MergeTable table;
  EXPECT_TRUE(table.add({.left = 1, .right = 2, .product = 10}));
  EXPECT_TRUE(table.add({.left = 1, .right = 1, .product = 11}));
  EXPECT_TRUE(table.add({.left = 11, .right = 10, .product = 12}));
  EXPECT_THAT(merged(table, {1, 1, 1, 2}), ElementsAre(12)) << "1 2 goes before 1 1, whose first two are left";
  EXPECT_THAT(merged(table, {1, 1, 1}), ElementsAre(11, 1));
  EXPECT_THAT(merged(table, {2, 1}), ElementsAre(2, 1));
  EXPECT_THAT(merged(table, {}), ElementsAre());
}

TEST(MergeTable, APairIsTakenOnce) {
  MergeTable table;
  EXPECT_TRUE(table.add({.left = 3, .right = 4, .product = 5}));
  EXPECT_FALSE(table.add({.left = 3, .right = 4, .product = 6}));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_THAT(merged(table, {3, 4}), ElementsAre(5));
}

/// The definition, one merge after the other.
Symbols by_definition(const std::vector<PairMerge>& merges, Symbols symbols) {
  for (;;) {
    std::size_t best = merges.size(), at = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = std::ranges::find_if(
          merges, [&](const PairMerge& one) { return one.left == symbols[i] && one.right == symbols[i + 1]; });
      const auto rank = static_cast<std::size_t>(found - merges.begin());
      if (rank < best) best = rank, at = i;
    }
    if (best == merges.size()) return symbols;
    symbols[at] = merges[best].product;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

RC_GTEST_PROP(MergeTable, ShortAndLongWordsAreMergedAsDefined, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(0, 120);
  const auto symbols = *rc::gen::container<Symbols>(size, rc::gen::inRange(0, 3));
  std::vector<PairMerge> merges;
  MergeTable table;
  const auto count = *rc::gen::inRange(0, 40);
  for (std::int32_t i = 0; i < count; ++i) {
    const PairMerge merge{.left = *rc::gen::inRange(0, 3 + i), .right = *rc::gen::inRange(0, 3 + i), .product = 3 + i};
    if (table.add(merge)) merges.push_back(merge);
  }
  RC_ASSERT(merged(table, symbols) == by_definition(merges, symbols));
}

}  // namespace
}  // namespace errata::tokenizer

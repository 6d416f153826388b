#include "errata/table/outcome_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "errata/base/rng.h"

namespace errata::table {
namespace {

TEST(OffByOrder, CountsWhatIsNotInTheBetterOrder) {
  for (const Ties ties : {Ties::any, Ties::equal}) {
    EXPECT_EQ(off_by_order({}, ties), 0U);
    EXPECT_EQ(off_by_order({{1, 10}, {2, 30}, {3, 20}}, ties), 1U);
    EXPECT_EQ(off_by_order({{1, 9}, {2, 7}, {3, 8}, {4, 1}}, ties), 1U) << "falling";
    EXPECT_EQ(off_by_order({{1, 0}, {2, 0}, {3, 1}, {4, 0}, {5, 1}}, ties), 1U);
  }
  EXPECT_EQ(off_by_order({{1, 5}, {1, 3}, {2, 5}, {2, 9}}, Ties::any), 0U);
  EXPECT_EQ(off_by_order({{1, 5}, {1, 3}, {2, 5}, {2, 9}}, Ties::equal), 2U);
}

TEST(OffByOrder, IsTheFewestPairsOfAllSubsets) {
  Rng rng(11);
  for (int drawn = 0; drawn < 200; ++drawn) {
    NumberPairs pairs;
    for (int i = 0; i < 9; ++i)
      pairs.emplace_back(static_cast<double>(rng.below(6)), static_cast<double>(rng.below(6)));
    const Ties ties = drawn % 2 == 0 ? Ties::any : Ties::equal;
    std::size_t best = pairs.size();
    for (unsigned kept = 0; kept < 512; ++kept) {
      const auto is_in_order = [&](double sign) {
        for (unsigned i = 0; i < 9; ++i)
          for (unsigned j = 0; j < 9; ++j)
            if ((kept >> i & 1U) != 0 && (kept >> j & 1U) != 0 &&
                ((pairs[i].first < pairs[j].first && sign * pairs[i].second > sign * pairs[j].second) ||
                 (ties == Ties::equal && pairs[i].first == pairs[j].first && pairs[i].second != pairs[j].second)))
              return false;
        return true;
      };
      if (is_in_order(1) || is_in_order(-1)) best = std::min(best, 9 - static_cast<std::size_t>(std::popcount(kept)));
    }
    EXPECT_EQ(off_by_order(pairs, ties), best);
  }
}

TEST(RankCorrelation, IsSpearmans) {
  EXPECT_DOUBLE_EQ(rank_correlation({{1, 10}, {2, 200}, {3, 3000}}), 1);
  EXPECT_DOUBLE_EQ(rank_correlation({{1, 3}, {2, 2}, {3, 1}}), -1);
  EXPECT_DOUBLE_EQ(rank_correlation({{1, 2}, {2, 1}, {3, 3}, {4, 4}}), 0.8);  // 1 - 6·2/(4·15)
  EXPECT_EQ(rank_correlation({{1, 2}, {1, 3}}), 0);
}

}  // namespace
}  // namespace errata::table

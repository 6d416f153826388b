#include "errata/stats/isotonic.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace errata::stats {
namespace {

TEST(Isotonic, PoolsWhatFalls) {
  const auto pools = pool_adjacent_violators({{{1, 0}, {1, 1}, {1, 0}, {1, 1}}});
  ASSERT_EQ(pools.size(), 3U);
  EXPECT_EQ(pools[0].rate(), 0);
  EXPECT_EQ(pools[1].first, 1U);
  EXPECT_EQ(pools[1].last, 2U);
  EXPECT_EQ(pools[1].rate(), .5);
  EXPECT_EQ(pools[2].rate(), 1);
}

TEST(Isotonic, StepsWithoutCasesJoinANeighbour) {
  const auto pools = pool_adjacent_violators({{{0, 0}, {4, 1}, {0, 0}, {4, 2}, {0, 0}}});
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].first, 0U);
  EXPECT_EQ(pools[0].last, 2U);
  EXPECT_EQ(pools[0].rate(), .25);
  EXPECT_EQ(pools[1].last, 4U);
  EXPECT_EQ(pools[1].rate(), .5);
  EXPECT_TRUE(pool_adjacent_violators({}).empty());
  EXPECT_TRUE(std::isnan(pool_adjacent_violators({{{0, 0}, {0, 0}}}).at(0).rate()));
}

// The fitted rate of a step is max over i <= step of min over j >= step of the mean of steps i … j.
RC_GTEST_PROP(Isotonic, EqualsTheMaxMinFormula, ()) {
  const auto drawn = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6));
  std::vector<IsotonicStep> steps;
  for (const int events : drawn) steps.push_back({.cases = 5, .events = static_cast<double>(events)});
  for (const IsotonicPool& pool : pool_adjacent_violators(steps)) {
    for (std::size_t at = pool.first; at <= pool.last; ++at) {
      double best = -1;
      for (std::size_t i = 0; i <= at; ++i) {
        double least = 2, cases = 0, events = 0;
        for (std::size_t j = i; j < steps.size(); ++j) {
          cases += steps[j].cases;
          events += steps[j].events;
          if (j >= at) least = std::min(least, events / cases);
        }
        best = std::max(best, least);
      }
      RC_ASSERT(std::abs(best - pool.rate()) < 1e-12);
    }
  }
}

}  // namespace
}  // namespace errata::stats

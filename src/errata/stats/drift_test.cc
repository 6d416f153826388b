#include "errata/stats/drift.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace errata::stats {
namespace {

using Counts = std::vector<std::uint64_t>;

TEST(PopulationStabilityIndex, ByHand) {
  const Counts before{50, 50}, after{80, 20};
  const double p = 50.5 / 101, high = 80.5 / 101, low = 20.5 / 101;
  EXPECT_NEAR(population_stability_index(before, after),
              (high - p) * std::log(high / p) + (low - p) * std::log(low / p), 1e-15);
  EXPECT_NEAR(population_stability_index(before, after), 0.4063, 1e-4);
}

TEST(PopulationStabilityIndex, EmptyBinsAreFiniteAndSharedOnesDoNotCount) {
  const Counts before{10, 0}, after{0, 10}, before_wide{10, 0, 0}, after_wide{0, 10, 0};
  EXPECT_NEAR(population_stability_index(before, after), 2 * (10.0 / 11) * std::log(21), 1e-14);
  EXPECT_DOUBLE_EQ(population_stability_index(before_wide, after_wide), population_stability_index(before, after));
}

TEST(PopulationStabilityIndex, NothingToCompare) {
  const Counts none{0, 0}, some{1, 2};
  EXPECT_EQ(population_stability_index(none, some), 0);
  EXPECT_EQ(population_stability_index(some, none), 0);
  EXPECT_EQ(population_stability_index({}, {}), 0);
}

RC_GTEST_PROP(PopulationStabilityIndex, SymmetricNonNegativeAndZeroForEqualCounts, ()) {
  const auto bins = *rc::gen::inRange<std::size_t>(1, 20);
  const auto counts = rc::gen::container<Counts>(bins, rc::gen::inRange<std::uint64_t>(0, 1000));
  const auto before = *counts, after = *counts;
  const double index = population_stability_index(before, after);
  RC_ASSERT(index >= 0);
  RC_ASSERT(std::abs(index - population_stability_index(after, before)) <= 1e-12 * (1 + index));
  RC_ASSERT(population_stability_index(before, before) == 0);
}

TEST(DecileEdges, ByHand) {
  std::vector<double> values(20);
  std::iota(values.begin(), values.end(), 1);
  EXPECT_EQ(decile_edges(values), (std::vector<double>{2, 4, 6, 8, 10, 12, 14, 16, 18}));
  EXPECT_EQ(count_between(values, decile_edges(values)), Counts(10, 2));
}

TEST(DecileEdges, TiesAreMergedAndNeverSplit) {
  const std::vector<double> values{0, 0, 0, 0, 0, 0, 0, 1, 1, 2};
  EXPECT_EQ(decile_edges(values), (std::vector<double>{0, 1}));
  EXPECT_EQ(count_between(values, decile_edges(values)), (Counts{7, 2, 1}));
}

TEST(DecileEdges, ConstantEmptyAndInfinite) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> constant(5, 3.0), none, infinite{-infinity, 1, infinity, infinity};
  EXPECT_EQ(decile_edges(constant), std::vector<double>{3});
  EXPECT_EQ(count_between(constant, decile_edges(constant)), (Counts{5, 0}));
  EXPECT_TRUE(decile_edges(none).empty());
  EXPECT_EQ(count_between(none, {}), Counts{0});
  EXPECT_EQ(decile_edges(infinite), (std::vector<double>{-infinity, 1, infinity}));
}

RC_GTEST_PROP(DecileEdges, EveryValueIsInTheBinOfItsEdges, (std::vector<int> drawn)) {
  std::vector<double> values(drawn.begin(), drawn.end());
  std::ranges::sort(values);
  const auto edges = decile_edges(values);
  RC_ASSERT(edges.size() <= 9u);
  RC_ASSERT(std::ranges::adjacent_find(edges, std::ranges::greater_equal{}) == edges.end());
  Counts slow(edges.size() + 1);
  for (const double value : values) {
    ++slow[static_cast<std::size_t>(std::ranges::count_if(edges, [value](double edge) { return edge < value; }))];
  }
  RC_ASSERT(count_between(values, edges) == slow);
}

}  // namespace
}  // namespace errata::stats

#include "errata/relevance/positions.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace errata::relevance {
namespace {

using Positions = std::vector<std::uint32_t>;
const PatchGrid kFourByFour{.height = 64, .width = 64};

Positions choose(Strategy strategy, const PositionChoice& choice, const PatchGrid& grid = kFourByFour) {
  Rng rng(1);
  return choose_positions(strategy, grid, choice, rng);
}

/// Patch i has relevance i, but for patch 0, which has 100.
std::vector<float> rising() {
  std::vector<float> relevance(16);
  for (std::size_t i = 0; i < 16; ++i) relevance[i] = static_cast<float>(i);
  relevance[0] = 100;
  return relevance;
}

TEST(Positions, FocusedTakesTheMostRelevant) {
  EXPECT_EQ(choose(Strategy::focused, {.relevance = rising(), .wanted = 3}), (Positions{0, 15, 14}));
}

TEST(Positions, LeftOutIsNeverChosen) {
  std::vector<std::uint8_t> left_out(16);
  left_out[15] = 1;
  EXPECT_EQ(choose(Strategy::focused, {.relevance = rising(), .left_out = left_out, .wanted = 3}),
            (Positions{0, 14, 13}));
}

TEST(Positions, GridDiverseTakesTheBestOfEachQuarter) {
  EXPECT_EQ(choose(Strategy::grid_diverse, {.relevance = rising(), .wanted = 4}), (Positions{0, 15, 13, 7}));
}

TEST(Positions, ClusterSeeksInTheClustersThatAreMostRelevant) {
  std::vector<std::uint32_t> clusters(16, 0);  // the right half is another cluster
  for (const std::size_t patch : {2U, 3U, 6U, 7U, 10U, 11U, 14U, 15U}) clusters[patch] = 1;
  // The best quarters of the clusters are {0, 13} and {15, 14}: (100 + 13)/2 beats 14.5.
  EXPECT_EQ(choose(Strategy::cluster, {.relevance = rising(), .clusters = clusters, .wanted = 3}),
            (Positions{0, 13, 12}));
}

TEST(Positions, UniformTakesMiddles) {
  const PatchGrid six{.height = 96, .width = 96};
  Positions positions = choose(Strategy::uniform, {.relevance = std::vector<float>(36), .wanted = 4}, six);
  EXPECT_EQ(positions, (Positions{7, 10, 25, 28}));
}

TEST(Positions, DownsampleTakesAll) {
  EXPECT_EQ(choose(Strategy::downsample, {.relevance = rising(), .wanted = 1}).size(), 16U);
}

RC_GTEST_PROP(Positions, EachOnceAndAsManyAsWanted, ()) {
  const PatchGrid grid{.height = *rc::gen::inRange<std::size_t>(1, 400),
                       .width = *rc::gen::inRange<std::size_t>(1, 400)};
  const auto wanted = *rc::gen::inRange<std::size_t>(1, 400);
  std::vector<float> relevance(grid.count());
  for (float& value : relevance) value = static_cast<float>(*rc::gen::inRange(0, 50));
  const std::vector<std::uint32_t> clusters(grid.count(), 0);
  for (const Strategy strategy : {Strategy::focused, Strategy::cluster, Strategy::grid_diverse, Strategy::uniform,
                                  Strategy::random, Strategy::downsample}) {
    const auto positions = choose(strategy, {.relevance = relevance, .clusters = clusters, .wanted = wanted}, grid);
    const std::set<std::uint32_t> distinct(positions.begin(), positions.end());
    RC_ASSERT(distinct.size() == positions.size());
    RC_ASSERT(*std::ranges::max_element(positions) < grid.count());
    RC_ASSERT(positions.size() == (strategy == Strategy::downsample ? grid.count() : std::min(wanted, grid.count())));
  }
}

RC_GTEST_PROP(Cells, AreAllUsedAndOfAboutOneSize, ()) {
  const PatchGrid grid{.height = *rc::gen::inRange<std::size_t>(1, 600),
                       .width = *rc::gen::inRange<std::size_t>(1, 600)};
  const std::size_t wanted = 1 + *rc::gen::inRange<std::size_t>(0, 1000) % grid.count();
  const auto of = cells(grid, wanted);
  std::vector<std::size_t> counts(wanted);
  for (const std::uint32_t cell : of) ++counts.at(cell);
  RC_ASSERT(std::ranges::min(counts) >= 1U);
}

TEST(CoverageEntropy, IsNothingInOneCellAndOneWhenEven) {
  const PatchGrid grid{.height = 256, .width = 256};  // 16 × 16 patches, cells of 2 × 2
  EXPECT_EQ(coverage_entropy(grid, Positions{0, 1, 16, 17}, {}), 0);
  Positions even;
  for (std::uint32_t row = 0; row < 16; row += 2)
    for (std::uint32_t column = 0; column < 16; column += 2) even.push_back(row * 16 + column);
  EXPECT_NEAR(coverage_entropy(grid, even, {}), 1, 1e-12);
  // Two cells with budgets 3 : 1.
  const std::vector<std::size_t> budgets{300, 100};
  EXPECT_NEAR(coverage_entropy(grid, Positions{0, 255}, budgets), .8113, 1e-4);
}

}  // namespace
}  // namespace errata::relevance

#include "errata/base/rng.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <vector>

namespace errata {
namespace {

// Seeds are fixed, so a bound at four standard errors either holds for ever or never does.

double chi_squared(const std::vector<double>& counts, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) sum += std::pow(counts[i] - expected[i], 2) / expected[i];
  return sum;
}

TEST(Rng, DrawsTheReferenceSequence) {
  // From another implementation of splitmix64 and xoshiro256**, checked against the authors' published outputs.
  Rng zero(0);
  EXPECT_EQ(zero.next(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(zero.next(), 0xbf6e1f784956452aU);
  EXPECT_EQ(zero.next(), 0x1a5f849d4933e6e0U);
  EXPECT_EQ(zero.next(), 0x6aa594f1262d2d2cU);
  Rng seven(7);
  EXPECT_EQ(seven.next(), 0xb358faf74ef9765aU);
  EXPECT_EQ(seven.next(), 0x475c3d964f482cd2U);
  Rng largest(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(largest.next(), 0x8f5520d52a7ead08U);
}

TEST(Rng, UniformIsTheTop53BitsOfADraw) {
  Rng bits(7), rng(7);
  for (int i = 0; i < 1000; ++i) {
    const double u = rng.uniform();
    EXPECT_EQ(u, std::ldexp(static_cast<double>(bits.next() >> 11), -53));
    EXPECT_GE(u, 0);
    EXPECT_LT(u, 1);
  }
}

TEST(Rng, UniformFillsTheIntervalEvenly) {
  Rng rng(1);
  constexpr std::size_t kDraws = 100'000, kBins = 100;
  std::vector<double> counts(kBins);
  for (std::size_t i = 0; i < kDraws; ++i) counts[static_cast<std::size_t>(rng.uniform() * kBins)] += 1;
  // Chi-squared with 99 degrees of freedom: mean 99, standard deviation sqrt(198).
  const double statistic = chi_squared(counts, std::vector<double>(kBins, static_cast<double>(kDraws) / kBins));
  EXPECT_NEAR(statistic, 99, 4 * std::sqrt(198.0));
}

RC_GTEST_PROP(Rng, BelowStaysBelow, (std::uint64_t seed, std::uint64_t bound)) {
  RC_PRE(bound >= 1U);
  Rng rng(seed);
  for (int i = 0; i < 20; ++i) RC_ASSERT(rng.below(bound) < bound);
}

TEST(Rng, BelowIsEvenWhereModuloWouldFavourSmallValues) {
  // For bound = 3 * 2^62 a plain modulo would give each value of the lower third twice the chance of the others.
  constexpr std::uint64_t kBound = 3ULL << 62;
  Rng rng(2);
  std::vector<double> thirds(3);
  for (int i = 0; i < 30'000; ++i) thirds[rng.below(kBound) / (kBound / 3)] += 1;
  EXPECT_LT(chi_squared(thirds, {10'000, 10'000, 10'000}), 2 + 4 * 2);
}

TEST(Rng, BelowOneIsZero) {
  Rng rng(3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.below(1), 0U);
}

TEST(RngDeathTest, BelowZeroIsABug) {
  Rng rng(3);
  EXPECT_DEATH(static_cast<void>(rng.below(0)), "bound >= 1 does not hold");
}

TEST(Rng, NormalHasTheMomentsAndTailsOfTheNormal) {
  Rng rng(4);
  constexpr std::size_t kDraws = 200'000;
  std::vector<double> draws(kDraws);
  for (double& x : draws) x = rng.normal();
  std::array<double, 5> moments{};
  for (const double x : draws) {
    for (std::size_t power = 1; power <= 4; ++power) moments[power] += std::pow(x, static_cast<double>(power)) / kDraws;
  }
  // Standard errors: sqrt(1, 2, 15, 96 over the number of draws).
  EXPECT_NEAR(moments[1], 0, 4 * std::sqrt(1.0 / kDraws));
  EXPECT_NEAR(moments[2], 1, 4 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(moments[3], 0, 4 * std::sqrt(15.0 / kDraws));
  EXPECT_NEAR(moments[4], 3, 4 * std::sqrt(96.0 / kDraws));
  // Largest distance to the normal distribution function; 1.95 / sqrt(n) is passed once in a thousand.
  std::ranges::sort(draws);
  double distance = 0;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const double expected = std::erfc(-draws[i] / std::sqrt(2.0)) / 2;
    distance = std::max(distance, std::abs(expected - static_cast<double>(i) / kDraws));
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(kDraws));
}

TEST(Rng, NormalPairsAreNotCorrelated) {
  Rng rng(5);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double first = rng.normal();
    sum += first * rng.normal();
  }
  EXPECT_NEAR(sum / 100'000, 0, 4 / std::sqrt(100'000.0));
}

TEST(Rng, BernoulliKeepsItsProbability) {
  Rng rng(6);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_FALSE(rng.bernoulli(0));
    EXPECT_TRUE(rng.bernoulli(1));
    hits += rng.bernoulli(0.3) ? 1 : 0;
  }
  EXPECT_NEAR(hits, 30'000, 4 * std::sqrt(100'000 * 0.3 * 0.7));
}

TEST(Rng, CategoricalFollowsItsWeightsAndSkipsZeros) {
  Rng rng(7);
  const std::vector<double> weights = {0, 1, 0, 2, 5, 0};
  std::vector<double> counts(weights.size());
  for (int i = 0; i < 80'000; ++i) counts[rng.categorical(weights)] += 1;
  EXPECT_EQ(counts[0] + counts[2] + counts[5], 0);
  EXPECT_LT(chi_squared({counts[1], counts[3], counts[4]}, {10'000, 20'000, 50'000}), 2 + 4 * 2);
}

TEST(RngDeathTest, CategoricalWithoutWeightIsABug) {
  Rng rng(7);
  EXPECT_DEATH(static_cast<void>(rng.categorical(std::vector<double>{0, 0})), "total > 0 does not hold");
}

RC_GTEST_PROP(Rng, ShuffleKeepsTheValues, (std::uint64_t seed, std::vector<int> values)) {
  std::vector<int> shuffled = values;
  Rng(seed).shuffle(std::span(shuffled));
  std::ranges::sort(shuffled);
  std::ranges::sort(values);
  RC_ASSERT(shuffled == values);
}

TEST(Rng, ShuffleMakesEveryOrderEquallyOften) {
  Rng rng(8);
  std::map<std::array<int, 4>, double> orders;
  for (int i = 0; i < 24'000; ++i) {
    std::array<int, 4> values = {0, 1, 2, 3};
    rng.shuffle(std::span<int>(values));
    orders[values] += 1;
  }
  ASSERT_EQ(orders.size(), 24U);
  std::vector<double> counts;
  for (const auto& [order, count] : orders) counts.push_back(count);
  EXPECT_LT(chi_squared(counts, std::vector<double>(24, 1000)), 23 + 4 * std::sqrt(46.0));
}

RC_GTEST_PROP(Rng, ForkDependsOnSeedAndStreamOnly, (std::uint64_t seed, std::uint64_t stream)) {
  Rng rng(seed);
  Rng before = rng.fork(stream);
  static_cast<void>(rng.next());
  static_cast<void>(rng.normal());
  Rng after = rng.fork(stream);
  for (int i = 0; i < 5; ++i) RC_ASSERT(before.next() == after.next());
}

TEST(Rng, ForksAreDistinctAndNotCorrelated) {
  const Rng rng(9);
  std::vector<std::uint64_t> first_draws = {Rng(9).next()};
  for (std::uint64_t stream = 0; stream < 1000; ++stream) first_draws.push_back(rng.fork(stream).next());
  std::ranges::sort(first_draws);
  EXPECT_EQ(std::ranges::adjacent_find(first_draws), first_draws.end());

  Rng one = rng.fork(1), two = rng.fork(2);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += (one.uniform() - 0.5) * (two.uniform() - 0.5);
  EXPECT_NEAR(sum / 100'000, 0, 4 / (12 * std::sqrt(100'000.0)));
}

}  // namespace
}  // namespace errata

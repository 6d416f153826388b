#include "errata/stats/multiplicity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "errata/base/rng.h"

namespace errata::stats {
namespace {

using ::testing::DoubleNear;
using ::testing::Pointwise;

std::vector<double> logs(std::vector<double> p) {
  for (double& value : p) value = std::log(value);
  return p;
}

/// The definition: the least m p_j / j over the ranks j of all p-values at least as large.
std::vector<double> by_definition(const std::vector<double>& log_p) {
  const auto m = static_cast<double>(log_p.size());
  std::vector<double> adjusted;
  for (const double p : log_p) {
    double least = 0;
    for (const double q : log_p) {
      const auto rank = static_cast<double>(std::ranges::count_if(log_p, [q](double r) { return r <= q; }));
      if (q >= p) least = std::min(least, q + std::log(m / rank));
    }
    adjusted.push_back(least);
  }
  return adjusted;
}

// Adjusting by the position that argsort returns instead of by the rank is right for sorted input alone: on this
// order it would give {.04 · 4/4, .01 · 4/1, …} in the wrong places.
TEST(BenjaminiHochberg, RanksShuffledInput) {
  EXPECT_THAT(benjamini_hochberg(logs({0.04, 0.01, 0.03, 0.02, 0.9})),
              Pointwise(DoubleNear(1e-12), logs({0.05, 0.05, 0.05, 0.05, 0.9})));
  EXPECT_THAT(benjamini_hochberg(logs({0.5, 0.001, 0.2, 0.01})),
              Pointwise(DoubleNear(1e-12), logs({0.5, 0.004, 0.8 / 3, 0.02})));
}

TEST(BenjaminiHochberg, TellsProbabilitiesFarBelowTheSmallestDouble) {
  const double tiny = -530 * std::log(10), small = -400 * std::log(10);
  const auto adjusted = benjamini_hochberg(std::vector{small, tiny, -std::numeric_limits<double>::infinity()});
  EXPECT_NEAR(adjusted[0], small, 1e-9);
  EXPECT_NEAR(adjusted[1], tiny + std::log(1.5), 1e-9);
  EXPECT_EQ(adjusted[2], -std::numeric_limits<double>::infinity());
}

TEST(BenjaminiHochberg, TakesNothingAndOne) {
  EXPECT_TRUE(benjamini_hochberg({}).empty());
  EXPECT_EQ(benjamini_hochberg(std::vector{-3.5}).front(), -3.5);
}

// Half the p-values of true nulls, uniform. With ranks the share of false rejections is at most .10 · ½ on average;
// by the positions of argsort it comes near one half.
TEST(BenjaminiHochberg, HoldsTheFalseDiscoveryRate) {
  constexpr int kLogs = 2000, kTests = 40;
  Rng rng(11);
  double share = 0;
  for (int log = 0; log < kLogs; ++log) {
    std::vector<double> log_p;
    for (int i = 0; i < kTests; ++i) {
      const double uniform = 1 - rng.uniform();
      log_p.push_back(std::log(i % 2 == 0 ? uniform : uniform * 1e-3));
    }
    const auto adjusted = benjamini_hochberg(log_p);
    double rejected = 0, wrong = 0;
    for (std::size_t i = 0; i < log_p.size(); ++i) {
      if (adjusted[i] > std::log(0.10)) continue;
      rejected += 1;
      wrong += i % 2 == 0 ? 1 : 0;
    }
    share += rejected > 0 ? wrong / rejected : 0;
  }
  EXPECT_NEAR(share / kLogs, 0.05, 0.004);  // exactly .10 times the share of nulls, for independent tests
}

rc::Gen<std::vector<double>> log_p_values() {
  return rc::gen::container<std::vector<double>>(rc::gen::map(
      rc::gen::inRange(0, 60), [](int steps) { return -0.25 * steps; }));  // coarse, so that ties are common
}

RC_GTEST_PROP(BenjaminiHochberg, IsItsDefinition, ()) {
  const auto log_p = *log_p_values();
  const auto adjusted = benjamini_hochberg(log_p);
  const auto expected = by_definition(log_p);
  RC_ASSERT(adjusted.size() == expected.size());
  for (std::size_t i = 0; i < adjusted.size(); ++i) RC_ASSERT(std::abs(adjusted[i] - expected[i]) < 1e-12);
}

RC_GTEST_PROP(BenjaminiHochberg, IsAtLeastTheRawValueAndKeepsItsOrder, ()) {
  const auto log_p = *log_p_values();
  const auto adjusted = benjamini_hochberg(log_p);
  for (std::size_t i = 0; i < log_p.size(); ++i) {
    RC_ASSERT(log_p[i] <= adjusted[i] && adjusted[i] <= 0);
    for (std::size_t j = 0; j < log_p.size(); ++j) RC_ASSERT(log_p[i] > log_p[j] || adjusted[i] <= adjusted[j]);
  }
}

RC_GTEST_PROP(BenjaminiHochberg, FollowsAPermutation, ()) {
  const auto log_p = *log_p_values();
  std::vector<std::size_t> places(log_p.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  Rng(*rc::gen::arbitrary<std::uint64_t>()).shuffle(std::span(places));
  std::vector<double> shuffled(log_p.size());
  for (std::size_t i = 0; i < places.size(); ++i) shuffled[i] = log_p[places[i]];
  const auto adjusted = benjamini_hochberg(log_p), after = benjamini_hochberg(shuffled);
  for (std::size_t i = 0; i < places.size(); ++i) RC_ASSERT(after[i] == adjusted[places[i]]);
}

TEST(Holm, StepsDownAndIsMonotone) {
  EXPECT_THAT(holm(std::vector{.01, .04, .03}), Pointwise(DoubleNear(1e-12), {.03, .06, .06}));
  EXPECT_THAT(holm(std::vector{.5, .4, .001}), Pointwise(DoubleNear(1e-12), {.8, .8, .003}));
  EXPECT_THAT(holm(std::vector{.9, .8}), testing::ElementsAre(1, 1));
  EXPECT_TRUE(holm(std::vector<double>{}).empty());
}

}  // namespace
}  // namespace errata::stats

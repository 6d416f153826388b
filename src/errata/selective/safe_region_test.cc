#include "errata/selective/safe_region.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"
#include "errata/stats/binomial_tail.h"

namespace errata::selective {
namespace {

/// The probability that a path of cases that fail with probability `risk` comes into the region, by writing down all
/// 2^cases of them.
double crossing_by_enumeration(const SafeRegion& region, double risk) {
  double crossed = 0;
  for (std::uint32_t path = 0; path < 1U << region.cases(); ++path) {
    double probability = 1;
    std::uint64_t failures = 0;
    bool inside = false;
    for (std::uint64_t n = 1; n <= region.cases(); ++n) {
      const bool failed = (path >> (n - 1) & 1U) != 0;
      failures += failed ? 1 : 0;
      probability *= failed ? risk : 1 - risk;
      inside = inside || region.shows({.failures = failures, .trials = n});
    }
    if (inside) crossed += probability;
  }
  return crossed;
}

/// Two cases at a target of one half: without a failure both have probability .25, one has .5.
TEST(SafeRegion, OfTwoCasesByHand) {
  const SafeRegion region(2, .5, .3);
  EXPECT_TRUE(region.shows({.failures = 0, .trials = 2}));
  EXPECT_FALSE(region.shows({.failures = 0, .trials = 1}));
  EXPECT_FALSE(region.shows({.failures = 1, .trials = 2}));
  EXPECT_FALSE(region.shows({.failures = 0, .trials = 0}));
  EXPECT_DOUBLE_EQ(region.crossing(), .25);
  EXPECT_FALSE(SafeRegion(2, .5, .2).shows({.failures = 0, .trials = 2}));
  EXPECT_EQ(SafeRegion(2, .5, .2).crossing(), 0);
}

TEST(SafeRegion, IsComeToWithTheProbabilityThatItSays) {
  for (const std::size_t cases : {1U, 5U, 12U, 16U})
    for (const double risk : {.05, .3, .6})
      for (const double delta : {.02, .1, .5}) {
        SCOPED_TRACE(testing::Message() << cases << " cases, risk " << risk << ", delta " << delta);
        const SafeRegion region(cases, risk, delta);
        EXPECT_LE(region.crossing(), delta);
        EXPECT_NEAR(crossing_by_enumeration(region, risk), region.crossing(), 1e-12);
      }
}

TEST(SafeRegion, UsesUpDeltaWhereCasesAreMany) {
  for (const double risk : {.01, .05, .2}) EXPECT_GT(SafeRegion(3000, risk, .1).crossing(), .097) << risk;
}

/// What shows a threshold to be safe does so with more successes or fewer failures too: the theorem needs it.
TEST(SafeRegion, GrowsWithSuccessesAndShrinksWithFailures) {
  const SafeRegion region(400, .1, .1);
  for (std::uint64_t n = 1; n < 400; ++n)
    for (std::uint64_t k = 0; k <= n; ++k)
      if (region.shows({.failures = k, .trials = n})) {
        ASSERT_TRUE(region.shows({.failures = k, .trials = n + 1})) << n << ' ' << k;
        if (k > 0) {
          ASSERT_TRUE(region.shows({.failures = k - 1, .trials = n - 1})) << n << ' ' << k;
        }
        ASSERT_LE(std::exp(stats::binomial_log_lower_tail({.failures = k, .trials = n}, .1)),
                  region.level(n) * (1 + 1e-9));
      }
}

/// Drawn paths at the target come into the region as often as was summed.
TEST(SafeRegion, AgreesWithDrawnPaths) {
  const SafeRegion region(1000, .05, .1);
  Rng rng(1);
  int crossed = 0;
  constexpr int kPaths = 20'000;
  for (int path = 0; path < kPaths; ++path) {
    std::uint64_t failures = 0;
    for (std::uint64_t n = 1; n <= region.cases(); ++n) {
      failures += rng.bernoulli(.05) ? 1U : 0U;
      if (!region.shows({.failures = failures, .trials = n})) continue;
      ++crossed;
      break;
    }
  }
  EXPECT_NEAR(crossed / double{kPaths}, region.crossing(), 4 * std::sqrt(.1 * .9 / kPaths));
}

}  // namespace
}  // namespace errata::selective

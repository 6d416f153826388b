#include "errata/stats/mantel_haenszel.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"

namespace errata::stats {
namespace {

TEST(StratifiedTest, OneStratumIsFishersTest) {
  const std::vector<Hypergeometric> one{{.population = 4, .marked = 2, .drawn = 2}};
  const StratifiedTest test = stratified_test(one, 2);
  EXPECT_DOUBLE_EQ(test.expected, 1);
  EXPECT_NEAR(test.log_p, std::log(1.0 / 6), 1e-12);
}

TEST(StratifiedTest, TwoStrataByHand) {
  // Each stratum has 0, 1, 2 failures with probability 1/6, 4/6, 1/6. P(sum >= 3) = 2 · 4/6 · 1/6 + 1/36 = 9/36.
  const std::vector<Hypergeometric> two(2, {.population = 4, .marked = 2, .drawn = 2});
  EXPECT_NEAR(stratified_test(two, 3).log_p, std::log(9.0 / 36), 1e-12);
  EXPECT_NEAR(stratified_test(two, 4).log_p, std::log(1.0 / 36), 1e-12);
  EXPECT_EQ(stratified_test(two, 0).log_p, 0);
  EXPECT_TRUE(std::isinf(stratified_test(two, 5).log_p));
}

TEST(StratifiedTest, AStratumThatIsFilledTellsNothing) {
  const Hypergeometric open{.population = 100, .marked = 30, .drawn = 20};
  const Hypergeometric filled{.population = 50, .marked = 40, .drawn = 50};
  const std::vector<Hypergeometric> alone{open}, both{open, filled}, none{{.population = 0}};
  EXPECT_NEAR(stratified_test(both, 40 + 12).log_p, stratified_test(alone, 12).log_p, 1e-9);
  EXPECT_EQ(stratified_test(none, 0).log_p, 0);
}

TEST(StratifiedTest, DrawsAreRarerThanTheirPValueAsOftenAsItSays) {
  // Failures drawn at random within two strata of different rates: 1% of the p-values are below .01, at most.
  Rng rng(3);
  const auto draw = [&](const Hypergeometric& h) {
    std::uint64_t left = h.population, marked = h.marked, hits = 0;
    for (std::uint64_t i = 0; i < h.drawn; ++i, --left) {
      if (rng.below(left) < marked) --marked, ++hits;
    }
    return hits;
  };
  const std::vector<Hypergeometric> strata{{.population = 60, .marked = 30, .drawn = 20},
                                           {.population = 400, .marked = 40, .drawn = 90}};
  int rare = 0;
  for (int i = 0; i < 4'000; ++i) {
    rare += stratified_test(strata, draw(strata[0]) + draw(strata[1])).log_p <= std::log(0.01) ? 1 : 0;
  }
  EXPECT_GT(rare, 10);
  EXPECT_LE(rare, 60);
}

TEST(StratifiedTest, ManyCasesAgreeWithTheExactTail) {
  // One stratum is exact at any size; cut in two halves of the same rate the normal tail is near it.
  const Hypergeometric whole{.population = 40'000, .marked = 16'000, .drawn = 12'000};
  const std::vector<Hypergeometric> one{whole};
  const std::vector<Hypergeometric> halves(2, {.population = 20'000, .marked = 8'000, .drawn = 6'000});
  for (const std::uint64_t observed : {4'810U, 4'850U, 4'900U, 5'000U}) {
    EXPECT_NEAR(stratified_test(halves, observed).log_p, stratified_test(one, observed).log_p,
                0.02 * -stratified_test(one, observed).log_p + 0.01);
  }
}

}  // namespace
}  // namespace errata::stats

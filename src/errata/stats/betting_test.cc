#include "errata/stats/betting.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace errata::stats {
namespace {

TEST(BettingTest, StartsWithOneUnit) {
  EXPECT_EQ(BettingTest().e_value(), 1);
  EXPECT_EQ(BettingTest().p_value(), 1);
}

TEST(BettingTest, MultipliesTheStakes) {
  BettingTest test;
  test.bet(1);
  EXPECT_NEAR(test.e_value(), (1.05 + 1.1 + 1.2 + 1.4 + 1.8) / 5, 1e-12);
  test.bet(0);
  test.bet(1);
  const double two = (1.05 * 1.05 + 1.1 * 1.1 + 1.2 * 1.2 + 1.4 * 1.4 + 1.8 * 1.8) / 5;
  EXPECT_NEAR(test.e_value(), two, 1e-12);
  EXPECT_NEAR(test.p_value(), 1 / two, 1e-12);
  EXPECT_EQ(test.p_value(2), 1);
}

TEST(BettingTest, KeepsTheMostThatItHad) {
  BettingTest test;
  test.bet(1);
  const double had = test.e_value();
  for (int i = 0; i < 50; ++i) test.bet(-1);
  EXPECT_EQ(test.e_value(), had);
}

TEST(BettingTest, EvidenceHasAnEndAndStaysANumber) {
  BettingTest test;
  for (int i = 0; i < 100'000; ++i) test.bet(1);
  EXPECT_TRUE(std::isfinite(test.e_value()));
  EXPECT_GT(test.p_value(), 0);
}

// Every sequence of 16 fair gains of ±1: the share of them in which the e-value ever reached 1/α is at most α.
TEST(BettingTest, IsRarelyWrongByExactEnumeration) {
  constexpr int kLength = 16;
  int at_20 = 0;
  int at_5 = 0;
  for (std::uint32_t signs = 0; signs < (1U << kLength); ++signs) {
    BettingTest test;
    for (int i = 0; i < kLength; ++i) test.bet((signs >> i & 1U) != 0 ? 1 : -1);
    at_20 += test.e_value() >= 20 ? 1 : 0;
    at_5 += test.e_value() >= 5 ? 1 : 0;
  }
  EXPECT_LE(at_20, (1 << kLength) / 20);
  EXPECT_LE(at_5, (1 << kLength) / 5);
  EXPECT_GT(at_20, 0);  // it can tell something
}

}  // namespace
}  // namespace errata::stats

#include "errata/stats/calibration.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

namespace errata::stats {
namespace {

TEST(Calibration, HasTheHandComputedErrorAndBins) {
  const std::vector<double> p{0.9, 0.92, 0.1, 0.0, 1.0};
  const std::vector<std::uint8_t> happened{1, 0, 0, 0, 1};
  const Calibration result = calibration(p, happened);
  // Bins 13 [.867, .933): .91 against .5; 1 [.067, .133): .1 against 0; 0: 0 against 0; 14: 1 against 1.
  EXPECT_NEAR(result.expected_error(), (2 * 0.41 + 0.1) / 5, 1e-15);
  const auto bins = result.reliability();
  ASSERT_EQ(bins.size(), 4U);
  EXPECT_DOUBLE_EQ(bins[2].low, 13.0 / 15);
  EXPECT_DOUBLE_EQ(bins[2].high, 14.0 / 15);
  EXPECT_EQ(bins[2].n, 2U);
  EXPECT_EQ(bins[2].happened, 1U);
  EXPECT_DOUBLE_EQ(bins[2].mean_score, 0.91);
  EXPECT_DOUBLE_EQ(bins[2].observed, 0.5);
}

TEST(Calibration, WeighsItsCases) {
  const Calibration result =
      calibration(std::vector{0.9, 0.92, 0.5}, std::vector<std::uint8_t>{1, 0, 1}, std::vector{3.0, 1.0, 0.0});
  EXPECT_NEAR(result.expected_error(), (3 * 0.9 + 0.92) / 4 - 0.75, 1e-15);
  ASSERT_EQ(result.reliability().size(), 1U);  // the bin of .5 holds no weight
  EXPECT_DOUBLE_EQ(result.reliability()[0].observed, 0.75);
  EXPECT_EQ(result.reliability()[0].happened, 1U);  // of two cases, however heavy
}

TEST(Calibration, BinsAreHalfOpenAndTheLastIsClosed) {
  EXPECT_EQ(calibration_bin(0), 0U);
  EXPECT_EQ(calibration_bin(0.2), 3U);
  EXPECT_EQ(calibration_bin(std::nextafter(0.2, 0)), 2U);
  EXPECT_EQ(calibration_bin(std::nextafter(1.0, 0)), 14U);
  EXPECT_EQ(calibration_bin(1), 14U);
}

TEST(Calibration, IsNotANumberWithoutCases) {
  EXPECT_TRUE(std::isnan(Calibration().expected_error()));
  EXPECT_TRUE(Calibration().reliability().empty());
}

RC_GTEST_PROP(Calibration, EqualsTheNaiveSumOverBins, ()) {
  const auto percent = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 101)));
  std::vector<double> p;
  std::vector<std::uint8_t> happened;
  for (const int value : percent) {
    p.push_back(value / 100.0);
    happened.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  }
  double error = 0;
  for (int b = 0; b < 15; ++b) {
    double n = 0, score = 0, hits = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const bool inside = percent[i] * 15 >= 100 * b && (percent[i] * 15 < 100 * (b + 1) || b == 14);
      n += inside ? 1 : 0;
      score += inside ? p[i] : 0;
      hits += inside && happened[i] != 0 ? 1 : 0;
    }
    if (n > 0) error += n / static_cast<double>(p.size()) * std::abs(score / n - hits / n);
  }
  RC_ASSERT(std::abs(calibration(p, happened).expected_error() - error) < 1e-12);
}

}  // namespace
}  // namespace errata::stats

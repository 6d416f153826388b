#include "errata/stats/welch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace errata::stats {
namespace {

Moments moments_of(const std::vector<double>& values) {
  Moments moments;
  for (const double value : values) moments.add(value);
  return moments;
}

TEST(Moments, MeanAndVarianceAlsoOfLotsTogether) {
  Moments all = moments_of({2, 4, 4, 4});
  all.merge(moments_of({5, 5, 7, 9}));
  all.merge({});
  EXPECT_EQ(all.n(), 8U);
  EXPECT_DOUBLE_EQ(all.mean(), 5);
  EXPECT_NEAR(all.variance(), 32.0 / 7, 1e-14);
  EXPECT_TRUE(std::isnan(Moments().mean()));
}

TEST(Student, ClosedFormsForOneAndTwoDegrees) {
  for (const double t : {0.01, 0.5, 1.0, 3.0, 40.0, 1e6}) {
    // One degree is Cauchy's distribution: 1 − 2 atan(t) / π; two: 1 − t / √(t² + 2).
    EXPECT_NEAR(student_log_two_sided(t, 1), std::log(2 * std::atan2(1, t) / std::numbers::pi), 1e-11);
    const double two = 2 / (std::sqrt(t * t + 2) * (std::sqrt(t * t + 2) + t));
    EXPECT_NEAR(student_log_two_sided(-t, 2), std::log(two), 1e-11);
  }
}

TEST(Student, TableValues) {
  EXPECT_NEAR(std::exp(student_log_two_sided(2.0860, 20)), 0.05, 1e-5);
  EXPECT_NEAR(student_two_sided_quantile(0.05, 10), 2.2281, 1e-4);
  EXPECT_NEAR(student_two_sided_quantile(0.05, 1e6), 1.95997, 1e-5);
  // Against the normal distribution, far out and with many degrees, the difference is (t⁴ + …) / 4ν.
  EXPECT_NEAR(student_log_two_sided(5, 5e7), std::log(std::erfc(5 / std::numbers::sqrt2)), 1e-5);
}

TEST(Welch, ByHand) {
  // Means 2 and 5, variances 1 and 4, three each: t = 3 / √(1/3 + 4/3), degrees = (5/3)² / ((1/9 + 16/9) / 2) = 50/17.
  const MeanDifference found = welch_test(moments_of({1, 2, 3}), moments_of({3, 5, 7}), 0.95);
  EXPECT_DOUBLE_EQ(found.difference, 3);
  EXPECT_NEAR(found.log_p, student_log_two_sided(3 / std::sqrt(5.0 / 3), 50.0 / 17), 1e-12);
  const double reach = student_two_sided_quantile(0.05, 50.0 / 17) * std::sqrt(5.0 / 3);
  EXPECT_NEAR(found.interval.low, 3 - reach, 1e-9);
  EXPECT_NEAR(found.interval.high, 3 + reach, 1e-9);
}

TEST(Welch, WithoutSpreadOrWithoutValues) {
  EXPECT_EQ(welch_test(moments_of({1, 1}), moments_of({1, 1, 1}), 0.95).log_p, 0);
  EXPECT_TRUE(std::isinf(welch_test(moments_of({1, 1}), moments_of({2, 2}), 0.95).log_p));
  EXPECT_TRUE(std::isnan(welch_test(moments_of({1}), moments_of({2, 3}), 0.95).interval.low));
  EXPECT_TRUE(std::isnan(welch_test({}, moments_of({2, 3}), 0.95).difference));
}

}  // namespace
}  // namespace errata::stats

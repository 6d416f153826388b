#include "errata/stats/distributions.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numbers>

#include "errata/base/limits.h"
#include "errata/stats/deviance.h"

namespace errata::stats {
namespace {

TEST(Normal, HasItsTabulatedTails) {
  EXPECT_NEAR(normal_log_upper_tail(0), -std::numbers::ln2, 1e-15);
  EXPECT_NEAR(normal_log_upper_tail(1.959963984540054), std::log(0.025), 1e-14);
  EXPECT_NEAR(normal_log_upper_tail(10), std::log(7.619853024160527e-24), 1e-13);
  EXPECT_NEAR(normal_log_upper_tail(-10), -7.619853024160527e-24, 1e-37);
  EXPECT_EQ(normal_log_upper_tail(kInfinity), -kInfinity);
  EXPECT_EQ(normal_log_upper_tail(-kInfinity), 0);
}

// Q(z) lies between φ(z)/z · (1 − 1/z²) and φ(z)/z · (1 − 1/z² + 3/z⁴), on both sides of the change of method at 25.
TEST(Normal, KeepsBetweenItsAsymptoticBoundsFarOut) {
  for (const double z : {20.0, 24.999, 25.0, 25.001, 60.0, 1e3, 1e8}) {
    const double lead = -z * z / 2 - std::log(z) - 0.5 * std::log(2 * std::numbers::pi);
    const double s = 1 / (z * z), slack = 1e-15 * -lead;
    EXPECT_GE(normal_log_upper_tail(z), lead + std::log1p(-s) - slack) << z;
    EXPECT_LE(normal_log_upper_tail(z), lead + std::log1p(-s + 3 * s * s) + slack) << z;
  }
  EXPECT_NEAR(normal_log_upper_tail(25 - 1e-9) - normal_log_upper_tail(25), 25 * 1e-9, 1e-10);
}

TEST(Normal, QuantileHasItsTabulatedValues) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-15);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-16);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-14);
  EXPECT_NEAR(normal_quantile(0.841344746068543), 1, 1e-14);
}

RC_GTEST_PROP(Normal, QuantileInvertsTheTail, ()) {
  const double log_p = -0.01 * *rc::gen::inRange(1, 70'000);  // to the smallest normal double
  const double z = -normal_quantile(std::exp(log_p));
  RC_ASSERT(std::abs(normal_log_upper_tail(z) - log_p) <= 1e-15 * (1 + z * z));
}

TEST(ChiSquared, WithOneDegreeIsASquaredNormal) {
  for (const double x : {1e-6, 0.5, 2.9, 3.1, 3.841458820694124, 50.0, 2441.0, 1e7}) {
    const double expected = std::numbers::ln2 + normal_log_upper_tail(std::sqrt(x));
    EXPECT_NEAR(chi_squared_log_upper_tail(x, 1), expected, 1e-14 * (1 + std::abs(expected))) << x;
  }
}

TEST(ChiSquared, WithTwoDegreesIsExponential) {
  for (const double x : {1e-9, 1.0, 3.9, 4.1, 800.0, 1e12}) {
    EXPECT_NEAR(chi_squared_log_upper_tail(x, 2), -x / 2, 1e-14 * (1 + x)) << x;
  }
}

/// log P(N < degrees / 2), N Poisson with mean x / 2: the chi-squared tail for an even number of degrees.
double poisson_log_sum(double x, int degrees) {
  const long double mean = x / 2;
  long double log_term = -mean, log_sum = -mean;
  for (int k = 1; k < degrees / 2; ++k) {
    log_term += std::log(mean / k);
    const long double high = std::max(log_sum, log_term), low = std::min(log_sum, log_term);
    log_sum = high + std::log1p(std::exp(low - high));
  }
  return static_cast<double>(log_sum);
}

TEST(ChiSquared, WithManyDegreesIsAPoissonSum) {
  for (const int degrees : {10, 1'000, 100'000}) {
    for (const double share : {0.5, 0.98, 1.0, 1.02, 1.5, 20.0}) {
      const double expected = poisson_log_sum(share * degrees, degrees);
      EXPECT_NEAR(chi_squared_log_upper_tail(share * degrees, degrees), expected, 1e-11 + 1e-14 * std::abs(expected))
          << degrees << " degrees, " << share;
    }
  }
}

TEST(ChiSquared, EndsAtNothingAndInfinity) {
  EXPECT_EQ(chi_squared_log_upper_tail(0, 3), 0);
  EXPECT_EQ(chi_squared_log_upper_tail(kInfinity, 3), -kInfinity);
}

TEST(FactorialExcess, IsWhatTheFactorialHoldsBeyondItsLeadingTerms) {
  EXPECT_EQ(factorial_excess(0), 0);
  EXPECT_NEAR(factorial_excess(1), 1, 1e-14);
  EXPECT_NEAR(factorial_excess(0.5), std::log(std::sqrt(std::numbers::pi) / 2) - (0.5 * std::log(0.5) - 0.5), 1e-14);
  long double log_factorial = 0;
  for (int n = 1; n <= 1'000; ++n) {
    log_factorial += std::log(static_cast<long double>(n));
    const long double lead = n * std::log(static_cast<long double>(n)) - n;
    EXPECT_NEAR(factorial_excess(n), static_cast<double>(log_factorial - lead), 1e-13) << n;
  }
}

TEST(LogGamma, HasKnownValues) {
  EXPECT_NEAR(log_gamma(5), std::log(24), 1e-15);
  EXPECT_NEAR(log_gamma(.5), std::log(std::numbers::pi) / 2, 1e-15);
  EXPECT_EQ(log_gamma(1), 0);
}

}  // namespace
}  // namespace errata::stats

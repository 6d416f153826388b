// Tails in logarithms. Near the middle log(1 − other tail) is accurate; far out the tail itself is written as its
// density times a continued fraction, whose logarithm never underflows.
#include "errata/stats/distributions.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "errata/base/error.h"
#include "errata/stats/deviance.h"

namespace errata::stats {
namespace {

double normal_log_density(double z) { return -0.5 * (z * z + std::log(2 * std::numbers::pi)); }

/// Γ(a, x) / (x^a e^−x), x > a: Legendre's continued fraction, evaluated forwards (Lentz).
double upper_gamma_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double fraction = d;
  for (double k = 1;; k += 1) {
    const double numerator = -k * (k - a);
    b += 2;
    d = numerator * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + numerator / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    fraction *= c * d;
    if (std::abs(c * d - 1) < 4 * std::numeric_limits<double>::epsilon()) return fraction;
  }
}

/// Σ x^k / ((a + 1) … (a + k)), k >= 0, the lower incomplete gamma function over its leading term; x <= a + 1.
double lower_gamma_series(double a, double x) {
  double term = 1, sum = 1;
  for (double k = 1; term > 1e-18 * sum; k += 1) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

}  // namespace

double normal_log_upper_tail(double z) {
  if (z < 0) return std::log1p(-0.5 * std::erfc(-z / std::numbers::sqrt2));
  if (z < 25) return std::log(0.5 * std::erfc(z / std::numbers::sqrt2));
  if (std::isinf(z)) return -z;
  // Laplace's continued fraction z + 1/(z + 2/(z + …)): past 25, ten levels are exact to the last bit.
  double fraction = z;
  for (double k = 10; k >= 1; k -= 1) fraction = z + k / fraction;
  return normal_log_density(z) - std::log(fraction);
}

double normal_quantile(double p) {
  ERRATA_CHECK(p > 0 && p < 1);
  if (p > 0.5) return -normal_quantile(1 - p);
  // Newton on log P(Z >= z) = log p. The left side is concave and sqrt(−2 log p) is never left of the root, so that
  // the steps fall to it monotonically, from both small and extreme p, and end when rounding lifts one.
  const double log_p = std::log(p);
  double z = std::sqrt(-2 * log_p);
  for (;;) {
    const double log_tail = normal_log_upper_tail(z);
    const double next = z + (log_tail - log_p) / std::exp(normal_log_density(z) - log_tail);
    if (!(next < z)) return -z;
    z = next;
  }
}

double chi_squared_log_upper_tail(double x, double degrees) {
  ERRATA_CHECK(degrees > 0);
  if (!(x > 0)) return 0;
  if (std::isinf(x)) return -x;
  const double a = degrees / 2;
  const double y = x / 2;
  const double log_lead = -half_deviance(a, y, a - y) - factorial_excess(a);  // log(y^a e^−y / Γ(a + 1))
  if (y < a + 1) return std::log1p(-std::exp(log_lead + std::log(lower_gamma_series(a, y))));
  return log_lead + std::log(a) + std::log(upper_gamma_fraction(a, y));
}

double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

}  // namespace errata::stats

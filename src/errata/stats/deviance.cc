// Probabilities of counts are quotients of factorials. The logarithm of 10,000,000! is 1.5e8, so that a sum of such
// logarithms is known to 1e-8 at best, while the answer may be near 1. Writing log x! = x log x − x + excess(x), the
// large parts of the eight or nine factorials combine into a deviance, a sum of terms that are all >= 0, and only the
// small excesses are left to subtract (the saddle-point form of C. Loader, 2000, for the binomial). Each term of a
// deviance has an absolute error of about 1e-16 times |observed − expected|, and that difference is formed without
// rounding, so that the error of a log-probability stays near the rounding of the log-probability itself.
#include "errata/stats/deviance.h"

#include <cmath>
#include <numbers>

namespace errata::stats {

double factorial_excess(double x) {
  if (x <= 0) return 0;
  // The asymptotic series below is exact to the last bit from 16 on; smaller x step up to it by Γ(x + 1) = x Γ(x).
  double product = 1;
  double y = x;
  for (; y < 16; y += 1) product *= y + 1;
  const double s = 1 / (y * y);
  const double series = (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s / 1188)))) / y;
  const double excess = 0.5 * std::log(2 * std::numbers::pi * y) + series;
  if (y == x) return excess;
  return excess + (y * std::log(y) - y) - std::log(product) - (x * std::log(x) - x);
}

double half_deviance(double observed, double expected, double difference) {
  if (observed <= 0) return expected;
  const double relative = difference / expected;
  const double log_ratio = std::abs(relative) < 0.5 ? std::log1p(relative) : std::log(observed / expected);
  return observed * log_ratio - difference;
}

double half_deviance_2x2(std::uint64_t population, std::uint64_t marked, std::uint64_t drawn, std::uint64_t both) {
  if (population == 0) return 0;
  const auto n = static_cast<double>(population);
  const auto row = static_cast<double>(marked), other_row = static_cast<double>(population - marked);
  const auto column = static_cast<double>(drawn), other_column = static_cast<double>(population - drawn);
  // Exact for populations below 2^32, and the same up to sign in all four cells.
  const auto difference = static_cast<double>((static_cast<long double>(both) * static_cast<long double>(population) -
                                               static_cast<long double>(marked) * static_cast<long double>(drawn)) /
                                              static_cast<long double>(population));
  const auto a = static_cast<double>(both);
  const double b = row - a, c = column - a, d = other_row - c;
  return half_deviance(a, row * column / n, difference) + half_deviance(b, row * other_column / n, -difference) +
         half_deviance(c, other_row * column / n, -difference) +
         half_deviance(d, other_row * other_column / n, difference);
}

}  // namespace errata::stats

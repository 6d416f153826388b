// Student's tail is the regularized incomplete beta function I_x(ν/2, 1/2) at x = ν / (ν + t²). Its continued fraction
// converges fast below the mean of that beta distribution; above it the complement is computed. Both are kept as
// logarithms, so that the far tail does not vanish.
#include "errata/stats/welch.h"

#include <algorithm>
#include <cmath>

#include "errata/base/error.h"
#include "errata/base/limits.h"
#include "errata/stats/distributions.h"

namespace errata::stats {
namespace {

/// From here on Student's distribution is the normal one to more than six digits of any p that is told.
constexpr double kNormalDegrees = 1e8;

/// The continued fraction of I_x(a, b), evaluated forwards (Lentz); x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr double kMost = 100'000;
  const auto nonzero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (double m = 1; m < kMost; m += 1) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    fraction *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    fraction *= c * d;
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  return fraction;
}

}  // namespace

void Moments::add(double value) {
  n_ += 1;
  const double step = value - mean_;
  mean_ += step / static_cast<double>(n_);
  squares_ += step * (value - mean_);
}

void Moments::merge(const Moments& other) {
  if (other.n_ == 0) return;
  const auto n = static_cast<double>(n_), m = static_cast<double>(other.n_);
  const double step = other.mean_ - mean_;
  n_ += other.n_;
  mean_ += step * m / (n + m);
  squares_ += other.squares_ + step * step * n * m / (n + m);
}

double Moments::mean() const { return n_ > 0 ? mean_ : kNaN; }
double Moments::variance() const { return n_ > 1 ? squares_ / static_cast<double>(n_ - 1) : kNaN; }

double student_log_two_sided(double t, double degrees) {
  ERRATA_CHECK(degrees > 0);
  if (t == 0) return 0;
  if (std::isinf(t)) return -kInfinity;
  if (degrees > kNormalDegrees) return std::min(0.0, normal_log_upper_tail(std::abs(t)) + std::log(2.0));
  const double a = degrees / 2, b = 0.5;
  const double ratio = t * t / degrees;  // x = 1 / (1 + ratio)
  const double log_x = -std::log1p(ratio), log_rest = std::log(ratio) - std::log1p(ratio);
  const double log_lead = a * log_x + b * log_rest + log_gamma(a + b) - log_gamma(a) - log_gamma(b);
  const double x = 1 / (1 + ratio);
  if (x < (a + 1) / (a + b + 2)) return std::min(0.0, log_lead - std::log(a) + std::log(beta_fraction(a, b, x)));
  return std::log1p(-std::min(1.0, std::exp(log_lead) / b * beta_fraction(b, a, ratio / (1 + ratio))));
}

double student_two_sided_quantile(double p, double degrees) {
  ERRATA_CHECK(p > 0 && p < 1);
  const double log_p = std::log(p);
  double low = 0, high = 1;
  while (student_log_two_sided(high, degrees) > log_p) high *= 2;
  for (int step = 0; step < 200; ++step) {
    const double middle = low + (high - low) / 2;
    if (!(low < middle && middle < high)) break;
    (student_log_two_sided(middle, degrees) > log_p ? low : high) = middle;
  }
  return high;
}

RateInterval mean_interval(const Moments& values, double confidence) {
  if (values.n() < 2) return {.low = kNaN, .high = kNaN};
  const auto n = static_cast<double>(values.n());
  const double reach = student_two_sided_quantile(1 - confidence, n - 1) * std::sqrt(values.variance() / n);
  return {.low = values.mean() - reach, .high = values.mean() + reach};
}

MeanDifference welch_test(const Moments& first, const Moments& second, double confidence) {
  MeanDifference result{
      .difference = second.mean() - first.mean(), .interval = {.low = kNaN, .high = kNaN}, .log_p = 0};
  if (first.n() < 2 || second.n() < 2) return result;
  const auto n = static_cast<double>(first.n()), m = static_cast<double>(second.n());
  const double a = first.variance() / n, b = second.variance() / m;
  if (!(a + b > 0)) {
    result.interval = {.low = result.difference, .high = result.difference};
    if (result.difference != 0) result.log_p = -kInfinity;
    return result;
  }
  const double degrees = (a + b) * (a + b) / (a * a / (n - 1) + b * b / (m - 1));
  const double error = std::sqrt(a + b);
  const double reach = student_two_sided_quantile(1 - confidence, degrees) * error;
  result.interval = {.low = result.difference - reach, .high = result.difference + reach};
  result.log_p = student_log_two_sided(result.difference / error, degrees);
  return result;
}

}  // namespace errata::stats

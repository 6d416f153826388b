// A single probability comes from deviances and Stirling remainders (deviance.h) and is good to about 1e-13. The sum
// starts next to `failures` and walks away from the mean by the ratio of neighbouring terms, which only falls, and
// stops when a term changes nothing. Above the mean the upper tail is the short one, and 1 − it loses nothing because
// it is at most about one half.
#include "errata/stats/binomial_tail.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/base/error.h"
#include "errata/stats/deviance.h"

namespace errata::stats {
namespace {

double log_mass(double failures, double trials, double rate) {
  const double successes = trials - failures;
  const double excess = factorial_excess(trials) - factorial_excess(failures) - factorial_excess(successes);
  const double difference = failures - trials * rate;
  return excess - half_deviance(failures, trials * rate, difference) -
         half_deviance(successes, trials * (1 - rate), -difference);
}

/// log P(X <= failures), failures at or below the mean, 0 < rate < 1.
double log_short_tail(double failures, double trials, double rate) {
  const double odds = (1 - rate) / rate;
  double term = 1, sum = 1;
  for (double k = failures; k > 0 && term > 1e-18 * sum; --k) {
    term *= k / (trials - k + 1) * odds;
    sum += term;
  }
  return std::min(0.0, log_mass(failures, trials, rate) + std::log(sum));
}

}  // namespace

double binomial_log_lower_tail(FailureCount count, double rate) {
  ERRATA_CHECK(count.failures <= count.trials && rate >= 0 && rate <= 1);
  if (count.failures == count.trials || rate == 0) return 0;
  if (rate == 1) return -std::numeric_limits<double>::infinity();
  const auto failures = static_cast<double>(count.failures), trials = static_cast<double>(count.trials);
  if (failures <= trials * rate) return log_short_tail(failures, trials, rate);
  // P(X > failures) = P(successes <= trials − failures − 1)
  return std::log1p(-std::exp(log_short_tail(trials - failures - 1, trials, 1 - rate)));
}

double binomial_upper_bound(FailureCount count, double delta) {
  ERRATA_CHECK(count.failures <= count.trials && delta > 0 && delta < 1);
  if (count.failures == count.trials) return 1;
  const double log_delta = std::log(delta);
  double low = 0, high = 1;  // the tail falls from 1 to 0
  while (high - low > 1e-14 * high) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (binomial_log_lower_tail(count, middle) > log_delta ? low : high) = middle;
  }
  return high;
}

RateInterval exact_interval(FailureCount count, double confidence) {
  const double delta = (1 - confidence) / 2;
  const FailureCount successes{.failures = count.trials - count.failures, .trials = count.trials};
  return {.low = 1 - binomial_upper_bound(successes, delta), .high = binomial_upper_bound(count, delta)};
}

}  // namespace errata::stats

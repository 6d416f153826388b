#pragma once

#include <cstdint>

#include "errata/stats/rate.h"

namespace errata::stats {

/// Natural logarithm of P(X <= count.failures), X binomial with `count.trials` trials of probability `rate`: the
/// one-sided exact p-value of "the failure rate is `rate` or more" when so few failures were seen. Not summed from
/// log-factorials, so that it is good to about 1e-12 for a million trials.
/// @param count  failures <= trials  @param rate  in [0, 1]
/// @return in [-inf, 0]
/// Cost: O(√trials) near the mean, a few terms far from it; no allocation. Any thread.
/// Reference: C. Loader, Fast and accurate computation of binomial probabilities (2000).
///     std::exp(binomial_log_lower_tail({.failures = 1, .trials = 3}, .5));  // 4/8
[[nodiscard]] double binomial_log_lower_tail(FailureCount count, double rate);

/// The exact upper confidence bound of a failure rate (Clopper-Pearson, one-sided): the rate at which as few failures
/// are seen with probability delta. Whatever the true rate, the bound lies below it with probability at most delta.
/// @param count  failures <= trials  @param delta  in (0, 1)
/// @return in (0, 1], rounded up; 1 when every trial failed and without trials
/// Cost: about 50 evaluations of the tail. Reference: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934), 404–413.
///     binomial_upper_bound({.failures = 0, .trials = 10}, .05);  // 1 − .05^(1/10) = .2589
[[nodiscard]] double binomial_upper_bound(FailureCount count, double delta);

/// The exact two-sided interval of a failure rate (Clopper-Pearson): whatever the true rate, it lies outside with
/// probability at most 1 − confidence.
/// @param count  failures <= trials  @param confidence  in (0, 1)
/// @return within [0, 1]; [0, 1] without trials
///     exact_interval({.failures = 0, .trials = 10}, .95);  // [0, 1 − .025^(1/10)] = [0, .3085]
[[nodiscard]] RateInterval exact_interval(FailureCount count, double confidence);

}  // namespace errata::stats

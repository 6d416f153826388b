#pragma once

#include <cstdint>

#include "errata/base/error.h"

namespace errata::stats {

struct FailureCount {
  std::uint64_t failures = 0;
  std::uint64_t trials = 0;
};

struct RateInterval {
  double low = 0;
  double high = 1;
};

/// failures / trials, or NaN without trials.
[[nodiscard]] double failure_rate(FailureCount count);

/// Two-sided Wilson score interval for a failure rate.
///     (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
/// @param count       trials >= 1 and 0 <= failures <= trials
/// @param confidence  in (0, 1), e.g. 0.95
/// @return the interval, or invalid_argument when a range above is broken
/// Cost: O(1), no allocation. Safe to call from any thread.
/// Reference: E. B. Wilson, JASA 22 (1927), 209–212.
///     auto rate = wilson_interval({.failures = 8, .trials = 10}, 0.95);  // [0.490, 0.943]
[[nodiscard]] Result<RateInterval> wilson_interval(FailureCount count, double confidence);

}  // namespace errata::stats

#pragma once

#include <cstdint>

#include "errata/base/error.h"
#include "errata/stats/rate.h"

namespace errata::stats {

/// How often each of two models fails on the same cases.
struct PairedCounts {
  std::uint64_t both = 0, only_first = 0, only_second = 0, neither = 0;

  [[nodiscard]] std::uint64_t cases() const { return both + only_first + only_second + neither; }
  [[nodiscard]] FailureCount first() const { return {.failures = both + only_first, .trials = cases()}; }
  [[nodiscard]] FailureCount second() const { return {.failures = both + only_second, .trials = cases()}; }
};

/// Interval of rate(second) − rate(first) for different cases: the Wilson intervals [l, u] of both rates p, joined by
///     d − √((p₂ − l₂)² + (u₁ − p₁)²)   to   d + √((u₂ − p₂)² + (p₁ − l₁)²)
/// @param first, second  trials >= 1, failures <= trials  @param confidence  in (0, 1)
/// @return within [−1, 1], or invalid_argument
/// Reference: R. G. Newcombe, Stat. Med. 17 (1998), 873–890, method 10.
///     const FailureCount first{.failures = 48, .trials = 80}, second{.failures = 56, .trials = 70};
///     rate_difference_interval(first, second, .95);  // [.0524, .3339]
[[nodiscard]] Result<RateInterval> rate_difference_interval(FailureCount first, FailureCount second, double confidence);

/// The same on the same cases: the correlation φ of the two failures takes 2 φ (p₂ − l₂)(u₁ − p₁) from under the root,
/// with the continuity correction of the reference where φ > 0.
/// @param counts  at least one case  @param confidence  in (0, 1)
/// Reference: R. G. Newcombe, Stat. Med. 17 (1998), 2635–2650, method 10.
[[nodiscard]] Result<RateInterval> paired_difference_interval(PairedCounts counts, double confidence);

}  // namespace errata::stats

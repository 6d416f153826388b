#pragma once

#include <cstdint>

namespace errata::stats {

/// What a factorial holds beyond the leading terms of its logarithm:
///     log Γ(x + 1) − (x log x − x)  =  ½ log(2πx) + 1/(12x) − …
/// @param x  >= 0, need not be whole; 0 at x = 0
/// Absolute error below 1e-13 for every x: unlike log Γ itself, the excess stays small (11 at x = 1e9), so that
/// logarithms of ratios of huge factorials built from it lose nothing to cancellation.
[[nodiscard]] double factorial_excess(double x);

/// Half the deviance of one observed count against its expectation:
///     observed · log(observed / expected) − (observed − expected)  >= 0
/// @param observed    >= 0
/// @param expected    >= 0, and > 0 where observed > 0
/// @param difference  observed − expected, given apart because the caller can often form it without rounding
[[nodiscard]] double half_deviance(double observed, double expected, double difference);

/// Half the likelihood-ratio statistic G² of independence of a 2×2 table given by its margins and one cell.
/// @param population, marked, drawn  marked <= population, drawn <= population
/// @param both  cases both marked and drawn, inside the range that the margins allow
[[nodiscard]] double half_deviance_2x2(std::uint64_t population, std::uint64_t marked, std::uint64_t drawn,
                                       std::uint64_t both);

}  // namespace errata::stats

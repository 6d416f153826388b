#pragma once

namespace errata::stats {

/// log P(Z >= z), Z standard normal; accurate to z = 1e8.
[[nodiscard]] double normal_log_upper_tail(double z);

/// z with P(Z <= z) = p.
/// @param p  in (0, 1)
[[nodiscard]] double normal_quantile(double p);

/// log P(X >= x), X chi-squared; accurate far in the tail.
/// @param degrees  of freedom, > 0
/// Cost: O(√degrees) near the middle of the distribution, less elsewhere.
[[nodiscard]] double chi_squared_log_upper_tail(double x, double degrees);

/// log Γ(x); unlike std::lgamma it writes no variable that threads share. @param x  > 0
[[nodiscard]] double log_gamma(double x);

}  // namespace errata::stats

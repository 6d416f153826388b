#pragma once

#include <span>
#include <vector>

namespace errata::stats {

/// Benjamini–Hochberg adjusted p-values, in logarithms and in the order given.
///     adjusted_(i) = min over j >= i of min(1, m p_(j) / j), (i) the i-th smallest
/// A hypothesis is rejected at level q when its adjusted value is <= q; then the expected share of false rejections
/// is at most q for independent or positively dependent tests.
/// @param log_p  natural logarithms of p-values, in [-inf, 0], not NaN
/// @return the same length as log_p; equal p-values get equal adjusted values
/// Cost: O(m log m). Reference: Y. Benjamini, Y. Hochberg, JRSS B 57 (1995), 289–300.
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> log_p);

/// Holm's adjusted p-values, in the order given: max over j <= i of min(1, (m − j + 1) p_(j)).
/// Rejecting what is <= alpha makes a false rejection among all m with probability at most alpha, however the tests
/// depend on each other.
/// @param p  in [0, 1], not NaN  Cost: O(m log m).  Reference: S. Holm, Scand. J. Stat. 6 (1979), 65–70.
///     holm({{.01, .04, .03}});  // {.03, .06, .06}
[[nodiscard]] std::vector<double> holm(std::span<const double> p);

}  // namespace errata::stats

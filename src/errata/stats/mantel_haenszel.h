#pragma once

#include <cstdint>
#include <span>

#include "errata/stats/hypergeometric.h"

namespace errata::stats {

/// What the failures of a slice are made of where the cases fall into strata of different rates.
struct StratifiedTest {
  double expected = 0;  ///< failures of the slice if within each stratum it were like the rest
  double log_p = 0;     ///< natural logarithm of P(X >= observed), one-sided
};

/// Does a slice fail more than the rest of its strata? Within each stratum its failures are hypergeometric if not, so
/// their sum is a sum of independent hypergeometric numbers (Mantel and Haenszel's hypothesis). A stratum that the
/// slice fills, or has no case of, tells nothing and changes nothing.
/// @param strata    each with drawn <= population, marked <= population
/// @param observed  failures of the slice over all strata
/// Exact, by convolution, while that takes at most a few million steps; else by the normal distribution with
/// continuity correction, whose variance is then in the hundreds.
/// Reference: N. Mantel, W. Haenszel, J. Nat. Cancer Inst. 22 (1959), 719–748.
///     stratified_test({{{.population = 4, .marked = 2, .drawn = 2}}}, 2);  // {1, log(1/6)}
[[nodiscard]] StratifiedTest stratified_test(std::span<const Hypergeometric> strata, std::uint64_t observed);

}  // namespace errata::stats

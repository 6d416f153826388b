#pragma once

#include <cmath>
#include <cstdint>

namespace errata::stats {

/// How badly one failure rate describes some cases: −2 log likelihood at the best rate k/n,
///     −2 (k log(k/n) + (n − k) log(1 − k/n)),   0 log 0 = 0.
/// Never grows when cases are split in parts that get rates of their own: cost(a ∪ b) >= cost(a) + cost(b).
/// @param failures, trials  failures <= trials
/// @return >= 0; 0 without trials and where all or none fail
/// Cost: two logarithms.
[[nodiscard]] inline double binomial_cost(std::uint64_t failures, std::uint64_t trials) {
  if (failures == 0 || failures == trials) return 0;
  const auto n = static_cast<double>(trials), k = static_cast<double>(failures), p = k / n;
  return -2 * (k * std::log(p) + (n - k) * std::log1p(-p));
}

}  // namespace errata::stats

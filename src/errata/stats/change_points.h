#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace errata::stats {

/// A cut of periods 0 … k-1 into stretches of one failure rate each.
struct Segmentation {
  std::vector<std::size_t> starts;  ///< first period of each stretch, ascending, starts[0] = 0; empty without periods
  double cost = 0;                  ///< sum of binomial_cost over the stretches + penalty · (stretches − 1)
};

/// The cut with the least cost among all 2^(k-1), by PELT: exact, not greedy and not binary splitting.
/// A stretch has at least one period with trials; periods without trials belong to the stretch before them (leading
/// ones to the first). Among equal costs the last stretch is as long as it can be, then the one before it, and so on.
/// @param failures, trials  [k], failures <= trials
/// @param penalty  per change point, >= 0; 3 log(k) keeps false changes rare at any k (see docs/methods/time.md)
/// Cost: O(k) where changes are frequent, at most O(k²) evaluations of binomial_cost; O(k) memory.
/// Reference: R. Killick, P. Fearnhead, I. Eckley, JASA 107 (2012), 1590–1598.
///     std::vector<std::uint64_t> failures{1, 0, 9, 8}, trials{10, 10, 10, 10};
///     auto cut = segment_binomial(failures, trials, 3 * std::log(4));  // starts {0, 2}, cost 29.0
[[nodiscard]] Segmentation segment_binomial(std::span<const std::uint64_t> failures,
                                            std::span<const std::uint64_t> trials, double penalty);

}  // namespace errata::stats

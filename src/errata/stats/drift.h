#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace errata::stats {

/// Population stability index of two histograms over the same k bins,
///     PSI = Σ (q_i − p_i) log(q_i / p_i),   p_i = (count_i + 1/2) / (total + k/2), q likewise,
/// the symmetrised Kullback–Leibler divergence of the shares. The half case a bin keeps the index finite where one
/// side's bin is empty; bins that are empty on both sides are left out and do not count in k.
/// Rule of thumb: below 0.1 stable, above 0.25 a large shift. Without any shift its mean is about (k−1)(1/n + 1/m).
/// @param before, after  [k] counts; either side without cases gives 0
/// @return >= 0. Cost: O(k).
/// Reference: N. Siddiqi, Credit Risk Scorecards, Wiley 2006; B. Yurdakul, J. Naranjo, J. Risk Model Validation 14
/// (2020).
///     std::vector<std::uint64_t> before{50, 50}, after{80, 20};
///     population_stability_index(before, after);  // 0.406
[[nodiscard]] double population_stability_index(std::span<const std::uint64_t> before,
                                                std::span<const std::uint64_t> after);

/// Inner edges of the deciles of a sample: the values at ranks ⌈n i/10⌉, i = 1 … 9, equal ones merged. Bins are
/// (edge, next edge], the outermost unbounded, so that equal values are never split.
/// @param sorted  [n] ascending, no NaN, ±infinity allowed
/// @return at most 9 ascending edges; none without values
[[nodiscard]] std::vector<double> decile_edges(std::span<const double> sorted);

/// Values in each bin (edge, next edge]: [edges + 1] counts.
/// @param sorted  ascending, no NaN;  @param edges  ascending
/// Cost: O(edges log n).
[[nodiscard]] std::vector<std::uint64_t> count_between(std::span<const double> sorted, std::span<const double> edges);

}  // namespace errata::stats

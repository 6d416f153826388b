#pragma once

#include <span>
#include <vector>

#include "errata/stats/rate.h"

namespace errata::stats {

/// Quantile by linear interpolation between order statistics.
/// @param sorted  [n >= 1] ascending, infinities allowed  @param share  in [0, 1]
///     quantile_of_sorted({{1, 2, 4}}, .75);  // 3
[[nodiscard]] double quantile_of_sorted(std::span<const double> sorted, double share);

/// The middle `confidence` of bootstrap replicates. NaN replicates (a sample that had no failure) are left out;
/// [NaN, NaN] when none is left. @param confidence  in (0, 1)
[[nodiscard]] RateInterval percentile_interval(std::vector<double> replicates, double confidence);

}  // namespace errata::stats

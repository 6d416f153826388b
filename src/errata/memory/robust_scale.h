#pragma once

#include <span>

namespace errata::memory {

/// Where a column lies and how wide it is, hardly moved by outliers.
struct RobustScale {
  double mean = 0;
  double sd = 0;  ///< 0 when the values are all the same, or as good as
};

/// Mean and standard deviation (divisor n) of the values held within mean ± reach · sd: what they are after clipping.
/// The two are found in eight rounds from those of the values held within the median ± F, F = reach · 1.4826 · MAD, MAD
/// the median absolute deviation; no round goes beyond the median ± 4 F. Where more than half of the values are one
/// number the MAD is 0; then the median is taken over the deviations that are not 0, so that a column that is mostly
/// zero keeps its scale. A share of outliers up to 1 / reach² changes the sd little, any share by a bounded factor.
/// @param values  [n] no NaN, infinite ones count as very large; reordered
/// @param reach   > 0, in standard deviations of a normal distribution
/// Cost: O(n).
/// Reference: P. Huber, E. Ronchetti, Robust Statistics (2009), chapters 5 and 6.
[[nodiscard]] RobustScale robust_scale(std::span<double> values, double reach);

}  // namespace errata::memory

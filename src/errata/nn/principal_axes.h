#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/matrix_view.h"
#include "errata/nn/mlp.h"

namespace errata::nn {

struct PrincipalAxes {
  DenseLayer layer;               ///< projects on them: y = A (x − mean), the rows of A orthonormal
  std::vector<double> variances;  ///< along each axis, decreasing, divisor n
};

/// The directions of largest variance of thousands of columns; the entry of largest size of each is positive.
/// @param rows  [n >= 1, d >= 1] finite
/// @param keep  >= 1; at most min(n, d) come back
/// @param seed  of the subspace that the search begins with
/// @param cancellation  looked at between products; unwinds with Cancelled
/// The leading directions are exact to single precision; among the last ones, where variances hardly differ, any basis
/// of nearly the same subspace may come back. The same on any number of threads.
/// Cost: O(n d² + d² keep), memory O(n d + d²). For few columns, and exactly: memory/pca.h.
/// Reference: N. Halko, P. G. Martinsson, J. A. Tropp, Finding structure with randomness, SIAM Review 53 (2011).
[[nodiscard]] PrincipalAxes principal_axes(MatrixView<const float> rows, std::size_t keep, std::uint64_t seed,
                                           const Cancellation* cancellation = nullptr);

}  // namespace errata::nn

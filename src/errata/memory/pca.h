#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"

namespace errata::memory {

/// The directions of largest variance.
struct PrincipalAxes {
  std::size_t width = 0;
  std::vector<double> mean{};       ///< [width]
  std::vector<double> axes{};       ///< [kept, width] row-major, orthonormal; largest |entry| of each is positive
  std::vector<double> variances{};  ///< [kept] along each axis, decreasing

  [[nodiscard]] std::size_t kept() const { return variances.size(); }
  /// @param point  [width]  @param projected  [kept]
  void project(std::span<const double> point, std::span<double> projected) const;
};

/// Principal component analysis: by the eigenvectors of the covariance matrix (divisor n) or, where there are fewer
/// points than dimensions, from the n × n products of the points with each other.
/// @param points  [n >= 1, d >= 1] finite
/// @param keep  at most this many axes; fewer come back when d is smaller. Of fewer points than dimensions, axes
/// without
///              variance (below 1e-12 of the first) are left out
/// Cost: with m = min(n, d), O(n d m + m³), memory O(n d + m²).
/// Reference: I. T. Jolliffe, Principal Component Analysis (2002).
[[nodiscard]] Result<PrincipalAxes> principal_axes(MatrixView<const double> points, std::size_t keep);

/// Points of more dimensions than this are better told by so many of them: m³ is waited for.
inline constexpr std::size_t kMostCovariance = 512;

}  // namespace errata::memory

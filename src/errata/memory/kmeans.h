#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/base/matrix_view.h"

namespace errata::memory {

struct KMeansOptions {
  std::size_t clusters = 8;   ///< >= 1; fewer come back when there are fewer distinct points
  std::size_t restarts = 10;  ///< k-means++ starts; the one of least inertia is kept
  std::size_t max_iterations = 300;
  std::uint64_t seed = 1;
  const Cancellation* cancellation = nullptr;  ///< looked at in each iteration; unwinds with Cancelled
};

struct Clusters {
  std::size_t width = 0;
  std::vector<float> centres{};             ///< [clusters, width] row-major, sorted by size, largest first
  std::vector<std::uint32_t> assignment{};  ///< [rows] the nearest centre
  double inertia = 0;                       ///< sum of squared distances to the nearest centre

  [[nodiscard]] std::size_t size() const { return width == 0 ? 0 : centres.size() / width; }
};

/// Lloyd's algorithm from k-means++ starts; the same seed gives the same clusters.
/// @param points  [n >= 1, d >= 1] finite
/// @return invalid_argument for no points or no clusters
/// Cost: O(restarts · iterations · n · clusters · d), one thread.
/// Reference: D. Arthur, S. Vassilvitskii, SODA 2007.
[[nodiscard]] Result<Clusters> kmeans(MatrixView<const float> points, const KMeansOptions& options);

}  // namespace errata::memory

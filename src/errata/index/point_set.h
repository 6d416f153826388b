#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/base/matrix_view.h"

namespace errata::index {

/// Squared Euclidean distances from many queries to a fixed set of points, exactly.
///     PointSet bank(points);
///     bank.squared_distances(queries, distances);  // [queries, points]
///     nearest_slots(row_of_distances, 50, slots);
/// A distance is summed in the order of the dimensions, whatever stands beside it: the same query gives the same bits
/// alone and among others.
/// Cost: memory as the points; 10,000 queries × 10,000 points × 128 dimensions in about one second of one core with
/// AVX2. Safe to read from several threads.
class PointSet {
 public:
  PointSet() = default;
  /// @param points  [n, d] finite
  explicit PointSet(MatrixView<const float> points);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  /// @param queries    [q, width()]; a few dozen at once stay in the cache, more bring nothing
  /// @param distances  [q, size()] filled
  void squared_distances(MatrixView<const float> queries, std::span<float> distances) const;

 private:
  std::size_t size_ = 0, width_ = 0;
  std::vector<float> values_;  ///< [blocks, width_, 16]: 16 points a block, dimension by dimension
};

}  // namespace errata::index

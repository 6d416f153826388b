#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"

namespace errata::index {

/// Squared Euclidean distances from a query to each of the last `capacity` points, exactly.
///     NeighbourWindow window(16, 3000);
///     window.push(point);
///     window.squared_distances(query, distances);              // one a slot
///     auto nearest = nearest_slots(distances, 30, slots);      // ascending
/// Points lie in blocks, dimension by dimension, so that vector instructions measure several points at once; each
/// distance is summed in the order of the dimensions.
/// Cost: push O(width), distances O(width · size). Not safe to share while pushing.
class NeighbourWindow {
 public:
  /// @param width  >= 1  @param capacity  >= 1
  NeighbourWindow(std::size_t width, std::size_t capacity);

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Takes in a point and, when full, forgets the oldest. @param point  [width] finite
  /// @return the slot it lies in: `pushes so far % capacity`
  std::size_t push(std::span<const float> point);
  /// @param query  [width]  @param distances  [size()] by slot
  void squared_distances(std::span<const float> query, std::span<float> distances) const;

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<NeighbourWindow> load(ByteReader& in);

 private:
  std::size_t width_, capacity_;
  std::size_t size_ = 0, next_ = 0;
  std::vector<float> values_;  ///< [blocks, width_, 64]: 64 slots a block, dimension by dimension
};

/// The slots of the `count` least distances, nearest first; ties by slot.
/// @param distances  [n] >= 0, infinity included, no NaN
/// @param slots  [count] filled  @return how many there are: min(count, distances.size())
/// Cost: O(n + k log k) in the mean; no allocation for count <= 128 and n >= 4 · max(count, 32), rounded up to a power
/// of two.
[[nodiscard]] std::size_t nearest_slots(std::span<const float> distances, std::size_t count,
                                        std::span<std::uint32_t> slots);

}  // namespace errata::index

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
/// Points lie dimension by dimension, so that one pass of vector instructions measures several points at once; each
/// distance is summed in the order of the dimensions, so it is the same number on every machine.
/// Cost: push O(width), distances O(width · size) (about 2 µs at 16 × 3,000). Not safe to share while pushing.
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
  std::size_t width_, capacity_, stride_;
  std::size_t size_ = 0, next_ = 0;
  std::vector<float> values_;  ///< [width_, stride_]: dimension by dimension
};

/// The slots of the `count` least distances, nearest first; ties by slot.
/// @param slots  [count] filled  @return how many there are: min(count, distances.size())
/// Cost: O(n + k log k) in the mean.
[[nodiscard]] std::size_t nearest_slots(std::span<const float> distances, std::size_t count,
                                        std::span<std::uint32_t> slots);

}  // namespace errata::index

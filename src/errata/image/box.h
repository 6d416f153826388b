#pragma once

#include <algorithm>
#include <cstddef>

namespace errata::image {

/// A rectangle of whole pixels.
struct Box {
  std::size_t top = 0, left = 0, height = 0, width = 0;

  [[nodiscard]] std::size_t bottom() const { return top + height; }  ///< the row after the last
  [[nodiscard]] std::size_t right() const { return left + width; }   ///< the column after the last
  [[nodiscard]] std::size_t area() const { return height * width; }
  [[nodiscard]] bool contains(std::size_t y, std::size_t x) const {
    return y >= top && y < bottom() && x >= left && x < right();
  }
  friend bool operator==(const Box&, const Box&) = default;
};

/// What two boxes have in common; of area 0 when that is nothing.
[[nodiscard]] inline Box intersection(const Box& a, const Box& b) {
  const std::size_t top = std::max(a.top, b.top), left = std::max(a.left, b.left);
  const std::size_t bottom = std::min(a.bottom(), b.bottom()), right = std::min(a.right(), b.right());
  if (bottom <= top || right <= left) return {};
  return {.top = top, .left = left, .height = bottom - top, .width = right - left};
}

}  // namespace errata::image

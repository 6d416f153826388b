#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "errata/image/box.h"

namespace errata::readers {

/// A place in pixels of the picture: (0, 0) is the upper left corner of the first pixel.
struct Corner {
  float x = 0, y = 0;
  friend bool operator==(const Corner&, const Corner&) = default;
};

/// A convex quadrilateral: upper left, upper right, lower right, lower left of what it encloses.
struct Quad {
  std::array<Corner, 4> corners;

  /// Whether a place lies inside or on the edge.
  [[nodiscard]] bool contains(Corner place) const {
    for (std::size_t i = 0; i < 4; ++i) {
      const Corner a = corners[i], b = corners[(i + 1) % 4];
      if ((b.x - a.x) * (place.y - a.y) - (b.y - a.y) * (place.x - a.x) < 0) return false;
    }
    return true;
  }
  /// The pixels around it, those of a picture of the given size: at least one.
  [[nodiscard]] image::Box box(std::size_t height, std::size_t width) const {
    const auto within = [](float value, std::size_t most) {
      return static_cast<std::size_t>(std::clamp(value, 0.0F, static_cast<float>(most)));
    };
    const auto [left, right] = std::ranges::minmax(corners, {}, &Corner::x);
    const auto [upper, lower] = std::ranges::minmax(corners, {}, &Corner::y);
    const std::size_t x = std::min(within(std::floor(left.x), width), width - 1);
    const std::size_t y = std::min(within(std::floor(upper.y), height), height - 1);
    return {.top = y,
            .left = x,
            .height = std::max(y + 1, within(std::ceil(lower.y), height)) - y,
            .width = std::max(x + 1, within(std::ceil(right.x), width)) - x};
  }
  friend bool operator==(const Quad&, const Quad&) = default;
};

}  // namespace errata::readers

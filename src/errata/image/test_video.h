#pragma once

#include "errata/image/picture.h"

namespace errata::image {

/// A picture of a video that a test draws: a light square of 16 pixels on a slope of colours, further right in each.
inline Picture moving_square(std::size_t frame, std::size_t height = 96, std::size_t width = 128) {
  Picture picture{.height = height, .width = width, .channels = 3, .bytes{}};
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const bool square = y >= 40 && y < 56 && x >= 8 + 4 * frame && x < 24 + 4 * frame;
      const auto slope = static_cast<std::uint8_t>(40 + y);
      for (const std::uint8_t value : {slope, static_cast<std::uint8_t>(30 + x / 2), std::uint8_t{60}})
        picture.bytes.push_back(square ? std::uint8_t{230} : value);
    }
  return picture;
}

}  // namespace errata::image

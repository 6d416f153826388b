#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "errata/image/picture.h"

namespace errata::image {

/// A picture in at most 256 colours.
struct PalettePicture {
  std::vector<std::array<std::uint8_t, 3>> colours;  ///< red, green, blue; 1 to 256
  std::vector<std::uint8_t> indices;                 ///< [height, width] into them
};

/// Chooses the colours by cutting the cube of colours: of the boxes that hold pixels, the one with the most pixels
/// times its longest side is cut across that side where half of its pixels lie on each side, until there are enough.
/// Each box's colour is the mean of its pixels. Without dithering: still parts of a video stay still.
/// @param picture  3 channels, at least one pixel  @param most  colours, 1 to 256
/// Cost: O(pixels + 32³ · most / 4), about 10 ms at 640 × 360.
/// Reference: P. Heckbert, "Color image quantization for frame buffer display", SIGGRAPH 1982.
[[nodiscard]] PalettePicture in_palette(const Picture& picture, std::size_t most = 256);

}  // namespace errata::image

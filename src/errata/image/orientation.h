#pragma once

#include <cstdint>
#include <string_view>

#include "errata/image/picture.h"

namespace errata::image {

/// How stored pixels are to be shown, by the numbers of EXIF.
enum class Orientation : std::uint8_t {
  upright = 1,
  mirrored = 2,         ///< left and right change places
  upside_down = 3,      ///< half a turn
  flipped = 4,          ///< upper and lower change places
  transposed = 5,       ///< rows become columns
  turned_right = 6,     ///< shown after a quarter turn to the right
  anti_transposed = 7,  ///< transposed, then half a turn
  turned_left = 8,      ///< shown after a quarter turn to the left
};

/// What a JPEG file (in its EXIF segment) or a PNG file (in its chunk eXIf) says; upright where it says nothing, or
/// what it says cannot be read: no picture is refused for a damaged note beside it.
/// @param content  the file
/// Reference: CIPA DC-008, "Exchangeable image file format for digital still cameras", tag 274.
[[nodiscard]] Orientation orientation_of(std::string_view content);

/// The picture as it is to be shown.
[[nodiscard]] Picture shown(Picture stored, Orientation orientation);

}  // namespace errata::image

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "errata/base/error.h"

namespace errata::image {

/// An image of bytes, as files hold it.
struct Picture {
  std::size_t height = 0, width = 0;
  std::size_t channels = 1;         ///< 1 grey, 3 red, green, blue
  std::vector<std::uint8_t> bytes;  ///< [height, width, channels]
};

/// Reads a PNG or JPEG file, told apart by its first bytes. 16-bit values become 8-bit ones; what is transparent is
/// laid on black.
/// @return data error naming the file: not there, neither of both, damaged, CMYK, more than 2^26 pixels
[[nodiscard]] Result<Picture> read_picture(const std::filesystem::path& file);

/// The content of a PNG file. @param picture  at least one pixel  @return output error with libpng's words
[[nodiscard]] Result<std::string> png_content(const Picture& picture);

/// Writes a PNG file, whole or not at all. @param picture  at least one pixel
/// @return output error naming the place
[[nodiscard]] Result<void> write_png(const std::filesystem::path& place, const Picture& picture);

}  // namespace errata::image

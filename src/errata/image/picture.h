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

/// Pixels of a picture at most: 67 megapixels, 192 MiB in three channels. A file's header may claim more.
inline constexpr std::size_t kMostPixels = std::size_t{1} << 26;

struct PictureOptions {
  bool as_shown = true;  ///< turned as EXIF says (image/orientation.h); else as stored
};

/// Reads a PNG or JPEG file, told apart by its first bytes. What has 1, 2 or 4 bits is spread to 8, 16-bit values
/// become 8-bit ones, palettes their colours; what is transparent is laid on black. CMYK becomes RGB without a colour
/// profile, each channel times what black leaves, stored inverted as Adobe's programs and all others do.
/// @return data error naming the file: not there, neither of both, damaged, cut short, 0 or more than kMostPixels
/// pixels
[[nodiscard]] Result<Picture> read_picture(const std::filesystem::path& file, const PictureOptions& options = {});

/// Likewise from the bytes of a file; `place` names it.
[[nodiscard]] Result<Picture> parse_picture(const std::string& content, const std::filesystem::path& place,
                                            const PictureOptions& options = {});

/// The content of a PNG file. @param picture  at least one pixel  @return output error with libpng's words
[[nodiscard]] Result<std::string> png_content(const Picture& picture);

/// The content of a JPEG file: a tenth of the bytes where a picture is looked at and no value of it is read.
/// @param picture  at least one pixel  @param quality  in [1, 100]  @return output error with libjpeg-turbo's words
[[nodiscard]] Result<std::string> jpeg_content(const Picture& picture, int quality = 80);

/// The picture in three channels: grey becomes three equal ones.
[[nodiscard]] Picture in_colour(Picture picture);

/// Writes a PNG file, whole or not at all. @param picture  at least one pixel
/// @return output error naming the place
[[nodiscard]] Result<void> write_png(const std::filesystem::path& place, const Picture& picture);

}  // namespace errata::image

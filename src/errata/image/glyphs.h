#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace errata::image {

/// One character drawn large, cropped to its ink.
struct Glyph {
  std::size_t height = 0, width = 0;
  std::vector<float> ink;  ///< [height, width] in [0, 1]
};

/// Characters of one font in one weight.
struct Face {
  std::vector<Glyph> glyphs;  ///< in the order that they were asked for
};

/// Height in pixels that glyphs are drawn at, about.
inline constexpr int kGlyphHeight = 80;

/// Eight Hershey fonts in three weights each. @param characters  ASCII
[[nodiscard]] std::vector<Face> hershey_faces(std::string_view characters);

/// Cuts away the rows and columns around the ink. @param page  [height, width]
[[nodiscard]] Glyph crop_to_ink(std::span<const float> page, std::size_t height, std::size_t width);

}  // namespace errata::image

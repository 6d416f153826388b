#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace errata::image {

/// One character drawn large, cropped to its ink.
struct Glyph {
  std::size_t height = 0, width = 0;
  std::vector<float> ink;  ///< [height, width] in [0, 1]
};

/// The digits of one font in one weight.
struct DigitFace {
  std::array<Glyph, 10> digits;
};

/// Height in pixels that glyphs are drawn at, about.
inline constexpr int kGlyphHeight = 80;

/// Eight Hershey fonts in three weights each.
[[nodiscard]] std::vector<DigitFace> hershey_faces();

/// Cuts away the rows and columns around the ink. @param page  [height, width]
[[nodiscard]] Glyph crop_to_ink(std::span<const float> page, std::size_t height, std::size_t width);

}  // namespace errata::image

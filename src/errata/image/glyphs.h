#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
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
  std::string font;  ///< "Hershey simplex", "DejaVuSans-Bold"
  std::array<Glyph, 10> digits;
};

/// Height in pixels that glyphs are drawn at, about.
inline constexpr int kGlyphHeight = 80;

/// Eight Hershey fonts in three weights each.
[[nodiscard]] std::vector<DigitFace> hershey_faces();

/// The fonts (.ttf, .otf) of known text families under these folders, in the order of their paths, each as it is and
/// emboldened; at most 48 fonts. A file that cannot be read or has no digits is passed over.
[[nodiscard]] std::vector<DigitFace> vector_faces(std::span<const std::filesystem::path> folders);

/// Cuts away the rows and columns around the ink. @param page  [height, width]
[[nodiscard]] Glyph crop_to_ink(std::span<const float> page, std::size_t height, std::size_t width);

}  // namespace errata::image

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "errata/image/picture.h"

namespace errata::relevance {

/// What the colours of a picture say about where it comes from, whatever it shows.
struct PictureColours {
  /// Information dimension of the colours between steps of 32 and 8 gray levels, in [0, 3]: by how much their entropy
  /// grows each time that red, green and blue are cut twice as finely. Colours on a line or a curve have 1 at most, as
  /// gray pictures and those in false colours; a camera's, of many things in a light that changes, nearly 2.
  double dimension = 0;
  /// Bits of the gray values in steps of 8, of single pixels; 1 at most where there are but two.
  double gray_bits = 0;
};

/// Dimension is of means over 4 × 4 pixels, so that noise of a sensor does not count as colour.
/// @param picture  1 or 3 channels  @param left_out  [patches] 1: does not count; where all are left out, all count
/// @return zeros for a picture without a whole square of 4 × 4 pixels
/// Cost: O(pixels + squares · log squares).
/// Reference: A. Rényi, On the dimension and entropy of probability distributions, 1959.
[[nodiscard]] PictureColours colours_of(const image::Picture& picture, std::span<const std::uint8_t> left_out);

/// How much farther from the known pictures one may lie before it counts as unlike them, >= 1, by what its colours
/// alone say of it: 1 + 20 · max(0, dimension − 1.35), which no machine but a camera gives; 3 for a page of two levels
/// (gray_bits at most 1), which nobody measures.
[[nodiscard]] double leeway_by(const PictureColours& colours);

/// d / (d + leeway · L) of d / (d + L). @param unlike  in [0, 1)  @param leeway  > 0
[[nodiscard]] constexpr double eased(double unlike, double leeway) { return unlike / (unlike + leeway * (1 - unlike)); }

}  // namespace errata::relevance

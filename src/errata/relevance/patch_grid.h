#pragma once

#include <algorithm>
#include <cstddef>

#include "errata/image/box.h"

namespace errata::relevance {

/// Side of a patch in pixels.
inline constexpr std::size_t kPatch = 16;

/// Patches that cover an image, counted row by row from the top left; those at the right and lower edge may be cut.
struct PatchGrid {
  std::size_t height = 0, width = 0;  ///< of the image in pixels, each >= 1

  [[nodiscard]] std::size_t rows() const { return (height + kPatch - 1) / kPatch; }
  [[nodiscard]] std::size_t columns() const { return (width + kPatch - 1) / kPatch; }
  [[nodiscard]] std::size_t count() const { return rows() * columns(); }
  [[nodiscard]] std::size_t row_of(std::size_t patch) const { return patch / columns(); }
  [[nodiscard]] std::size_t column_of(std::size_t patch) const { return patch % columns(); }
  /// The pixels of a patch.
  [[nodiscard]] image::Box box(std::size_t patch) const {
    const std::size_t top = row_of(patch) * kPatch, left = column_of(patch) * kPatch;
    return {
        .top = top, .left = left, .height = std::min(kPatch, height - top), .width = std::min(kPatch, width - left)};
  }
  friend bool operator==(const PatchGrid&, const PatchGrid&) = default;
};

}  // namespace errata::relevance

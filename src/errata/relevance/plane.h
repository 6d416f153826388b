#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/image/picture.h"
#include "errata/relevance/patch_grid.h"

namespace errata::relevance {

/// One number for each pixel of an image.
struct Plane {
  std::size_t height = 0, width = 0;
  std::vector<float> values;  ///< [height, width]
};

/// A picture as the channels read it, values in [0, 1].
struct Planes {
  Plane red, green, blue;  ///< three times the same of a grey picture
  Plane grey;              ///< .299 red + .587 green + .114 blue
};

/// @param picture  1 or 3 channels, at least one pixel
[[nodiscard]] Planes planes_of(const image::Picture& picture);

[[nodiscard]] inline PatchGrid grid_of(const Plane& plane) { return {.height = plane.height, .width = plane.width}; }

/// The mean over the pixels of each patch. @param values  [grid.height, grid.width]  @return [patches]
[[nodiscard]] std::vector<float> patch_means(const PatchGrid& grid, std::span<const float> values);
[[nodiscard]] inline std::vector<float> patch_means(const Plane& plane) {
  return patch_means(grid_of(plane), plane.values);
}

}  // namespace errata::relevance

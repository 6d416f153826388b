#include "errata/relevance/plane.h"

#include <algorithm>
#include <array>

namespace errata::relevance {
Planes planes_of(const image::Picture& picture) {
  const std::size_t pixels = picture.height * picture.width;
  std::array<float, 256> of_byte{};
  for (std::size_t byte = 0; byte < of_byte.size(); ++byte) of_byte[byte] = static_cast<float>(byte) / 255.0F;
  const auto plane = [&](std::size_t channel) {
    Plane made{.height = picture.height, .width = picture.width, .values = std::vector<float>(pixels)};
    for (std::size_t i = 0; i < pixels; ++i) made.values[i] = of_byte[picture.bytes[i * picture.channels + channel]];
    return made;
  };
  if (picture.channels == 1) {
    const Plane grey = plane(0);
    return {.red = grey, .green = grey, .blue = grey, .grey = grey};
  }
  Planes planes{.red = plane(0), .green = plane(1), .blue = plane(2), .grey = {}};
  planes.grey = {.height = picture.height, .width = picture.width, .values = std::vector<float>(pixels)};
  for (std::size_t i = 0; i < pixels; ++i)
    planes.grey.values[i] =
        0.299F * planes.red.values[i] + 0.587F * planes.green.values[i] + 0.114F * planes.blue.values[i];
  return planes;
}

std::vector<float> patch_means(const PatchGrid& grid, std::span<const float> values) {
  std::vector<float> means(grid.count());
  const float* value = values.data();
  for (std::size_t y = 0; y < grid.height; ++y) {
    float* of_row = &means[y / kPatch * grid.columns()];
    for (std::size_t x = 0; x < grid.width; x += kPatch, ++of_row) {
      float sum = *of_row;
      for (const float* const end = value + std::min(kPatch, grid.width - x); value != end; ++value) sum += *value;
      *of_row = sum;
    }
  }
  for (std::size_t patch = 0; patch < means.size(); ++patch) means[patch] /= static_cast<float>(grid.box(patch).area());
  return means;
}

}  // namespace errata::relevance

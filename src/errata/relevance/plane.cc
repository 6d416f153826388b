#include "errata/relevance/plane.h"

#include <cmath>

namespace errata::relevance {
namespace {

/// Calls add(patch, value) for every pixel, row by row.
template <typename Add>
void for_each_pixel(const Plane& plane, Add add) {
  const PatchGrid grid = grid_of(plane);
  const float* value = plane.values.data();
  for (std::size_t y = 0; y < plane.height; ++y) {
    const std::size_t first = y / kPatch * grid.columns();
    for (std::size_t x = 0; x < plane.width; ++x) add(first + x / kPatch, *value++);
  }
}

}  // namespace

Planes planes_of(const image::Picture& picture) {
  const std::size_t pixels = picture.height * picture.width;
  const auto plane = [&](std::size_t channel) {
    Plane made{.height = picture.height, .width = picture.width, .values = std::vector<float>(pixels)};
    for (std::size_t i = 0; i < pixels; ++i)
      made.values[i] = static_cast<float>(picture.bytes[i * picture.channels + channel]) / 255.0F;
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

std::vector<float> patch_means(const Plane& plane) {
  const PatchGrid grid = grid_of(plane);
  std::vector<float> means(grid.count());
  for_each_pixel(plane, [&](std::size_t patch, float value) { means[patch] += value; });
  for (std::size_t patch = 0; patch < means.size(); ++patch) means[patch] /= static_cast<float>(grid.box(patch).area());
  return means;
}

std::vector<float> patch_deviations(const Plane& plane) {
  const std::vector<float> means = patch_means(plane);
  const PatchGrid grid = grid_of(plane);
  std::vector<float> squares(grid.count());
  for_each_pixel(plane, [&](std::size_t patch, float value) {
    const float off = value - means[patch];
    squares[patch] += off * off;
  });
  for (std::size_t patch = 0; patch < squares.size(); ++patch)
    squares[patch] = std::sqrt(squares[patch] / static_cast<float>(grid.box(patch).area()));
  return squares;
}

}  // namespace errata::relevance

#include "errata/image/corruption_canvas.h"

#include <cmath>
#include <numbers>

namespace errata::image {
namespace {

/// The index that stands `radius` before each of 0 … size + 2·radius − 1, brought back into [0, size).
std::vector<std::size_t> padded_indices(std::size_t size, std::size_t radius, Edge edge) {
  std::vector<std::size_t> indices(size + 2 * radius);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (edge == Edge::wrap)
      indices[i] = (i + size * (radius / size + 1) - radius) % size;
    else
      indices[i] = std::min(i < radius ? 0 : i - radius, size - 1);
  }
  return indices;
}

void add_scaled(const float* from, float factor, std::size_t size, float* to) {
  for (std::size_t i = 0; i < size; ++i) to[i] += factor * from[i];
}

std::vector<float> with_sum_one(std::vector<float> kernel) {
  double sum = 0;
  for (const float weight : kernel) sum += weight;
  for (float& weight : kernel) weight = static_cast<float>(weight / sum);
  return kernel;
}

}  // namespace

void filter_separably(std::span<float> plane, std::size_t height, std::size_t width, std::span<const float> kernel,
                      Edge edge) {
  const std::size_t radius = kernel.size() / 2;
  const auto columns = padded_indices(width, radius, edge), rows = padded_indices(height, radius, edge);
  std::vector<float> filtered(plane.size(), 0.0F), padded(columns.size());
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < columns.size(); ++i) padded[i] = plane[y * width + columns[i]];
    for (std::size_t k = 0; k < kernel.size(); ++k)
      add_scaled(padded.data() + k, kernel[k], width, filtered.data() + y * width);
  }
  std::ranges::fill(plane, 0.0F);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t k = 0; k < kernel.size(); ++k)
      add_scaled(filtered.data() + rows[y + k] * width, kernel[k], width, plane.data() + y * width);
}

std::vector<float> gaussian_kernel(double sigma) {
  const auto radius = static_cast<std::size_t>(std::ceil(3 * sigma));
  std::vector<float> kernel(2 * radius + 1);
  for (std::size_t k = 0; k < kernel.size(); ++k) {
    const double i = static_cast<double>(k) - static_cast<double>(radius);
    kernel[k] = static_cast<float>(std::exp(-i * i / (2 * sigma * sigma)));
  }
  return with_sum_one(std::move(kernel));
}

std::vector<float> lanczos_kernel(double cutoff) {
  const auto sinc = [](double t) { return t == 0 ? 1 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t); };
  const auto radius = static_cast<std::size_t>(std::ceil(3 / (2 * cutoff))) - 1;
  std::vector<float> kernel(2 * radius + 1);
  for (std::size_t k = 0; k < kernel.size(); ++k) {
    const double lobes = 2 * cutoff * (static_cast<double>(k) - static_cast<double>(radius));
    kernel[k] = static_cast<float>(sinc(lobes) * sinc(lobes / 3));
  }
  return with_sum_one(std::move(kernel));
}

}  // namespace errata::image

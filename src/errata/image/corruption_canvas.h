#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace errata::image {

/// One image [channels, height, width] that a corruption works on in place.
struct Canvas {
  std::span<float> pixels;
  std::size_t channels = 1, height = 28, width = 28;

  [[nodiscard]] std::size_t area() const { return height * width; }
  [[nodiscard]] std::span<float> plane(std::size_t channel) const { return pixels.subspan(channel * area(), area()); }
  /// Pixels that a length of one pixel of a 28-pixel-high image has here.
  [[nodiscard]] double unit() const { return static_cast<double>(height) / 28; }
  [[nodiscard]] double middle_x() const { return (static_cast<double>(width) - 1) / 2; }
  [[nodiscard]] double middle_y() const { return (static_cast<double>(height) - 1) / 2; }
};

/// low at severity 0, high at 1, linear between.
[[nodiscard]] inline double between(double low, double high, double severity) { return low + (high - low) * severity; }

[[nodiscard]] inline float in_range(float value) { return std::clamp(value, 0.0F, 1.0F); }

/// A point of an image: (0, 0) is the centre of the first pixel, x grows along a row.
struct Point {
  double x = 0, y = 0;
};

/// Replaces each pixel by the value of the old image at `source(x, y)`: linear between the four pixels around that
/// place, zero beyond the edge.
template <typename Source>
void warp(const Canvas& image, Source source) {
  const std::vector<float> old(image.pixels.begin(), image.pixels.end());
  const auto width = static_cast<double>(image.width), height = static_cast<double>(image.height);
  for (std::size_t y = 0, at = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x, ++at) {
      const Point from = source(x, y);
      const bool inside = from.x > -1 && from.y > -1 && from.x < width && from.y < height;
      // One more than the neighbour to the left and above, so that the cast rounds down.
      const auto right = inside ? static_cast<std::size_t>(from.x + 1) : 0;
      const auto below = inside ? static_cast<std::size_t>(from.y + 1) : 0;
      const auto to_right = static_cast<float>(from.x + 1 - static_cast<double>(right));
      const auto to_below = static_cast<float>(from.y + 1 - static_cast<double>(below));
      for (std::size_t channel = 0; channel < image.channels; ++channel) {
        const float* plane = old.data() + channel * image.area();
        float value = 0;
        if (inside) {
          const auto pixel = [&](std::size_t row_plus_1, std::size_t column_plus_1) {
            return row_plus_1 == 0 || column_plus_1 == 0 || row_plus_1 > image.height || column_plus_1 > image.width
                       ? 0.0F
                       : plane[(row_plus_1 - 1) * image.width + column_plus_1 - 1];
          };
          const float above = pixel(below, right) * (1 - to_right) + pixel(below, right + 1) * to_right;
          const float under = pixel(below + 1, right) * (1 - to_right) + pixel(below + 1, right + 1) * to_right;
          value = above * (1 - to_below) + under * to_below;
        }
        image.pixels[channel * image.area() + at] = value;
      }
    }
  }
}

/// What a filter reads beyond the edge.
enum class Edge { replicate, wrap };

/// Filters a plane [height, width] along its rows, then along its columns.
/// @param kernel  odd length; its middle stands over the pixel
void filter_separably(std::span<float> plane, std::size_t height, std::size_t width, std::span<const float> kernel,
                      Edge edge);

/// exp(−i²/2σ²), i = −⌈3σ⌉ … ⌈3σ⌉, with sum 1.
[[nodiscard]] std::vector<float> gaussian_kernel(double sigma);

/// sin(2πci)/(πi) under Lanczos' window of three lobes, i within 3/(2c), with sum 1: passes frequencies under c cycles
/// a pixel. @param cutoff  in (0, 1/2)
[[nodiscard]] std::vector<float> lanczos_kernel(double cutoff);

}  // namespace errata::image

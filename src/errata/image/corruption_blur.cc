// Corruptions that take away or add spatial frequencies. The filters are separable or sums of shifted images, without a
// Fourier transform: at these sizes a kernel of a dozen taps costs less than one. Edges are replicated.

#include <cmath>
#include <numbers>

#include "errata/image/corruption_primitives.h"

namespace errata::image::primitives {
namespace {

void filter_planes(const Canvas& image, std::span<const float> kernel) {
  for (std::size_t channel = 0; channel < image.channels; ++channel)
    filter_separably(image.plane(channel), image.height, image.width, kernel, Edge::replicate);
}

/// One pixel of a two-dimensional kernel.
struct Tap {
  long right = 0, down = 0;
  float weight = 0;
};

/// A line of `length` pixels through the middle, its points spread linearly over the pixels around them; sum 1.
std::vector<Tap> line_kernel(double length, double angle) {
  const auto radius = static_cast<long>(std::ceil(length / 2)) + 1;
  const auto side = static_cast<std::size_t>(2 * radius + 1);
  std::vector<float> weights(side * side);
  const auto points = static_cast<std::size_t>(std::ceil(2 * length)) + 1;
  for (std::size_t i = 0; i < points; ++i) {
    const double along = length * (static_cast<double>(i) / static_cast<double>(points - 1) - 0.5);
    const double x = static_cast<double>(radius) + along * std::cos(angle);
    const double y = static_cast<double>(radius) + along * std::sin(angle);
    const auto left = static_cast<std::size_t>(x), top = static_cast<std::size_t>(y);
    const double dx = x - static_cast<double>(left), dy = y - static_cast<double>(top);
    const auto add = [&](std::size_t row, std::size_t column, double share) {
      weights[row * side + column] += static_cast<float>(share / static_cast<double>(points));
    };
    add(top, left, (1 - dx) * (1 - dy));
    add(top, left + 1, dx * (1 - dy));
    add(top + 1, left, (1 - dx) * dy);
    add(top + 1, left + 1, dx * dy);
  }
  std::vector<Tap> taps;
  for (std::size_t at = 0; at < weights.size(); ++at)
    if (weights[at] > 0)
      taps.push_back({.right = static_cast<long>(at % side) - radius,
                      .down = static_cast<long>(at / side) - radius,
                      .weight = weights[at]});
  return taps;
}

void add_shifted(std::span<const float> old, const Canvas& image, const Tap& tap, std::span<float> sum) {
  const auto width = static_cast<long>(image.width), height = static_cast<long>(image.height);
  const long first = std::clamp(-tap.right, 0L, width), last = std::clamp(width - tap.right, first, width);
  for (long y = 0; y < height; ++y) {
    const float* from = old.data() + std::clamp(y + tap.down, 0L, height - 1) * width;
    float* to = sum.data() + y * width;
    for (long x = 0; x < first; ++x) to[x] += tap.weight * from[0];
    for (long x = first; x < last; ++x) to[x] += tap.weight * from[x + tap.right];
    for (long x = last; x < width; ++x) to[x] += tap.weight * from[width - 1];
  }
}

/// For each of `size` pixels the block it lies in; blocks are `length` long and the first begins `offset` before pixel
/// 0.
std::vector<std::size_t> blocks_of(std::size_t size, double length, double offset) {
  std::vector<std::size_t> blocks(size);
  for (std::size_t i = 0; i < size; ++i)
    blocks[i] = static_cast<std::size_t>((static_cast<double>(i) + offset) / length);
  return blocks;
}

}  // namespace

void gaussian_blur(const Canvas& image, double severity, Rng& /*rng*/) {
  filter_planes(image, gaussian_kernel(between(1, 3.5, severity) * image.unit()));
}

void motion_blur(const Canvas& image, double severity, Rng& rng) {
  const double length = between(5, 17, severity) * image.unit();
  const std::vector<Tap> taps = line_kernel(length, std::numbers::pi * rng.uniform());
  std::vector<float> sum(image.area());
  for (std::size_t channel = 0; channel < image.channels; ++channel) {
    std::ranges::fill(sum, 0.0F);
    for (const Tap& tap : taps) add_shifted(image.plane(channel), image, tap, sum);
    std::ranges::copy(sum, image.plane(channel).begin());
  }
}

void pixelate(const Canvas& image, double severity, Rng& rng) {
  const double length = between(2.5, 7, severity) * image.unit();
  const auto columns = blocks_of(image.width, length, length * rng.uniform());
  const auto rows = blocks_of(image.height, length, length * rng.uniform());
  const std::size_t across = columns.back() + 1;
  std::vector<float> sums((rows.back() + 1) * across), counts(sums.size());
  for (std::size_t channel = 0; channel < image.channels; ++channel) {
    const std::span<float> plane = image.plane(channel);
    std::ranges::fill(sums, 0.0F);
    std::ranges::fill(counts, 0.0F);
    for (std::size_t y = 0; y < image.height; ++y) {
      for (std::size_t x = 0; x < image.width; ++x) {
        sums[rows[y] * across + columns[x]] += plane[y * image.width + x];
        counts[rows[y] * across + columns[x]] += 1;
      }
    }
    for (std::size_t y = 0; y < image.height; ++y)
      for (std::size_t x = 0; x < image.width; ++x)
        plane[y * image.width + x] = sums[rows[y] * across + columns[x]] / counts[rows[y] * across + columns[x]];
  }
}

void low_pass(const Canvas& image, double severity, Rng& /*rng*/) {
  filter_planes(image, lanczos_kernel(between(0.15, 0.055, severity) / image.unit()));
}

void high_pass(const Canvas& image, double severity, Rng& /*rng*/) {
  const std::vector<float> kernel = gaussian_kernel(between(4, 0.6, severity) * image.unit());
  for (std::size_t channel = 0; channel < image.channels; ++channel) {
    const std::span<float> plane = image.plane(channel);
    std::vector<float> low(plane.begin(), plane.end());
    filter_separably(low, image.height, image.width, kernel, Edge::replicate);
    double mean = 0;
    for (const float value : plane) mean += static_cast<double>(value) / static_cast<double>(image.area());
    for (std::size_t i = 0; i < plane.size(); ++i) plane[i] += static_cast<float>(mean) - low[i];
  }
}

}  // namespace errata::image::primitives

// Corruptions of light: each pixel changes by its own value alone; `fog` adds a random landscape.

#include <bit>
#include <cmath>

#include "errata/image/corruption_primitives.h"

namespace errata::image::primitives {
namespace {

/// A plasma fractal [side, side] in [0, 1], edges joined (A. Fournier, D. Fussell, L. Carpenter, CACM 25 (1982),
/// 371–384; the diamond-square scheme). Each point is the mean of four known ones plus a uniform step, and the steps
/// shrink by `decay` from grid to grid. @param side  a power of 2
std::vector<float> plasma(std::size_t side, double decay, Rng& rng) {
  std::vector<float> land(side * side);
  const auto at = [&](std::size_t y, std::size_t x) -> float& {
    return land[(y & (side - 1)) * side + (x & (side - 1))];
  };
  double step = 1;
  for (std::size_t grid = side; grid > 1; grid /= 2, step /= decay) {
    const std::size_t half = grid / 2;
    const auto near_mean = [&](float sum) { return sum / 4 + static_cast<float>(step * (2 * rng.uniform() - 1)); };
    for (std::size_t y = 0; y < side; y += grid)
      for (std::size_t x = 0; x < side; x += grid)
        at(y + half, x + half) = near_mean(at(y, x) + at(y, x + grid) + at(y + grid, x) + at(y + grid, x + grid));
    for (std::size_t y = 0; y < side; y += half)
      for (std::size_t x = (y / half) % 2 == 0 ? half : 0; x < side; x += grid)
        at(y, x) = near_mean(at(y - half, x) + at(y + half, x) + at(y, x - half) + at(y, x + half));
  }
  const auto [low, high] = std::ranges::minmax(land);
  for (float& value : land) value = high > low ? (value - low) / (high - low) : 0;
  return land;
}

}  // namespace

void contrast(const Canvas& image, double severity, Rng& /*rng*/) {
  double mean = 0;
  for (const float value : image.pixels) mean += static_cast<double>(value) / static_cast<double>(image.pixels.size());
  const auto factor = static_cast<float>(between(0.4, 0.04, severity)), middle = static_cast<float>(mean);
  for (float& value : image.pixels) value = middle + factor * (value - middle);
}

void brightness(const Canvas& image, double severity, Rng& /*rng*/) {
  const auto more = static_cast<float>(between(0.2, 0.9, severity));
  for (float& value : image.pixels) value += more;
}

void fog(const Canvas& image, double severity, Rng& rng) {
  const auto thickness = static_cast<float>(between(0.4, 3, severity));
  const std::size_t side = std::bit_ceil(std::max(image.height, image.width));
  const std::vector<float> land = plasma(side, 1.8, rng);
  for (std::size_t channel = 0; channel < image.channels; ++channel)
    for (std::size_t y = 0; y < image.height; ++y)
      for (std::size_t x = 0; x < image.width; ++x) {
        float& value = image.plane(channel)[y * image.width + x];
        value = (value + thickness * land[y * side + x]) / (1 + thickness);
      }
}

void inversion(const Canvas& image, double severity, Rng& /*rng*/) {
  const auto white = static_cast<float>(between(0.5, 1, severity));
  for (float& value : image.pixels) value = white * (1 - value);
}

void gamma(const Canvas& image, double severity, Rng& rng) {
  const double doublings = between(1, 3.5, severity), power = std::exp2(rng.bernoulli(0.5) ? doublings : -doublings);
  for (float& value : image.pixels) value = static_cast<float>(std::pow(static_cast<double>(value), power));
}

}  // namespace errata::image::primitives

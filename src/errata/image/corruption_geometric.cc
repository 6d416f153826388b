// Corruptions that move pixels. All but `shift` are backward maps: for each pixel of the new image the place in the old
// image that it comes from, so that there are no holes, and the value there, linear between four pixels (warp in
// corruption_canvas.h). What comes from beyond the edge is zero, as in the source. Cost: one pass; `elastic` adds two
// separable filters of the displacements.

#include <array>
#include <cmath>
#include <numbers>

#include "errata/image/corruption_primitives.h"

namespace errata::image::primitives {
namespace {

/// New pixel at p, relative to the middle, comes from the middle plus [[xx, xy], [yx, yy]] p.
struct LinearMap {
  double xx = 1, xy = 0, yx = 0, yy = 1;
};

void warp_linearly(const Canvas& image, const LinearMap& map) {
  const double middle_x = image.middle_x(), middle_y = image.middle_y();
  warp(image, [&](std::size_t column, std::size_t row) {
    const double x = static_cast<double>(column) - middle_x, y = static_cast<double>(row) - middle_y;
    return Point{.x = middle_x + map.xx * x + map.xy * y, .y = middle_y + map.yx * x + map.yy * y};
  });
}

/// Counter-clockwise as one looks at it, rows running downwards.
void rotate_by(const Canvas& image, double degrees) {
  const double angle = degrees * std::numbers::pi / 180, cosine = std::cos(angle), sine = std::sin(angle);
  warp_linearly(image, {.xx = cosine, .xy = -sine, .yx = sine, .yy = cosine});
}

double rotation_degrees(double severity) { return between(20, 80, severity); }

double random_angle(Rng& rng) { return 2 * std::numbers::pi * rng.uniform(); }

/// A field [height, width] of uniform numbers in [−1, 1) smoothed by a Gaussian, edges joined.
std::vector<float> smooth_field(const Canvas& image, std::span<const float> kernel, Rng& rng) {
  std::vector<float> field(image.area());
  for (float& value : field) value = static_cast<float>(2 * rng.uniform() - 1);
  filter_separably(field, image.height, image.width, kernel, Edge::wrap);
  return field;
}

}  // namespace

void rotate(const Canvas& image, double severity, Rng& /*rng*/) { rotate_by(image, rotation_degrees(severity)); }

void rotate_back(const Canvas& image, double severity, Rng& /*rng*/) { rotate_by(image, -rotation_degrees(severity)); }

void shift(const Canvas& image, double severity, Rng& rng) {
  const auto steps = std::min<std::uint64_t>(3, 1 + static_cast<std::uint64_t>(3 * severity));
  const auto side = 2 * steps + 1;
  // One of the side² − 1 shifts that move something: the middle one is (0, 0).
  std::uint64_t drawn = rng.below(side * side - 1);
  if (drawn >= side * side / 2) ++drawn;
  const auto pixels = [&](std::uint64_t index) {
    return std::lround((static_cast<double>(index) - static_cast<double>(steps)) * image.unit());
  };
  const long right = pixels(drawn % side), down = pixels(drawn / side);
  const std::vector<float> old(image.pixels.begin(), image.pixels.end());
  const auto source = [](std::size_t to, long by, std::size_t size) {
    return static_cast<std::size_t>(std::clamp(static_cast<long>(to) - by, 0L, static_cast<long>(size) - 1));
  };
  for (std::size_t channel = 0; channel < image.channels; ++channel)
    for (std::size_t y = 0; y < image.height; ++y)
      for (std::size_t x = 0; x < image.width; ++x)
        image.plane(channel)[y * image.width + x] =
            old[channel * image.area() + source(y, down, image.height) * image.width + source(x, right, image.width)];
}

void shear(const Canvas& image, double severity, Rng& rng) {
  const double slope = between(0.4, 1.4, severity) * (rng.bernoulli(0.5) ? 1 : -1);
  warp_linearly(image, {.xy = slope});
}

void slope(const Canvas& image, double severity, Rng& rng) {
  const double slope = between(0.4, 1.4, severity) * (rng.bernoulli(0.5) ? 1 : -1);
  warp_linearly(image, {.yx = slope});
}

void stretch(const Canvas& image, double severity, Rng& rng) {
  const double angle = random_angle(rng), cosine = std::cos(angle), sine = std::sin(angle);
  const auto either = [&](double factor) { return rng.bernoulli(0.5) ? factor : 1 / factor; };
  const double along = either(between(1.2, 2.2, severity)), across = either(between(1, 1.5, severity));
  warp_linearly(image, {.xx = cosine * cosine * along + sine * sine * across,
                        .xy = cosine * sine * (along - across),
                        .yx = cosine * sine * (along - across),
                        .yy = sine * sine * along + cosine * cosine * across});
}

void mirror(const Canvas& image, double severity, Rng& rng) {
  const std::vector<float> old(image.pixels.begin(), image.pixels.end());
  warp_linearly(image, rng.bernoulli(0.5) ? LinearMap{.xx = -1} : LinearMap{.yy = -1});
  const auto weight = static_cast<float>(between(0.5, 1, severity));
  for (std::size_t i = 0; i < old.size(); ++i) image.pixels[i] = weight * image.pixels[i] + (1 - weight) * old[i];
}

void scale(const Canvas& image, double severity, Rng& rng) {
  const double factor = rng.bernoulli(0.5) ? between(0.7, 0.3, severity) : between(1.4, 2.4, severity);
  warp_linearly(image, {.xx = 1 / factor, .yy = 1 / factor});
}

void elastic(const Canvas& image, double severity, Rng& rng) {
  const double sigma = 4 * image.unit(), alpha = between(17, 51, severity) * image.unit() * image.unit();
  const std::vector<float> kernel = gaussian_kernel(sigma);
  const std::vector<float> right = smooth_field(image, kernel, rng), down = smooth_field(image, kernel, rng);
  warp(image, [&](std::size_t x, std::size_t y) {
    const std::size_t at = y * image.width + x;
    return Point{.x = static_cast<double>(x) + alpha * static_cast<double>(right[at]),
                 .y = static_cast<double>(y) + alpha * static_cast<double>(down[at])};
  });
}

void wave(const Canvas& image, double severity, Rng& rng) {
  const double height = between(0.8, 2.4, severity) * image.unit();
  const double frequency = 2 * std::numbers::pi / ((12 + 8 * rng.uniform()) * image.unit());
  const double phase_x = random_angle(rng), phase_y = random_angle(rng);
  std::vector<double> right(image.height), down(image.width);
  for (std::size_t y = 0; y < image.height; ++y)
    right[y] = height * std::sin(frequency * static_cast<double>(y) + phase_x);
  for (std::size_t x = 0; x < image.width; ++x)
    down[x] = height * std::sin(frequency * static_cast<double>(x) + phase_y);
  warp(image, [&](std::size_t x, std::size_t y) {
    return Point{.x = static_cast<double>(x) + right[y], .y = static_cast<double>(y) + down[x]};
  });
}

void perspective(const Canvas& image, double severity, Rng& rng) {
  const double tilt = between(40, 70, severity) * std::numbers::pi / 180, direction = random_angle(rng);
  const double cosine = std::cos(tilt), sine = std::sin(tilt);
  const double along_x = std::cos(direction), along_y = std::sin(direction);
  const auto distance = static_cast<double>(image.height);
  warp(image, [&](std::size_t column, std::size_t row) {
    const double x = static_cast<double>(column) - image.middle_x(), y = static_cast<double>(row) - image.middle_y();
    const double across = x * along_x + y * along_y, beside = y * along_x - x * along_y;
    const double depth = distance * cosine - across * sine;
    if (depth <= 0) return Point{.x = -1, .y = -1};  // beyond the horizon
    const double t = across * distance / depth, s = beside * (distance + t * sine) / distance;
    return Point{.x = image.middle_x() + t * along_x - s * along_y, .y = image.middle_y() + t * along_y + s * along_x};
  });
}

}  // namespace errata::image::primitives

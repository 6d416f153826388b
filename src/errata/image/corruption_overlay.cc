// Corruptions that lay something over the image. Lines are drawn by distance: a pixel within half the width of the line
// is white, and fades over the last pixel, so that nothing is jagged. All channels get the same.

#include <cmath>
#include <numbers>
#include <utility>

#include "errata/image/corruption_primitives.h"

namespace errata::image::primitives {
namespace {

/// Where a straight line leads across the image.
struct Track {
  Point start;
  double along_x = 1, along_y = 0, length = 0;
  [[nodiscard]] Point at(double along, double aside) const {
    return {.x = start.x + along * along_x - aside * along_y, .y = start.y + along * along_y + aside * along_x};
  }
};

/// A track of random direction that passes within a quarter of the height of the middle, and out on both sides.
Track random_track(const Canvas& image, Rng& rng) {
  const double angle = 2 * std::numbers::pi * rng.uniform();
  const double aside = (rng.uniform() - 0.5) * static_cast<double>(image.height) / 2;
  Track track{.along_x = std::cos(angle), .along_y = std::sin(angle)};
  track.length = std::hypot(static_cast<double>(image.height), static_cast<double>(image.width));
  track.start = {.x = image.middle_x(), .y = image.middle_y()};
  track.start = track.at(-track.length / 2, aside);
  return track;
}

double distance_to_segment(Point p, Point a, Point b) {
  const double x = b.x - a.x, y = b.y - a.y, squared = x * x + y * y;
  const double t = squared > 0 ? std::clamp(((p.x - a.x) * x + (p.y - a.y) * y) / squared, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * x, p.y - a.y - t * y);
}

/// Pixels from first to last of `size` that a stretch [low, high] touches; empty (first > last) when it is outside.
struct Stretch {
  long first = 0, last = -1;
};
Stretch stretch(double low, double high, std::size_t size) {
  const auto end = static_cast<double>(size) - 1;
  if (high < 0 || low > end) return {};
  return {.first = static_cast<long>(std::max(0.0, std::floor(low))),
          .last = static_cast<long>(std::min(end, std::ceil(high)))};
}

/// A white line from a to b, `width` wide, round at its ends.
void draw_segment(const Canvas& image, Point a, Point b, double width) {
  const double reach = width / 2 + 0.5;
  const Stretch rows = stretch(std::min(a.y, b.y) - reach, std::max(a.y, b.y) + reach, image.height);
  const Stretch columns = stretch(std::min(a.x, b.x) - reach, std::max(a.x, b.x) + reach, image.width);
  for (long y = rows.first; y <= rows.last; ++y) {
    for (long x = columns.first; x <= columns.last; ++x) {
      const Point pixel{.x = static_cast<double>(x), .y = static_cast<double>(y)};
      const auto white = static_cast<float>(std::clamp(reach - distance_to_segment(pixel, a, b), 0.0, 1.0));
      const auto at = static_cast<std::size_t>(y) * image.width + static_cast<std::size_t>(x);
      for (std::size_t channel = 0; channel < image.channels; ++channel) {
        float& value = image.plane(channel)[at];
        value = std::max(value, white);
      }
    }
  }
}

/// 1 … most, growing with the severity in equal steps.
std::size_t lines_at(double severity, std::size_t most) {
  return std::min(most, 1 + static_cast<std::size_t>(severity * static_cast<double>(most)));
}

}  // namespace

void occlude(const Canvas& image, double severity, Rng& rng) {
  const double half = std::min(17.0, std::floor(between(6, 18, severity)));
  const auto reach = std::lround(half * image.unit());
  const auto middle_x = static_cast<long>(rng.below(image.width)),
             middle_y = static_cast<long>(rng.below(image.height));
  const auto side = [&](long middle, std::size_t size) {
    const auto end = static_cast<long>(size);
    return Stretch{.first = std::max(0L, middle - reach), .last = std::min(end, middle + reach) - 1};
  };
  const Stretch rows = side(middle_y, image.height), columns = side(middle_x, image.width);
  for (std::size_t channel = 0; channel < image.channels; ++channel)
    for (long y = rows.first; y <= rows.last; ++y)
      for (long x = columns.first; x <= columns.last; ++x)
        image.plane(channel)[static_cast<std::size_t>(y) * image.width + static_cast<std::size_t>(x)] = 0;
}

void erase(const Canvas& image, double severity, Rng& rng) {
  const double side = between(5, 16, severity), shape = std::exp2(rng.uniform() - 0.5);  // height over width, its root
  const auto part = [&](double length, std::size_t size) {
    const auto taken = std::min(size, static_cast<std::size_t>(std::lround(length * image.unit())));
    const std::size_t first = rng.below(size - taken + 1);
    return std::pair(first, first + taken);
  };
  const auto rows = part(side * shape, image.height), columns = part(side / shape, image.width);
  const bool noisy = rng.bernoulli(0.5);
  const auto grey = static_cast<float>(rng.uniform());
  for (std::size_t channel = 0; channel < image.channels; ++channel)
    for (std::size_t y = rows.first; y < rows.second; ++y)
      for (std::size_t x = columns.first; x < columns.second; ++x)
        image.plane(channel)[y * image.width + x] = noisy ? static_cast<float>(rng.uniform()) : grey;
}

void stripe(const Canvas& image, double severity, Rng& rng) {
  const double width = between(1.5, 14, severity) * image.unit();
  const double middle = image.middle_x() + (2 * rng.uniform() - 1) * 3 * image.unit();
  for (std::size_t channel = 0; channel < image.channels; ++channel)
    for (std::size_t y = 0; y < image.height; ++y)
      for (std::size_t x = 0; x < image.width; ++x) {
        float& value = image.plane(channel)[y * image.width + x];
        if (std::abs(static_cast<double>(x) - middle) <= width / 2) value = 1 - value;
      }
}

void spatter(const Canvas& image, double severity, Rng& rng) {
  const double covered = between(0.04, 0.35, severity);
  std::vector<float> liquid(image.area());
  for (float& value : liquid) value = static_cast<float>(rng.normal());
  filter_separably(liquid, image.height, image.width, gaussian_kernel(1.3 * image.unit()), Edge::wrap);
  std::vector<float> sorted = liquid;
  const auto quantile = [&](double share) {
    return sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  };
  std::ranges::sort(sorted);
  // Drops fade out over the heights of a twentieth of all pixels.
  const float high = *quantile(1 - covered), low = *quantile(0.95 - covered);
  for (std::size_t channel = 0; channel < image.channels; ++channel) {
    const std::span<float> plane = image.plane(channel);
    for (std::size_t i = 0; i < plane.size(); ++i) {
      const float drop = high > low ? in_range((liquid[i] - low) / (high - low)) : static_cast<float>(liquid[i] > high);
      plane[i] += drop * (1 - plane[i]);
    }
  }
}

void zigzag(const Canvas& image, double severity, Rng& rng) {
  const double width = between(1, 2.2, severity) * image.unit();
  for (std::size_t line = 0; line < lines_at(severity, 3); ++line) {
    const Track track = random_track(image, rng);
    const double step = between(3, 5, rng.uniform()) * image.unit(),
                 aside = between(2, 5, rng.uniform()) * image.unit();
    double side = 1;
    for (double along = 0; along < track.length; along += step, side = -side)
      draw_segment(image, track.at(along, side * aside), track.at(along + step, -side * aside), width);
  }
}

void dotted_line(const Canvas& image, double severity, Rng& rng) {
  const double width = between(1.2, 2.4, severity) * image.unit(), step = 3.5 * image.unit();
  for (std::size_t line = 0; line < lines_at(severity, 5); ++line) {
    const Track track = random_track(image, rng);
    for (double along = step * rng.uniform(); along < track.length; along += step)
      draw_segment(image, track.at(along, 0), track.at(along, 0), width);
  }
}

}  // namespace errata::image::primitives

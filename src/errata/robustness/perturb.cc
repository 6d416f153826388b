#include "errata/robustness/perturb.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/corruption_canvas.h"

namespace errata::robustness {
namespace {

using image::Corruption;

constexpr std::array kDefaultCorruptions{Corruption::noise,         Corruption::salt_and_pepper, Corruption::speckle,
                                         Corruption::gaussian_blur, Corruption::motion_blur,     Corruption::pixelate,
                                         Corruption::jpeg,          Corruption::contrast,        Corruption::brightness,
                                         Corruption::fog,           Corruption::elastic,         Corruption::spatter};

/// The image turned by an angle, enlarged about its middle, and moved.
struct Motion {
  double angle = 0, scale = 1, right = 0, down = 0;
};

void move(const Motion& motion, image::ImageSize size, std::span<float> pixels) {
  const image::Canvas canvas{.pixels = pixels, .channels = size.channels, .height = size.height, .width = size.width};
  const double cosine = std::cos(motion.angle) / motion.scale, sine = std::sin(motion.angle) / motion.scale;
  image::warp(canvas, [&](std::size_t column, std::size_t row) {
    const double x = static_cast<double>(column) - canvas.middle_x() - motion.right;
    const double y = static_cast<double>(row) - canvas.middle_y() - motion.down;
    return image::Point{.x = canvas.middle_x() + cosine * x - sine * y, .y = canvas.middle_y() + sine * x + cosine * y};
  });
}

}  // namespace

void corrupt_by(Corruption corruption, double strength, image::ImageSize size, std::span<float> pixels, Rng& rng) {
  ERRATA_CHECK(strength >= 0 && strength <= 2);
  if (strength == 0) return;
  const std::vector<float> clean(pixels.begin(), pixels.end());
  image::corrupt(corruption, strength <= 1 ? 0 : strength - 1, size, pixels, rng);
  if (strength >= 1) return;
  const auto weight = static_cast<float>(strength);
  for (std::size_t i = 0; i < clean.size(); ++i) pixels[i] = clean[i] + weight * (pixels[i] - clean[i]);
}

std::span<const Corruption> default_corruptions() { return kDefaultCorruptions; }

std::string_view name_of(Perturbation perturbation) {
  switch (perturbation) {
    case Perturbation::noise: return "noise";
    case Perturbation::motion_blur: return "motion_blur";
    case Perturbation::brightness: return "brightness";
    case Perturbation::translate: return "translate";
    case Perturbation::rotate: return "rotate";
    case Perturbation::scale: break;
  }
  return "scale";
}

void perturb(Perturbation perturbation, double progress, image::ImageSize size, std::span<float> pixels, Rng& rng) {
  constexpr double kNoise = 2.0 / 3, kFarthest = 0.1, kLargestAngle = std::numbers::pi / 12, kLargest = 0.2;
  ERRATA_CHECK(progress >= 0 && progress <= 1);
  if (progress == 0) return;
  switch (perturbation) {
    case Perturbation::noise: return corrupt_by(Corruption::noise, kNoise * progress, size, pixels, rng);
    case Perturbation::motion_blur: return corrupt_by(Corruption::motion_blur, progress, size, pixels, rng);
    case Perturbation::brightness: return corrupt_by(Corruption::brightness, progress, size, pixels, rng);
    case Perturbation::translate: {
      const double way = 2 * std::numbers::pi * rng.uniform();
      const double far = kFarthest * progress * static_cast<double>(size.height);
      return move({.right = far * std::cos(way), .down = far * std::sin(way)}, size, pixels);
    }
    case Perturbation::rotate:
      return move({.angle = (rng.bernoulli(0.5) ? 1 : -1) * kLargestAngle * progress}, size, pixels);
    case Perturbation::scale: return move({.scale = 1 + kLargest * progress}, size, pixels);
  }
}

}  // namespace errata::robustness

// Corruptions that draw anew for each pixel and channel.

#include "errata/image/corruption_primitives.h"

namespace errata::image::primitives {

void noise(const Canvas& image, double severity, Rng& rng) {
  const double sigma = between(0.3, 0.8, severity);
  for (float& value : image.pixels) value += static_cast<float>(sigma * rng.normal());
}

void salt_and_pepper(const Canvas& image, double severity, Rng& rng) {
  const double share = between(0.05, 0.55, severity);
  for (float& value : image.pixels) {
    const double drawn = rng.uniform();
    if (drawn < share) value = drawn < share / 2 ? 0.0F : 1.0F;
  }
}

void speckle(const Canvas& image, double severity, Rng& rng) {
  const double sigma = between(0.6, 4, severity);
  for (float& value : image.pixels) value += value * static_cast<float>(sigma * rng.normal());
}

}  // namespace errata::image::primitives

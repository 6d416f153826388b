#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "errata/base/rng.h"
#include "errata/image/corruption.h"

namespace errata::robustness {

/// The five levels of severity as strengths of corrupt_by(). Errata's corruptions begin where those of ImageNet-C are
/// in the middle, so the first two levels are milder than any of theirs.
inline constexpr std::array kLevels{1.0 / 3, 2.0 / 3, 1.0, 1.25, 1.5};

/// A corruption of any strength, from nothing on. Up to 1 the mildest one is laid over the image with that weight;
/// above it is the corruption of severity strength − 1. The same draw of `rng` gives the same corruption, only
/// stronger.
/// @param strength  in [0, 2]  @param pixels  [channels · height · width] in [0, 1]; stays there
void corrupt_by(image::Corruption corruption, double strength, image::ImageSize size, std::span<float> pixels,
                Rng& rng);

/// Corruptions that leave a picture what it is: those of ImageNet-C and its extra ones that Errata has.
[[nodiscard]] std::span<const image::Corruption> default_corruptions();

/// What changes little by little in a sequence, as in ImageNet-P.
enum class Perturbation : std::uint8_t {
  noise,        ///< one pattern, sigma 0 → 0.2
  motion_blur,  ///< along a line, up to the weight of 5 px
  brightness,   ///< brighter by 0 → 0.2
  translate,    ///< moved by 0 → 10% of the height, any way
  rotate,       ///< turned by 0° → 15°, either way
  scale,        ///< enlarged to 1 → 1.2
};
inline constexpr std::array kPerturbations{Perturbation::noise,     Perturbation::motion_blur, Perturbation::brightness,
                                           Perturbation::translate, Perturbation::rotate,      Perturbation::scale};
[[nodiscard]] std::string_view name_of(Perturbation perturbation);

/// @param progress  in [0, 1]: 0 leaves the image as it is  @param rng  the same for every frame of a sequence
void perturb(Perturbation perturbation, double progress, image::ImageSize size, std::span<float> pixels, Rng& rng);

}  // namespace errata::robustness

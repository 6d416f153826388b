#pragma once

#include "errata/base/rng.h"
#include "errata/image/corruption_canvas.h"

/// One function a corruption; docs/methods/corruptions.md has the formula and the range of each.
/// @param severity  in [0, 1]; the image may leave [0, 1] by rounding only
namespace errata::image::primitives {

using Primitive = void(const Canvas& image, double severity, Rng& rng);

// corruption_geometric.cc
Primitive rotate, rotate_back, shift, shear, scale, elastic, wave, perspective, slope, stretch, mirror;
// corruption_blur.cc
Primitive gaussian_blur, motion_blur, pixelate, low_pass, high_pass;
// corruption_jpeg.cc
Primitive jpeg;
// corruption_light.cc
Primitive contrast, brightness, fog, inversion, gamma;
// corruption_noise.cc
Primitive noise, salt_and_pepper, speckle;
// corruption_overlay.cc
Primitive occlude, erase, stripe, spatter, zigzag, dotted_line;

}  // namespace errata::image::primitives

#pragma once

#include <cstddef>
#include <span>

#include "errata/base/rng.h"
#include "errata/nn/image_model.h"

namespace errata::nn {

/// How an image is shown that is shown again: elsewhere, and mirrored.
struct ImageMoves {
  std::size_t most = 0;  ///< pixels that it is moved by at most, each way, up or down and left or right
  bool mirror = false;   ///< every second time, by a coin, left for right

  [[nodiscard]] bool any() const { return most > 0 || mirror; }
};

/// How the residual network sees its training images.
inline constexpr ImageMoves kResidualMoves{.most = 4, .mirror = true};

/// Copies an image as a draw of these moves shows it. Cost: O(pixels).
/// @param from, to  [shape.size()], not the same place  @param fill  where nothing of the image is left
void move_image(std::span<const float> from, ImageShape shape, ImageMoves moves, float fill, Rng& rng,
                std::span<float> to);

}  // namespace errata::nn

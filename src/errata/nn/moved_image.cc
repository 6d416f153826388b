#include "errata/nn/moved_image.h"

#include <cstdint>

#include "errata/nn/signed_size.h"

namespace errata::nn {

void move_image(std::span<const float> from, ImageShape shape, ImageMoves moves, float fill, Rng& rng,
                std::span<float> to) {
  const auto height = signed_size(shape.height), width = signed_size(shape.width), most = signed_size(moves.most);
  const auto drawn = [&] { return signed_size(rng.below(2 * moves.most + 1)) - most; };
  const std::int64_t down = drawn(), right = drawn();
  const bool mirrored = moves.mirror && rng.bernoulli(0.5);
  for (std::size_t c = 0; c < shape.channels; ++c)
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t row = y - down, column = (mirrored ? width - 1 - x : x) - right;
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        const auto at = [&](std::int64_t r, std::int64_t s) {
          return static_cast<std::size_t>((signed_size(c) * height + r) * width + s);
        };
        to[at(y, x)] = inside ? from[at(row, column)] : fill;
      }
}

}  // namespace errata::nn

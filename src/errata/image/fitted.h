#pragma once

#include <cstddef>

#include "errata/image/picture.h"

namespace errata::image {

/// The picture made smaller, so that neither side is longer than `side` pixels: each pixel the mean of the area that it
/// stands for. A picture that fits stays as it is.
/// @param picture  at least one pixel  @param side  >= 1
[[nodiscard]] Picture fitted(const Picture& picture, std::size_t side);

}  // namespace errata::image

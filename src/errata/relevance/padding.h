#pragma once

#include <cstdint>
#include <vector>

#include "errata/image/box.h"
#include "errata/image/picture.h"

namespace errata::relevance {

/// The image without the bars and frames around it: whole rows and columns at an edge whose values differ from each
/// other by at most 2/255, in each channel. The whole image where that leaves nothing.
[[nodiscard]] image::Box content_of(const image::Picture& picture);

/// Patches that lie in padding altogether. @return [patches] 1: padding
[[nodiscard]] std::vector<std::uint8_t> padding_of(const image::Picture& picture);

}  // namespace errata::relevance

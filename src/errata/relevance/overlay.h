#pragma once

#include "errata/image/picture.h"
#include "errata/relevance/allocator.h"

namespace errata::relevance {

/// The picture with its allocation: what is not funded is grey and dark; what is funded has its colours and a frame
/// from blue (the least tokens of any) to red (the most).
/// @param picture  1 or 3 channels, of the allocation's size  @return three channels
[[nodiscard]] image::Picture draw_overlay(const image::Picture& picture, const Allocation& allocation);

}  // namespace errata::relevance

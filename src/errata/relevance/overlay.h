#pragma once

#include <vector>

#include "errata/image/picture.h"
#include "errata/relevance/allocator.h"

namespace errata::relevance {

/// Where the budget of each position lies between the least and the most of any, in [0, 1]; ½ where all are alike.
[[nodiscard]] std::vector<double> budget_shares(const Allocation& allocation);

/// The picture with its allocation: what is not funded is grey and dark; what is funded has its colours and a frame
/// from blue (the least tokens of any) to red (the most).
/// @param picture  1 or 3 channels, of the allocation's size  @return three channels
[[nodiscard]] image::Picture draw_overlay(const image::Picture& picture, const Allocation& allocation);

}  // namespace errata::relevance

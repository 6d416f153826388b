#pragma once

#include <span>
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
/// Of several fixations: all that is funded, colours over them together, and the number of each, from 1, at the most
/// relevant patch of its own. What several have funded is drawn as the last had it.
/// @param fixations  at least one
[[nodiscard]] image::Picture draw_overlay(const image::Picture& picture, std::span<const Allocation> fixations);

}  // namespace errata::relevance

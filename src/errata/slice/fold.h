#pragma once

#include <vector>

#include "errata/slice/confirm.h"

namespace errata::slice {

/// Groups confirmed slices so that each hotspot says something that those before it do not.
/// Slices are taken by how much they explain (binomial deviance on the held-out part, largest first). A slice is folded
/// under the hotspot that it shares most cases with (Jaccard) when
///   - their cases are nearly equal (Jaccard >= near_equal), or
///   - it fails no more than other cases outside the hotspots so far, and among the cases of each hotspot that are in
///     no other no more than the rest of those (one-sided hypergeometric tests at 1%).
/// Otherwise it is a hotspot of its own. Nothing is dropped.
/// @param held_out  the cases of the held-out part
[[nodiscard]] std::vector<Hotspot> fold_redundant(const SearchInput& held_out, std::vector<TestedSlice> slices,
                                                  double near_equal);

}  // namespace errata::slice

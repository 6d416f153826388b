#pragma once

#include <vector>

#include "errata/slice/confirm.h"

namespace errata::slice {

/// log 0.01: what fails more than is expected beyond this is a finding of its own.
inline constexpr double kLogBeyond = -4.605170185988091;

/// Groups confirmed slices so that each hotspot says something that those before it do not.
/// The first is what explains most; each next is what explains most given which of those before it a case is in: the
/// observed against the expected failures, expected as if in each combination of them it failed like the other cases
/// there. A slice is folded under the hotspot that it shares most cases with (Jaccard) when
///   - their cases are nearly equal (Jaccard >= near_equal), or
///   - given which hotspots a case is in, it fails no more than other cases (stratified exact test, one-sided at 1%).
/// So what fails more than the rest of a hotspot around it is one of its own, unless others listed account for that.
/// Nothing is dropped.
/// @param held_out  the cases of the held-out part
[[nodiscard]] std::vector<Hotspot> fold_redundant(const SearchInput& held_out, std::vector<TestedSlice> slices,
                                                  double near_equal);

}  // namespace errata::slice

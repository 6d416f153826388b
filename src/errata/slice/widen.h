#pragma once

#include <vector>

#include "errata/slice/search.h"

namespace errata::slice {

/// Extends the ranges of a slice's ordered features to neighbouring bins, the best step first, for as long as the
/// slice explains more failures of the input (deviance rises). Missing values are never taken into a range; a predicate
/// that has come to hold for every value is dropped.
/// Cost: O(rows) a step tried; a step is tried at either end of each ordered predicate.
[[nodiscard]] std::vector<CodedPredicate> widen_ranges(const SearchInput& input, std::vector<CodedPredicate> where);

}  // namespace errata::slice

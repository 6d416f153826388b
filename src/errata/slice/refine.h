#pragma once

#include <vector>

#include "errata/slice/search.h"

namespace errata::slice {

/// Moves the ends of a slice's ranges on ordered features bin by bin, the best step first, for as long as the slice
/// explains more failures of the input (deviance rises). Missing values are never taken into a range; a predicate that
/// has come to hold for every value is dropped.
/// Cost: O(rows) a step tried; four steps are tried for each ordered predicate.
[[nodiscard]] std::vector<CodedPredicate> refine_ranges(const SearchInput& input, std::vector<CodedPredicate> where);

}  // namespace errata::slice

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "errata/slice/search.h"

namespace errata::slice {

/// Moves the ends of a slice's ranges on ordered features bin by bin, the best step first, for as long as the slice
/// explains more failures of the input (deviance rises). Missing values are never taken into a range; a predicate that
/// has come to hold for every value is dropped.
/// Cost: O(rows) a step tried; four steps are tried for each ordered predicate.
[[nodiscard]] std::vector<CodedPredicate> refine_ranges(const SearchInput& input, std::vector<CodedPredicate> where);

/// The range of neighbouring bins, of any width, of the one ordered feature that explains most failures of the input:
/// what a search over narrow ranges does not see when a level is raised only a little, but from here on.
/// Its score is the deviance less 2 ln(number of ranges), see SearchOptions::beyond_chance.
/// @return nothing where no range with at least `min_support` cases scores above 0
/// Cost: O(rows · ordered features + ranges).
[[nodiscard]] std::optional<Slice> best_range(const SearchInput& input, std::uint64_t min_support);

}  // namespace errata::slice

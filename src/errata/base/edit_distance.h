#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace errata {

/// Levenshtein distance: the fewest insertions, deletions and replacements of bytes that make `b` of `a`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// Sorts names by how likely they are meant: first those that contain the wanted one, or are at least half of it, then
/// all others, both by their edit distance; equals keep their order.
void sort_by_nearness(std::vector<std::string>& names, std::string_view wanted);

}  // namespace errata

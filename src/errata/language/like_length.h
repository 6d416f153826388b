#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <vector>

namespace errata::language {

/// Places of sequences that are read together, at most `together` at a time: those of like length, so that little
/// padding is read. @param length  of the sequence at a place
inline std::vector<std::vector<std::size_t>> of_like_length(std::size_t sequences,
                                                            const std::function<std::size_t(std::size_t)>& length,
                                                            std::size_t together) {
  std::vector<std::size_t> places(sequences);
  std::iota(places.begin(), places.end(), 0);
  std::ranges::stable_sort(places, {}, length);
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t first = 0; first < sequences; first += together) {
    const auto begin = places.begin() + static_cast<std::ptrdiff_t>(first);
    groups.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(std::min(together, sequences - first)));
  }
  return groups;
}

}  // namespace errata::language

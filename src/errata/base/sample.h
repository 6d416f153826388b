#pragma once

#include <cstddef>
#include <vector>

#include "errata/base/rng.h"

namespace errata {

/// So many positions in a sequence, ascending: one at random of each of as many stretches of equal length, and the same
/// ones every time.
/// @param size  at most `of`  Cost: O(size).
[[nodiscard]] inline std::vector<std::size_t> sample_positions(std::size_t of, std::size_t size) {
  Rng rng(of);
  std::vector<std::size_t> positions;
  positions.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t begin = i * of / size, end = (i + 1) * of / size;
    positions.push_back(begin + rng.below(end - begin));
  }
  return positions;
}

}  // namespace errata

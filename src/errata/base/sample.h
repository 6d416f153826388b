#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/base/rng.h"

namespace errata {

/// So many of the values, in their order, every choice of them equally likely, and the same every time.
/// @param size  at most values.size()  Cost: O(values).
template <typename T>
[[nodiscard]] std::vector<T> sample_of(std::span<const T> values, std::size_t size) {
  Rng rng(values.size());
  std::vector<T> sample;
  sample.reserve(size);
  for (std::size_t i = 0; sample.size() < size; ++i) {
    if (rng.below(values.size() - i) < size - sample.size()) sample.push_back(values[i]);
  }
  return sample;
}

}  // namespace errata

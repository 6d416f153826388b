#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/base/rng.h"

namespace errata {

/// So many of the values, in their order: one at random of each of as many stretches of equal length, and the same ones
/// every time.
/// @param size  at most values.size()  Cost: O(size).
template <typename T>
[[nodiscard]] std::vector<T> sample_of(std::span<const T> values, std::size_t size) {
  Rng rng(values.size());
  std::vector<T> sample;
  sample.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t begin = i * values.size() / size, end = (i + 1) * values.size() / size;
    sample.push_back(values[begin + rng.below(end - begin)]);
  }
  return sample;
}

}  // namespace errata

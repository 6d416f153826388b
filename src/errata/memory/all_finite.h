#pragma once

#include <algorithm>
#include <cmath>

namespace errata::memory {

/// Neither NaN nor infinity anywhere: what the numbers of a snapshot must be, or everything after them is NaN.
template <typename Range>
[[nodiscard]] bool all_finite(const Range& values) {
  return std::ranges::all_of(values, [](auto value) { return std::isfinite(value); });
}

}  // namespace errata::memory

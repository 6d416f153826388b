#pragma once

#include <limits>

namespace errata {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// In [0, 1]; a NaN is not.
[[nodiscard]] constexpr bool is_probability(double x) { return x >= 0 && x <= 1; }

}  // namespace errata

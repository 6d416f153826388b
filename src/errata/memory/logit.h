#pragma once

#include <algorithm>
#include <cmath>

namespace errata::memory {

/// The logistic function 1/(1 + e^−z).
[[nodiscard]] inline double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

/// log(p/(1 − p)) with p held within [floor, 1 − floor].
[[nodiscard]] inline double logit(double p, double floor = 1e-4) {
  const double held = std::clamp(p, floor, 1 - floor);
  return std::log(held / (1 - held));
}

}  // namespace errata::memory

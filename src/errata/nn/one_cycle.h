#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>

namespace errata::nn {

/// What the learning rate of a step is multiplied by: from 1/25 up to 1 over the first 30% of the steps, down to 1e-4
/// by the last, both as a cosine. @param step  from 0  @param steps  of the whole training
[[nodiscard]] inline double one_cycle(std::size_t step, std::size_t steps) {
  constexpr double kStart = 1.0 / 25, kEnd = 1e-4, kRise = 0.3;
  const auto cosine = [](double from, double to, double share) {
    return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * share));
  };
  const double at = steps == 1 ? 1.0 : static_cast<double>(step) / static_cast<double>(steps - 1);
  return at < kRise ? cosine(kStart, 1, at / kRise) : cosine(1, kEnd, (at - kRise) / (1 - kRise));
}

}  // namespace errata::nn

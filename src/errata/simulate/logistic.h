#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/matrix_view.h"

namespace errata::simulate {

struct LogisticModel {
  std::vector<double> weights;  ///< [width]
  double intercept = 0;
  /// P(label = 1). @param x  [width]
  [[nodiscard]] double probability(std::span<const float> x) const;
};

/// Logistic regression that minimises ‖w‖²/2 + Σ log(1 + exp(∓(w·x + b))); the intercept b is not penalised.
/// With labels of one class only the weights are 0 and the intercept is the log-odds of (ones + ½)/(n + 1).
/// @param x  [n, width] finite, width >= 1  @param labels  [n] 0/1
/// Cost: O(n width²) an iteration, about eight of them.
/// Reference: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning (2009), 4.4.
[[nodiscard]] LogisticModel fit_logistic(MatrixView<const float> x, std::span<const std::uint8_t> labels);

}  // namespace errata::simulate

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/matrix_view.h"

namespace errata::audit {

struct LogisticModel {
  double intercept = 0;
  std::vector<double> weights{};  ///< [d]

  [[nodiscard]] double log_odds(std::span<const double> features) const {
    double sum = intercept;
    for (std::size_t c = 0; c < weights.size(); ++c) sum += weights[c] * features[c];
    return sum;
  }
};

/// The minimum of mean_i [log(1 + e^{z_i}) − t_i z_i] + ½ ridge ‖w‖², z = w·x + intercept (which is not shrunk), by
/// Newton's method with halved steps.
/// @param features  [n, d] finite, of about unit size  @param targets  [n] in [0, 1], not all 0 or all 1
/// @param ridge     >= 0
/// Cost: O(n d²) a step, 5 to 10 steps.
/// Reference: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning (2009), 4.4.1.
[[nodiscard]] LogisticModel fit_logistic(MatrixView<const double> features, std::span<const double> targets,
                                         double ridge);

}  // namespace errata::audit

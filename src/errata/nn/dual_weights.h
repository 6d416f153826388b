#pragma once

#include <string>
#include <utility>
#include <vector>

#include "errata/nn/dual_encoder.h"
#include "errata/nn/dual_layers.h"

namespace errata::nn {

/// What copies of a dual encoder share.
struct DualEncoder::Weights {
  Weights(std::size_t words, std::vector<float> values, std::string about)
      : vocabulary(words), plan(words), parameters(std::move(values)), description(std::move(about)) {}

  std::size_t vocabulary;
  DualPlan plan;
  std::vector<float> parameters;  ///< [plan.count]
  std::string description;
};

}  // namespace errata::nn

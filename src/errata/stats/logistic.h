#pragma once

#include <algorithm>
#include <cmath>
#include <ranges>
#include <span>

namespace errata::stats {

/// The logistic function 1/(1 + e^−z).
[[nodiscard]] inline double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

/// log(p/(1 − p)): −∞ at 0 and ∞ at 1.
[[nodiscard]] inline double logit(double p) { return std::log(p / (1 - p)); }

/// The same with p held within [floor, 1 − floor].
[[nodiscard]] inline double held_logit(double p, double floor = 1e-4) { return logit(std::clamp(p, floor, 1 - floor)); }

/// log Σ e^z of a range of numbers, at least one, without overflow.
template <std::ranges::forward_range Numbers>
[[nodiscard]] double log_sum_exp(const Numbers& logits) {
  const auto top = static_cast<double>(*std::ranges::max_element(logits));
  double sum = 0;
  for (const auto z : logits) sum += std::exp(static_cast<double>(z) - top);
  return top + std::log(sum);
}

/// logits become e^z / Σ e^z, in place; at least one.
template <typename Number>
void softmax_in_place(std::span<Number> logits) {
  const Number top = *std::ranges::max_element(logits);
  double sum = 0;
  for (Number& z : logits) sum += static_cast<double>(z = std::exp(z - top));
  for (Number& z : logits) z = static_cast<Number>(static_cast<double>(z) / sum);
}

}  // namespace errata::stats

#include "errata/nn/adam.h"

#include <ATen/ATen.h>

#include <cmath>

#include "errata/base/error.h"
#include "errata/nn/wide.h"

namespace errata::nn {
namespace {

struct Factors {
  float kept;    ///< 1 − η λ
  float rate;    ///< η / (1 − β₁ᵗ)
  float spread;  ///< 1 / √(1 − β₂ᵗ)
};

Factors factors_of(const AdamStep& of) {
  const auto steps = static_cast<double>(of.step);
  return {
      .kept = static_cast<float>(1 - of.learning_rate * of.weight_decay),
      .rate = static_cast<float>(of.learning_rate / (1 - std::pow(AdamStep::kFirst, steps))),
      .spread = static_cast<float>(1 / std::sqrt(1 - std::pow(AdamStep::kSecond, steps))),
  };
}

std::span<float> values_of(const at::Tensor& tensor) {
  ERRATA_CHECK(tensor.is_contiguous());
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

ERRATA_WIDE void update_all(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v,
                            std::size_t size, Factors factors) {
  constexpr auto kFirst = static_cast<float>(1 - AdamStep::kFirst);
  constexpr auto kSecond = static_cast<float>(1 - AdamStep::kSecond);
  constexpr auto kEpsilon = static_cast<float>(AdamStep::kEpsilon);
  for (std::size_t i = 0; i < size; ++i) {
    m[i] += kFirst * (g[i] - m[i]);
    v[i] += kSecond * (g[i] * g[i] - v[i]);
    p[i] = factors.kept * p[i] - factors.rate * m[i] / (std::sqrt(v[i]) * factors.spread + kEpsilon);
  }
}

}  // namespace

void AdamStep::update(std::span<float> parameters, std::span<const float> gradients, std::span<float> first,
                      std::span<float> second) const {
  ERRATA_CHECK(gradients.size() == parameters.size() && first.size() == parameters.size() &&
               second.size() == parameters.size());
  const auto factors = factors_of(*this);
  update_all(parameters.data(), gradients.data(), first.data(), second.data(), parameters.size(), factors);
}

void AdamStep::update(const at::Tensor& parameters, const at::Tensor& gradients, const at::Tensor& first,
                      const at::Tensor& second) const {
  if (!parameters.is_cpu()) return update_by_operations(parameters, gradients, first, second);
  update(values_of(parameters), values_of(gradients), values_of(first), values_of(second));
}

void AdamStep::update_by_operations(const at::Tensor& parameters, const at::Tensor& gradients, const at::Tensor& first,
                                    const at::Tensor& second) const {
  const auto factors = factors_of(*this);
  first.lerp_(gradients, 1 - kFirst);
  second.mul_(kSecond).addcmul_(gradients, gradients, 1 - kSecond);
  if (weight_decay != 0) parameters.mul_(factors.kept);
  parameters.addcdiv_(first, second.sqrt().mul_(factors.spread).add_(kEpsilon), -factors.rate);
}

}  // namespace errata::nn

#pragma once

#include <cstddef>
#include <span>

namespace at {
class Tensor;
}

namespace errata::nn {

/// One step of Adam with decoupled weight decay:
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,
///     p ← (1 − η λ) p − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
/// with β₁ = .9, β₂ = .999, ε = 1e-8: what torch.optim.Adam and AdamW do.
/// References: D. P. Kingma, J. Ba, ICLR 2015; I. Loshchilov, F. Hutter, ICLR 2019.
struct AdamStep {
  double learning_rate = 1e-3;  ///< η
  double weight_decay = 0;      ///< λ
  std::size_t step = 1;         ///< t, from 1

  static constexpr double kFirst = 0.9, kSecond = 0.999, kEpsilon = 1e-8;

  /// On the CPU, in one pass over memory. @param parameters, gradients, first, second  p, g, m, v, of one length
  void update(std::span<float> parameters, std::span<const float> gradients, std::span<float> first,
              std::span<float> second) const;
  /// The same on tensors of one dimension: by the pass above where they lie together in the memory of the CPU, by
  /// tensor operations elsewhere.
  void update(const at::Tensor& parameters, const at::Tensor& gradients, const at::Tensor& first,
              const at::Tensor& second) const;
  /// By tensor operations wherever the tensors lie.
  void update_by_operations(const at::Tensor& parameters, const at::Tensor& gradients, const at::Tensor& first,
                            const at::Tensor& second) const;
};

}  // namespace errata::nn

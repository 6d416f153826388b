#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/nn/archive.h"

namespace errata::nn {

/// How unlike a case is to those that are known. A model knows the kinds of input that it was trained on; input of no
/// such kind (a letter shown to a model of digits) can look certain to it. With x what the model makes of a case, μ_c
/// the mean of known cases of class c, and Σ their covariance about these means:
///     d² = (x − μ_c)ᵀ Σ⁻¹ (x − μ_c).
/// Σ is shrunk, (1 − ρ) S + ρ (tr S / w) I with ρ = w / (w + n), for n cases of width w. Classes that no such case has
/// are compared with the mean of all.
/// Reference: K. Lee et al., A simple unified framework for detecting out-of-distribution samples, NeurIPS 2018.
class Typicality {
 public:
  /// @param inputs  [n, width] of cases that are known, n >= 2  @param predicted  [n] < classes
  /// Cost: O(n · width²)
  [[nodiscard]] static Typicality fit(MatrixView<const float> inputs, std::span<const std::uint32_t> predicted,
                                      std::size_t classes);

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::size_t classes() const { return means_.size() / width_; }
  /// d² of each case. @param inputs  [n, width()]  @param predicted  [n] < classes()
  [[nodiscard]] std::vector<double> distances(MatrixView<const float> inputs,
                                              std::span<const std::uint32_t> predicted) const;
  /// The least d² of each case, whatever its class. @param inputs  [n, width()]
  [[nodiscard]] std::vector<double> nearest_distances(MatrixView<const float> inputs) const;

  [[nodiscard]] std::vector<NamedTensor> tensors() const;
  /// @return data error for tensors that do not fit together
  [[nodiscard]] static Result<Typicality> of(const std::vector<NamedTensor>& tensors);

 private:
  Typicality() = default;
  std::size_t width_ = 0;
  std::vector<float> means_;      ///< [classes, width], whitened
  std::vector<float> whitening_;  ///< [width, width], L⁻¹ of Σ = L Lᵀ
};

/// The least limit that at most a share of the distances exceeds, and of one more drawn like them on average: the
/// ⌈(n + 1)(1 − share)⌉th smallest; infinite where there is no such.
[[nodiscard]] double distance_limit(std::vector<double> distances, double share);

}  // namespace errata::nn

#pragma once

#include <cstdint>
#include <memory>

#include "errata/base/error.h"
#include "errata/nn/pair_model.h"

namespace at {
class Tensor;
}

namespace errata::nn {

/// What PairModel runs: two graphs or a program.
class PairNetwork {
 public:
  PairNetwork() = default;
  PairNetwork(const PairNetwork&) = delete;
  PairNetwork& operator=(const PairNetwork&) = delete;
  virtual ~PairNetwork() = default;

  /// What it takes; rows and columns do not count.
  [[nodiscard]] virtual PairSizes sizes() const = 0;
  [[nodiscard]] virtual bool is_shareable() const = 0;
  /// The vector of a text, float [d]; not defined where relate() reads the tokens.
  /// @param tokens, mask  int64 [1, length]
  /// May throw what libtorch throws, as relate() may.
  [[nodiscard]] virtual Result<at::Tensor> read(const at::Tensor& tokens, const at::Tensor& mask) const = 0;
  /// Cosines of images and a text, float [n] or [n, parts]. @param images  float [n, 3, h, w]
  [[nodiscard]] virtual Result<at::Tensor> relate(const at::Tensor& images, const PairText& text) const = 0;
};

/// Cosines along the last dimension, 0 where a vector has no length.
/// @param vectors  float [n, d] or [n, parts, d]  @param text  [d]
[[nodiscard]] at::Tensor cosines_with(const at::Tensor& vectors, std::span<const float> text);

[[nodiscard]] Result<std::unique_ptr<PairNetwork>> open_onnx_pair(const PairFiles& files);
[[nodiscard]] Result<std::unique_ptr<PairNetwork>> open_torchscript_pair(const PairFiles& files);

}  // namespace errata::nn

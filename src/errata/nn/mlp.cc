/// Problem: score a million latents a second, and also one latent in microseconds.
///
/// Many cases are cut into shards of rows. A shard goes through all layers while it lies in the cache, each layer one
/// matrix product of the linear-algebra library with the bias as the matrix it adds to, and ReLU in place. Shards run
/// side by side on the module's threads. They are cut by a fixed number of rows, so a result does not depend on
/// threads.
///
/// One case is a product of a matrix and a vector: the library's preparation would cost more than the product, so it is
/// a loop of our own that reads each weight once, four rows at a time to keep several sums going.

#include "errata/nn/mlp.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"
#include "errata/nn/wide.h"

namespace errata::nn {
namespace {

constexpr std::size_t kRowShard = 512;  ///< rows

/// A tensor over memory that others own and that is only read.
at::Tensor tensor_over(std::span<const float> values, std::size_t rows, std::size_t cols) {
  return at::from_blob(const_cast<float*>(values.data()), {signed_size(rows), signed_size(cols)});
}

at::Tensor weights_of(const DenseLayer& layer) { return tensor_over(layer.weights, layer.outputs, layer.inputs); }

at::Tensor biases_of(const DenseLayer& layer) {
  return at::from_blob(const_cast<float*>(layer.biases.data()), {signed_size(layer.outputs)});
}

constexpr std::size_t kLanes = 16;

/// y[r] = b[r] + Σ_c w[r, c] x[c] for four rows of weights.
ERRATA_WIDE void four_products(const float* __restrict w, const float* __restrict x, const float* __restrict b,
                               float* __restrict y, std::size_t cols) {
  std::array<std::array<float, kLanes>, 4> sums{};
  std::size_t c = 0;
  for (; c + kLanes <= cols; c += kLanes)
    for (std::size_t r = 0; r < 4; ++r)
      for (std::size_t lane = 0; lane < kLanes; ++lane) sums[r][lane] += w[r * cols + c + lane] * x[c + lane];
  for (std::size_t r = 0; r < 4; ++r) {
    float sum = b[r];
    for (std::size_t rest = c; rest < cols; ++rest) sum += w[r * cols + rest] * x[rest];
    for (std::size_t half = kLanes / 2; half > 0; half /= 2)
      for (std::size_t lane = 0; lane < half; ++lane) sums[r][lane] += sums[r][lane + half];
    y[r] = sum + sums[r][0];
  }
}

ERRATA_WIDE void one_product(const float* __restrict w, const float* __restrict x, const float* __restrict b,
                             float* __restrict y, std::size_t cols) {
  std::array<float, kLanes> sums{};
  std::size_t c = 0;
  for (; c + kLanes <= cols; c += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += w[c + lane] * x[c + lane];
  float sum = *b;
  for (; c < cols; ++c) sum += w[c] * x[c];
  for (const float lane : sums) sum += lane;
  *y = sum;
}

void apply(const DenseLayer& layer, std::span<const float> input, std::span<float> output) {
  std::size_t row = 0;
  for (; row + 4 <= layer.outputs; row += 4)
    four_products(&layer.weights[row * layer.inputs], input.data(), &layer.biases[row], &output[row], layer.inputs);
  for (; row < layer.outputs; ++row)
    one_product(&layer.weights[row * layer.inputs], input.data(), &layer.biases[row], &output[row], layer.inputs);
}

/// Calls body(first row, rows) for every shard of n rows, on the module's threads and without keeping gradients.
void for_each_rows(std::size_t n, const std::function<void(std::size_t first, std::size_t rows)>& body) {
  for_each_shard((n + kRowShard - 1) / kRowShard, [&](std::size_t shard) {
    const c10::InferenceMode no_gradients;
    const std::size_t first = shard * kRowShard;
    body(first, std::min(kRowShard, n - first));
  });
}

}  // namespace

Result<Mlp> Mlp::of(std::vector<DenseLayer> layers) {
  if (layers.empty()) return invalid_argument("a network needs at least one layer");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& layer = layers[i];
    if (layer.inputs == 0 || layer.outputs == 0 || layer.weights.size() != layer.inputs * layer.outputs ||
        layer.biases.size() != layer.outputs)
      return invalid_argument(fmt::format("layer {}: {} weights and {} biases do not make {} inputs and {} outputs", i,
                                          layer.weights.size(), layer.biases.size(), layer.inputs, layer.outputs));
    if (i > 0 && layers[i - 1].outputs != layer.inputs)
      return invalid_argument(fmt::format("layer {} takes {} inputs, but the layer before it gives {}", i, layer.inputs,
                                          layers[i - 1].outputs));
  }
  return Mlp(std::move(layers));
}

std::vector<float> Mlp::outputs(MatrixView<const float> inputs) const {
  ERRATA_CHECK(inputs.rows() == 0 || inputs.cols() == this->inputs());
  std::vector<float> result(inputs.rows() * width());
  for_each_rows(inputs.rows(), [&](std::size_t first, std::size_t rows) {
    at::Tensor x = tensor_over(inputs.row(first), rows, inputs.cols());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const bool last = i + 1 == layers_.size();
      at::Tensor y = last ? tensor_over(std::span(result).subspan(first * width()), rows, width())
                          : at::empty({signed_size(rows), signed_size(layers_[i].outputs)});
      at::addmm_out(y, biases_of(layers_[i]), x, weights_of(layers_[i]).t());
      if (!last) y.relu_();
      x = y;
    }
  });
  return result;
}

void Mlp::output_of(std::span<const float> input, std::span<float> output) const {
  ERRATA_CHECK(input.size() == inputs() && output.size() == width());
  thread_local std::vector<float> from;
  thread_local std::vector<float> to;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const bool last = i + 1 == layers_.size();
    if (!last) to.resize(layers_[i].outputs);
    apply(layers_[i], i == 0 ? input : std::span<const float>(from), last ? output : std::span<float>(to));
    if (last) return;
    for (float& value : to) value = value < 0 ? 0 : value;
    std::swap(from, to);
  }
}

std::vector<float> Mlp::input_gradients(MatrixView<const float> inputs, MatrixView<const float> coefficients) const {
  ERRATA_CHECK(inputs.rows() == coefficients.rows());
  ERRATA_CHECK(inputs.rows() == 0 || (inputs.cols() == this->inputs() && coefficients.cols() == width()));
  std::vector<float> result(inputs.rows() * this->inputs());
  for_each_rows(inputs.rows(), [&](std::size_t first, std::size_t rows) {
    std::vector<at::Tensor> seen{tensor_over(inputs.row(first), rows, inputs.cols())};  // what each layer takes
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i)
      seen.push_back(at::addmm(biases_of(layers_[i]), seen.back(), weights_of(layers_[i]).t()).relu_());
    at::Tensor gradient = tensor_over(coefficients.row(first), rows, width());
    for (std::size_t i = layers_.size(); i-- > 0;) {
      gradient = at::mm(gradient, weights_of(layers_[i]));
      if (i > 0) gradient = at::threshold_backward(gradient, seen[i], 0);
    }
    tensor_over(std::span(result).subspan(first * this->inputs()), rows, this->inputs()).copy_(gradient);
  });
  return result;
}

}  // namespace errata::nn

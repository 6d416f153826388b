#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/nn/runtime.h"

namespace errata::nn {

/// Dense layers with ReLU between them: inputs → hidden… → outputs, with dropout after each hidden layer in training.
struct MlpShape {
  std::size_t inputs = 0;                    ///< >= 1
  std::vector<std::size_t> hidden{128, 64};  ///< widths, each >= 1; none: a linear model
  std::size_t outputs = 1;                   ///< >= 1
  double dropout = 0.1;                      ///< in [0, 1)
};

enum class Loss : std::uint8_t {
  logistic,       ///< one output, target 0/1: log(1 + e^z) − t z
  cross_entropy,  ///< outputs = classes, target a class: −log softmax(z)_t
};

enum class Schedule : std::uint8_t {
  constant,
  one_cycle,  ///< from 1/25 up to learning_rate over the first 30% of the steps, down to 1e-4 of it by the last, both
              ///< as a cosine
};

struct TrainOptions {
  Loss loss = Loss::logistic;
  std::size_t epochs = 6;       ///< >= 1
  std::size_t batch = 256;      ///< >= 1
  double learning_rate = 1e-3;  ///< > 0
  double weight_decay = 0;      ///< >= 0; decoupled (AdamW)
  Schedule schedule = Schedule::constant;
  std::uint64_t seed = 0;
  Device device{};
  const Cancellation* cancellation = nullptr;  ///< looked at before each batch; unwinds with Cancelled
  /// Written after each epoch; training goes on from it when it is there, and ends with the same bits.
  std::optional<std::filesystem::path> checkpoint{};
  /// Epochs done so far, mean loss of the last one; after the checkpoint is written. What it throws goes to the caller.
  std::function<void(std::size_t epoch, double loss)> on_epoch{};
};

/// One dense layer as it is stored: y = W x + b.
struct DenseLayer {
  std::size_t inputs = 0, outputs = 0;
  std::vector<float> weights;  ///< [outputs, inputs]
  std::vector<float> biases;   ///< [outputs]
};

/// A trained multi-layer perceptron. A value: scoring needs no training state and may run on any thread.
///     ERRATA_ASSIGN(const auto mlp, Mlp::train(latents, failed, {}, {.inputs = 224}, {.seed = 1}));
///     const std::vector<float> z = mlp.outputs(latents);
class Mlp {
 public:
  /// @param inputs   [n, shape.inputs] float32, finite  @param targets  [n] 0/1 or a class < shape.outputs
  /// @param weights  [n] >= 0, or empty for 1 each: weight of a case in the loss, as a multiple of their mean
  /// @return the network, or invalid_argument naming the option or shape that does not fit, or data when the loss
  ///     stopped being finite or the checkpoint is damaged or of another training (what differs is named)
  /// The same seed gives the same network on the same machine, on any number of threads.
  [[nodiscard]] static Result<Mlp> train(MatrixView<const float> inputs, std::span<const std::uint32_t> targets,
                                         std::span<const float> weights, const MlpShape& shape,
                                         const TrainOptions& options);
  /// A network of given layers. @return invalid_argument when widths do not follow on each other
  [[nodiscard]] static Result<Mlp> of(std::vector<DenseLayer> layers);

  [[nodiscard]] std::size_t inputs() const { return layers_.front().inputs; }
  [[nodiscard]] std::size_t width() const { return layers_.back().outputs; }
  [[nodiscard]] const std::vector<DenseLayer>& layers() const { return layers_; }

  /// The last layer's values (logits) of many cases. @param inputs  [n, inputs()]  @return [n, width()]
  /// Cost: matrix products of the linear-algebra library, on its threads.
  [[nodiscard]] std::vector<float> outputs(MatrixView<const float> inputs) const;
  /// Of one case, by vector instructions of our own, without the library's cost of a call: under 20 µs at 224-128-64-1.
  /// Equal to outputs() but for rounding.
  void output_of(std::span<const float> input, std::span<float> output) const;
  /// Gradient of Σ_j coefficients(i, j) · output_j(i) with respect to the inputs of each case, in evaluation mode.
  /// @param coefficients  [n, width()]  @return [n, inputs()]
  [[nodiscard]] std::vector<float> input_gradients(MatrixView<const float> inputs,
                                                   MatrixView<const float> coefficients) const;

 private:
  explicit Mlp(std::vector<DenseLayer> layers) : layers_(std::move(layers)) {}
  std::vector<DenseLayer> layers_;
};

}  // namespace errata::nn

/// Problem: train dense networks on hundreds of thousands of latents in seconds, with a result that depends on nothing
/// but data, options and seed, and that an interruption does not change.
///
/// A step has two phases, each a loop over tasks on the module's threads. First, shards of the batch's rows: gather,
/// forward, loss, and backward down to δ of every layer, where δ is the loss's gradient with respect to the layer's
/// output before ReLU. Second, blocks of rows of every weight matrix: the block's gradient δᵀ·input over the whole
/// batch, and its step of Adam while the gradient is in the cache. No sum is split between tasks, so the number of
/// threads changes nothing, and two waits a step replace those inside every operation.
///
/// With inverted dropout a unit's output is a = max(0, z) · mask, mask in {0, 1 / (1 − p)}. Where a > 0 both ReLU and
/// mask let the gradient through, elsewhere one of them stops it: the backward pass needs neither z nor the mask.
///
/// Randomness: initial weights, the order of cases in an epoch and the dropout of a unit are functions of the seed and
/// of epoch, step and place. A checkpoint needs no state of a generator.

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/nn/adam.h"
#include "errata/nn/dropout.h"
#include "errata/nn/mlp.h"
#include "errata/nn/one_cycle.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"
#include "errata/nn/training_checkpoint.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

constexpr std::size_t kBatchShard = 128;       ///< rows of a batch in a task
constexpr std::size_t kWeightRows = 64;        ///< rows of a weight matrix in a task
constexpr std::uint64_t kMlpWeightStream = 1;  ///< names of random streams
constexpr std::uint64_t kDropout = 2;
constexpr std::uint64_t kMlpEpochStream = 16;  ///< and on: the order of each epoch

Result<void> check_options(const MlpShape& shape, const TrainOptions& options) {
  if (shape.inputs == 0) return invalid_argument("a network needs at least one input");
  if (shape.outputs == 0) return invalid_argument("a network needs at least one output");
  if (std::ranges::find(shape.hidden, std::size_t{0}) != shape.hidden.end())
    return invalid_argument("a hidden layer has no units");
  if (!(shape.dropout >= 0 && shape.dropout < 1))
    return invalid_argument(fmt::format("dropout {} is not in [0, 1)", shape.dropout));
  if (options.loss == Loss::logistic && shape.outputs != 1)
    return invalid_argument(fmt::format("the logistic loss takes one output, not {}", shape.outputs));
  if (options.epochs == 0) return invalid_argument("training needs at least one epoch");
  if (options.batch == 0) return invalid_argument("a batch needs at least one case");
  if (!(options.learning_rate > 0 && std::isfinite(options.learning_rate)))
    return invalid_argument(fmt::format("learning rate {} is not above 0", options.learning_rate));
  if (!(options.weight_decay >= 0 && std::isfinite(options.weight_decay)))
    return invalid_argument(fmt::format("weight decay {} is not 0 or above", options.weight_decay));
  return {};
}

Result<void> check_cases(MatrixView<const float> inputs, std::span<const std::uint32_t> targets,
                         std::span<const float> weights, const MlpShape& shape, Loss loss) {
  if (inputs.rows() == 0) return invalid_argument("training needs at least one case");
  if (inputs.cols() != shape.inputs)
    return invalid_argument(fmt::format("cases have {} values, the network {} inputs", inputs.cols(), shape.inputs));
  if (targets.size() != inputs.rows())
    return invalid_argument(fmt::format("{} targets for {} cases", targets.size(), inputs.rows()));
  if (!weights.empty() && weights.size() != inputs.rows())
    return invalid_argument(fmt::format("{} weights for {} cases", weights.size(), inputs.rows()));
  const std::size_t classes = loss == Loss::logistic ? 2 : shape.outputs;
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (targets[i] >= classes)
      return invalid_argument(fmt::format("target {} of case {} is not below {}", targets[i], i, classes));
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0 && std::isfinite(weights[i])))
      return invalid_argument(fmt::format("weight {} of case {} is not 0 or above", weights[i], i));
    sum += static_cast<double>(weights[i]);
  }
  if (!weights.empty() && !(sum > 0)) return invalid_argument("all weights are 0");
  return {};
}

TrainingIdentity identity_of(MatrixView<const float> inputs, std::span<const std::uint32_t> targets,
                             std::span<const float> weights, const MlpShape& shape, const TrainOptions& options) {
  TrainingIdentity identity("multi-layer perceptron");
  identity.add("inputs", std::uint64_t{shape.inputs});
  identity.add("hidden layers", fmt::format("[{}]", fmt::join(shape.hidden, ", ")));
  identity.add("outputs", std::uint64_t{shape.outputs});
  identity.add("dropout", shape.dropout);
  identity.add("loss", options.loss == Loss::logistic ? "logistic" : "cross-entropy");
  identity.add("batch", std::uint64_t{options.batch});
  identity.add("learning rate", options.learning_rate);
  identity.add("weight decay", options.weight_decay);
  identity.add("schedule", options.schedule == Schedule::constant ? "constant" : "one-cycle");
  if (options.schedule != Schedule::constant) identity.add("number of epochs", std::uint64_t{options.epochs});
  identity.add("seed", options.seed);
  identity.add("number of cases", std::uint64_t{inputs.rows()});
  identity.add_data("data", inputs.rows() == 0 ? std::span<const float>()
                                               : std::span(inputs.row(0).data(), inputs.rows() * inputs.cols()));
  identity.add_data("targets", targets);
  identity.add_data("weights", weights);
  return identity;
}

double rate_at(std::size_t step, std::size_t steps, const TrainOptions& options) {
  if (options.schedule == Schedule::constant) return options.learning_rate;
  return options.learning_rate * one_cycle(step, steps);
}

/// Where a layer lies in the vector of all parameters.
struct Place {
  std::size_t inputs, outputs, weights, biases;
};

class Trainer {
 public:
  Trainer(const MlpShape& shape, const TrainOptions& options)
      : options_(options),
        dropout_(shape.dropout),
        device_(options.device.kind == Device::Kind::cuda
                    ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(options.device.index))
                    : at::Device(at::kCPU)),
        seeds_(options.seed) {
    std::size_t inputs = shape.inputs, size = 0;
    const auto add = [&](std::size_t outputs) {
      places_.push_back({inputs, outputs, size, size + inputs * outputs});
      size += (inputs + 1) * outputs;
      inputs = outputs;
    };
    for (const std::size_t width : shape.hidden) add(width);
    add(shape.outputs);
    state_.parameters.resize(size);
    state_.first.resize(size);
    state_.second.resize(size);
    draw_weights();
  }

  [[nodiscard]] TrainingState& state() { return state_; }

  /// Puts the state on the device.
  void begin() {
    parameters_ = on_device(state_.parameters);
    first_ = on_device(state_.first);
    second_ = on_device(state_.second);
    gradients_ = at::zeros_like(parameters_);
    const auto batch = signed_size(options_.batch);
    const auto floats = at::TensorOptions().device(device_).dtype(at::kFloat);
    inputs_.push_back(at::empty({batch, signed_size(places_.front().inputs)}, floats));
    for (const Place& place : places_) {
      deltas_.push_back(at::empty({batch, signed_size(place.outputs)}, floats));
      inputs_.push_back(at::empty({batch, signed_size(place.outputs)}, floats));
    }
    losses_ = at::zeros({signed_size(shards_of(options_.batch))}, floats.dtype(at::kDouble));
  }

  /// Reads the state back.
  void end() {
    for (auto [tensor, values] : {std::pair(&parameters_, &state_.parameters), std::pair(&first_, &state_.first),
                                  std::pair(&second_, &state_.second)})
      if (!tensor->is_cpu()) at::from_blob(values->data(), {signed_size(values->size())}).copy_(*tensor);
  }

  /// @return the mean loss
  double run_epoch(MatrixView<const float> cases, std::span<const std::uint32_t> targets,
                   std::span<const float> weights, double weight_scale) {
    std::vector<std::size_t> order(cases.rows());
    std::iota(order.begin(), order.end(), std::size_t{0});
    seeds_.fork(kMlpEpochStream + state_.epochs).shuffle(std::span(order));
    losses_.zero_();
    const std::size_t batches = (order.size() + options_.batch - 1) / options_.batch;
    for (std::size_t b = 0; b < batches; ++b) {
      throw_if_requested(options_.cancellation);
      const auto rows =
          std::span(order).subspan(b * options_.batch, std::min(options_.batch, order.size() - b * options_.batch));
      load(rows, targets, weights, weight_scale);
      const std::uint64_t key = seeds_.fork(kDropout).fork(state_.steps).next();
      for_each_task(shards_of(rows.size()), [&](std::size_t shard) { pass(shard, rows, cases, key); });
      const AdamStep step{.learning_rate = rate_at(state_.steps, batches * options_.epochs, options_),
                          .weight_decay = options_.weight_decay,
                          .step = state_.steps + 1};
      for_each_task(blocks(), [&](std::size_t block) { learn(block, rows.size(), step); });
      ++state_.steps;
    }
    ++state_.epochs;
    return losses_.sum().item<double>() / static_cast<double>(order.size());
  }

  [[nodiscard]] std::vector<DenseLayer> layers() const {
    std::vector<DenseLayer> result;
    for (const Place& place : places_) {
      const auto at = [&](std::size_t offset) { return state_.parameters.begin() + signed_size(offset); };
      result.push_back({.inputs = place.inputs,
                        .outputs = place.outputs,
                        .weights = std::vector(at(place.weights), at(place.biases)),
                        .biases = std::vector(at(place.biases), at(place.biases + place.outputs))});
    }
    return result;
  }

 private:
  /// Uniform in ± 1/√inputs, weights and biases, as torch.nn.Linear starts.
  void draw_weights() {
    Rng rng = seeds_.fork(kMlpWeightStream);
    for (const Place& place : places_) {
      const double bound = 1 / std::sqrt(static_cast<double>(place.inputs));
      for (std::size_t i = place.weights; i < place.biases + place.outputs; ++i)
        state_.parameters[i] = static_cast<float>((2 * rng.uniform() - 1) * bound);
    }
  }

  /// On the CPU the tensor is the vector itself.
  [[nodiscard]] at::Tensor on_device(std::vector<float>& values) const {
    const at::Tensor own = at::from_blob(values.data(), {signed_size(values.size())});
    return device_.is_cpu() ? own : own.to(device_);
  }

  [[nodiscard]] std::size_t shards_of(std::size_t rows) const {
    return device_.is_cpu() ? (rows + kBatchShard - 1) / kBatchShard : 1;
  }
  [[nodiscard]] std::size_t blocks_of(const Place& place) const {
    return device_.is_cpu() ? (place.outputs + kWeightRows - 1) / kWeightRows : 1;
  }
  [[nodiscard]] std::size_t blocks() const {
    std::size_t sum = 0;
    for (const Place& place : places_) sum += blocks_of(place);
    return sum;
  }

  void for_each_task(std::size_t tasks, const std::function<void(std::size_t)>& body) const {
    const auto without_gradients = [&](std::size_t task) {
      const c10::InferenceMode guard;
      body(task);
    };
    if (device_.is_cpu()) return for_each_shard(tasks, without_gradients);
    for (std::size_t task = 0; task < tasks; ++task) without_gradients(task);
  }

  void load(std::span<const std::size_t> rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
            double weight_scale) {
    std::vector<std::int64_t> classes;
    std::vector<float> shares;
    for (const std::size_t row : rows) {
      classes.push_back(targets[row]);
      shares.push_back(weights.empty() ? 1.0F : static_cast<float>(static_cast<double>(weights[row]) * weight_scale));
    }
    const auto n = signed_size(rows.size());
    targets_ = at::from_blob(classes.data(), {n, 1}, at::kLong).to(device_, at::kLong, false, true);
    shares_ = at::from_blob(shares.data(), {n, 1}).to(device_, at::kFloat, false, true);
  }

  [[nodiscard]] at::Tensor weights_of(const at::Tensor& all, const Place& place) const {
    return all.narrow(0, signed_size(place.weights), signed_size(place.inputs * place.outputs))
        .view({signed_size(place.outputs), signed_size(place.inputs)});
  }
  [[nodiscard]] at::Tensor biases_of(const at::Tensor& all, const Place& place) const {
    return all.narrow(0, signed_size(place.biases), signed_size(place.outputs));
  }

  /// Forward and backward of one shard, down to δ of every layer.
  void pass(std::size_t shard, std::span<const std::size_t> rows, MatrixView<const float> cases, std::uint64_t key) {
    const std::size_t first = shard * kBatchShard;
    const std::size_t size = device_.is_cpu() ? std::min(kBatchShard, rows.size() - first) : rows.size();
    const auto of_shard = [&](const at::Tensor& all) { return all.narrow(0, signed_size(first), signed_size(size)); };
    gather(rows.subspan(first, size), cases, of_shard(inputs_.front()));
    for (std::size_t i = 0; i < places_.size(); ++i) {
      at::Tensor out = of_shard(inputs_[i + 1]);
      at::addmm_out(out, biases_of(parameters_, places_[i]), of_shard(inputs_[i]),
                    weights_of(parameters_, places_[i]).t());
      if (i + 1 == places_.size()) break;
      out.relu_();
      if (dropout_ > 0) drop(out, first, key + i);
    }
    at::Tensor delta = of_shard(deltas_.back());
    losses_.narrow(0, signed_size(shard), 1)
        .add_(loss_and_delta(of_shard(inputs_.back()), of_shard(targets_), of_shard(shares_), delta));
    delta.div_(static_cast<double>(rows.size()));
    for (std::size_t i = places_.size(); --i > 0;) {
      at::Tensor below = of_shard(deltas_[i - 1]);
      at::mm_out(below, of_shard(deltas_[i]), weights_of(parameters_, places_[i]));
      at::threshold_backward_out(below, below, of_shard(inputs_[i]), 0);
      if (dropout_ > 0) below.mul_(1 / (1 - dropout_));
    }
  }

  static void gather(std::span<const std::size_t> rows, MatrixView<const float> cases, const at::Tensor& to) {
    const at::Tensor host = to.is_cpu() ? to : at::empty(to.sizes(), to.options().device(at::kCPU));
    auto* place = host.data_ptr<float>();
    for (const std::size_t row : rows) place = std::ranges::copy(cases.row(row), place).out;
    if (!to.is_cpu()) to.copy_(host);
  }

  void drop(const at::Tensor& units, std::size_t first_row, std::uint64_t key) const {
    const at::Tensor mask = at::empty(units.sizes(), units.options().device(at::kCPU));
    const auto width = static_cast<std::size_t>(units.size(1));
    fill_dropout({mask.data_ptr<float>(), static_cast<std::size_t>(mask.numel())}, first_row * width, key, dropout_);
    units.mul_(units.is_cpu() ? mask : mask.to(units.device()));
  }

  /// @param delta  becomes the gradient of the sum with respect to z  @return the weighted sum of the losses
  [[nodiscard]] at::Tensor loss_and_delta(const at::Tensor& z, const at::Tensor& targets, const at::Tensor& shares,
                                          const at::Tensor& delta) const {
    if (options_.loss == Loss::logistic) {
      const at::Tensor t = targets.to(at::kFloat);
      delta.copy_(at::sigmoid(z).sub_(t).mul_(shares));
      return (at::softplus(z) - z * t).mul_(shares).sum(at::kDouble);
    }
    const at::Tensor log_p = at::log_softmax(z, 1);
    delta.copy_(log_p.exp());
    delta.scatter_add_(1, targets, at::full_like(shares, -1)).mul_(shares);
    return log_p.gather(1, targets).neg_().mul_(shares).sum(at::kDouble);
  }

  /// Gradient and step of one block of rows of one layer.
  void learn(std::size_t block, std::size_t rows, const AdamStep& step) {
    std::size_t layer = 0;
    while (block >= blocks_of(places_[layer])) block -= blocks_of(places_[layer++]);
    const Place& place = places_[layer];
    const std::size_t first = block * kWeightRows;
    const std::size_t size = device_.is_cpu() ? std::min(kWeightRows, place.outputs - first) : place.outputs;
    const at::Tensor delta =
        deltas_[layer].narrow(0, 0, signed_size(rows)).narrow(1, signed_size(first), signed_size(size));
    at::Tensor weights = weights_of(gradients_, place).narrow(0, signed_size(first), signed_size(size));
    at::mm_out(weights, delta.t(), inputs_[layer].narrow(0, 0, signed_size(rows)));
    at::Tensor biases = biases_of(gradients_, place).narrow(0, signed_size(first), signed_size(size));
    at::sum_out(biases, delta, 0);
    const auto update = [&](std::size_t offset, std::size_t length) {
      const auto part = [&](const at::Tensor& all) { return all.narrow(0, signed_size(offset), signed_size(length)); };
      step.update(part(parameters_), part(gradients_), part(first_), part(second_));
    };
    update(place.weights + first * place.inputs, size * place.inputs);
    update(place.biases + first, size);
  }

  const TrainOptions& options_;
  double dropout_;
  at::Device device_;
  Rng seeds_;
  std::vector<Place> places_;
  TrainingState state_;
  at::Tensor parameters_, first_, second_, gradients_;  ///< of all layers, in one vector each
  std::vector<at::Tensor> inputs_;                      ///< of each layer, [batch, width]; the last one holds logits
  std::vector<at::Tensor> deltas_;                      ///< of each layer, [batch, width]
  at::Tensor targets_, shares_, losses_;
};

}  // namespace

Result<Mlp> Mlp::train(MatrixView<const float> inputs, std::span<const std::uint32_t> targets,
                       std::span<const float> weights, const MlpShape& shape, const TrainOptions& options) {
  ERRATA_TRY(check_options(shape, options));
  ERRATA_TRY(check_cases(inputs, targets, weights, shape, options.loss));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double weight_scale = weights.empty() ? 1 : static_cast<double>(weights.size()) / sum;
  Trainer trainer(shape, options);
  TrainingIdentity identity("multi-layer perceptron");
  if (options.checkpoint) {
    identity = identity_of(inputs, targets, weights, shape, options);
    ERRATA_ASSIGN(auto found, load_checkpoint(*options.checkpoint, identity, trainer.state()));
    if (found && found->epochs > options.epochs)
      return data_error(fmt::format("{}: this checkpoint is of epoch {}, the training ends after {}",
                                    options.checkpoint->string(), found->epochs, options.epochs));
    if (found) trainer.state() = std::move(*found);
  }
  const c10::InferenceMode no_gradients;
  try {
    trainer.begin();
  } catch (const c10::Error& error) {
    return data_error(fmt::format("training: {}", short_words(error.what())));
  }
  while (trainer.state().epochs < options.epochs) {
    double loss = 0;
    try {
      loss = trainer.run_epoch(inputs, targets, weights, weight_scale);
      trainer.end();
    } catch (const c10::Error& error) {
      return data_error(fmt::format("training: {}", short_words(error.what())));
    }
    const std::size_t epoch = trainer.state().epochs;
    if (!std::isfinite(loss))
      return data_error(
          fmt::format("the loss was not finite in epoch {}: inputs that are not, or a learning rate too high", epoch));
    if (options.checkpoint) ERRATA_TRY(save_checkpoint(*options.checkpoint, identity, trainer.state()));
    if (options.on_epoch) options.on_epoch(epoch, loss);
  }
  return Mlp(trainer.layers());
}

}  // namespace errata::nn

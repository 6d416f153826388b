#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <variant>

#include "errata/base/rng.h"
#include "errata/nn/batch_trainer.h"
#include "errata/nn/classifier.h"
#include "errata/nn/training_checkpoint.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

constexpr std::uint64_t kWeightStream = 1;  ///< names of random streams
constexpr std::uint64_t kEpochStream = 16;  ///< and on: the order of each epoch

Result<void> check_training(MatrixView<const float> images, ImageShape shape, std::span<const std::uint32_t> labels,
                            const ClassifierOptions& options) {
  if (images.rows() == 0) return invalid_argument("training needs at least one image");
  const std::size_t least = options.network == ClassifierNetwork::residual ? ResidualPlan::kLeastSide : 4;
  if (shape.channels == 0 || shape.height < least || shape.width < least)
    return invalid_argument(fmt::format("images of {} × {} × {}: the network takes at least 1 × {} × {}",
                                        shape.channels, shape.height, shape.width, least, least));
  if (images.cols() != shape.size())
    return invalid_argument(fmt::format("images of {} values are not {} × {} × {}", images.cols(), shape.channels,
                                        shape.height, shape.width));
  if (labels.size() != images.rows())
    return invalid_argument(fmt::format("{} labels for {} images", labels.size(), images.rows()));
  if (options.classes < 2) return invalid_argument(fmt::format("{} classes: at least 2", options.classes));
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= options.classes)
      return invalid_argument(fmt::format("label {} of image {} is not below {}", labels[i], i, options.classes));
  if (options.epochs == 0) return invalid_argument("training needs at least one epoch");
  if (options.batch < 2)
    return invalid_argument(fmt::format("a batch of {}: batch normalisation takes at least 2 images", options.batch));
  if (!(options.learning_rate > 0 && std::isfinite(options.learning_rate)))
    return invalid_argument(fmt::format("learning rate {} is not above 0", options.learning_rate));
  if (!(options.weight_decay >= 0 && std::isfinite(options.weight_decay)))
    return invalid_argument(fmt::format("weight decay {} is not >= 0", options.weight_decay));
  if (!(std::isfinite(options.pixel_mean) && options.pixel_sd > 0 && std::isfinite(options.pixel_sd)))
    return invalid_argument(
        fmt::format("pixels of mean {} and standard deviation {}", options.pixel_mean, options.pixel_sd));
  return {};
}

TrainingIdentity identity_of(MatrixView<const float> images, ImageShape shape, std::span<const std::uint32_t> labels,
                             const ClassifierOptions& options) {
  const bool residual = options.network == ClassifierNetwork::residual;
  TrainingIdentity identity(residual ? "residual image classifier" : "image classifier");
  if (residual) {
    identity.add("number of epochs", std::uint64_t{options.epochs});
    identity.add("weight decay", options.weight_decay);
  }
  identity.add("image size", fmt::format("{} × {} × {}", shape.channels, shape.height, shape.width));
  identity.add("number of classes", std::uint64_t{options.classes});
  identity.add("batch", std::uint64_t{options.batch});
  identity.add("learning rate", options.learning_rate);
  identity.add("seed", options.seed);
  identity.add("augmentation", options.augment ? "there" : "none");
  identity.add("number of images", std::uint64_t{images.rows()});
  identity.add_data("data", std::span(images.row(0).data(), images.rows() * images.cols()));
  identity.add_data("labels", labels);
  return identity;
}

/// Uniform in ± 1/√inputs, weights and biases, as torch.nn starts them; normalisation starts at the identity.
TrainingState initial_state(const NetworkPlan& plan, const Rng& seeds) {
  TrainingState state;
  state.parameters.resize(plan.parameter_count);
  state.first.resize(plan.parameter_count);
  state.second.resize(plan.parameter_count);
  state.statistics.resize(plan.statistic_count);
  Rng rng = seeds.fork(kWeightStream);
  double bound = 1;
  for (const auto& part : plan.parameters) {
    const auto values = std::span(state.parameters).subspan(part.offset, part.size());
    const bool bias = part.name.ends_with(".bias");
    if (part.name.starts_with("norm")) {
      std::ranges::fill(values, bias ? 0.0F : 1.0F);
      continue;
    }
    if (!bias) bound = 1 / std::sqrt(static_cast<double>(part.size()) / static_cast<double>(part.shape[0]));
    for (float& value : values) value = static_cast<float>((2 * rng.uniform() - 1) * bound);
  }
  for (const auto& part : plan.statistics)
    std::ranges::fill(std::span(state.statistics).subspan(part.offset, part.size()),
                      part.name.ends_with(".mean") ? 0.0F : 1.0F);
  return state;
}

/// @param images  of this epoch  @return the mean loss
double run_epoch(BatchTrainer& trainer, MatrixView<const float> images, std::span<const std::uint32_t> labels,
                 const ClassifierOptions& options, Rng order_seed) {
  std::vector<std::size_t> order(images.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  order_seed.shuffle(std::span(order));
  double sum = 0;
  std::size_t seen = 0;
  for (std::size_t first = 0; first < order.size(); first += options.batch) {
    throw_if_requested(options.cancellation);
    const auto rows = std::span(order).subspan(first, std::min(options.batch, order.size() - first));
    if (rows.size() == 1 && order.size() > 1) break;  // one image has no variance
    sum += trainer.step({.images = images, .labels = labels, .rows = rows});
    seen += rows.size();
  }
  trainer.read_back();
  return sum / static_cast<double>(seen);
}

std::string description_of(ImageShape shape, const ClassifierOptions& options, std::size_t images) {
  const bool residual = options.network == ClassifierNetwork::residual;
  return fmt::format(
      R"({{"images":{{"channels":{},"height":{},"width":{},"pixel_mean":{},"pixel_sd":{}}},"classes":{},)"
      R"("layers":[{}],"training":{{"images":{},"epochs":{},"batch":{},"optimiser":"{}",)"
      R"("learning_rate":{},"seed":{}}}}})",
      shape.channels, shape.height, shape.width, options.pixel_mean, options.pixel_sd, options.classes,
      residual ? R"("stem","block1","block2","block3","hidden")" : R"("conv1","conv2","hidden")", images,
      options.epochs, options.batch, residual ? "AdamW" : "Adam", options.learning_rate, options.seed);
}

/// The plan of the network that is asked for, and what trains and writes it.
struct NetworkInTraining {
  std::variant<ClassifierPlan, ResidualPlan> plan;

  NetworkInTraining(ImageShape shape, const ClassifierOptions& options)
      : plan(options.network == ClassifierNetwork::plain
                 ? std::variant<ClassifierPlan, ResidualPlan>(ClassifierPlan(shape, options.classes))
                 : ResidualPlan(shape.channels, options.classes)) {}

  [[nodiscard]] const NetworkPlan& sizes() const {
    return std::visit([](const auto& of) -> const NetworkPlan& { return of; }, plan);
  }

  [[nodiscard]] std::unique_ptr<BatchTrainer> trainer(ImageShape shape, std::size_t images,
                                                      const ClassifierOptions& options, TrainingState& state) const {
    if (const auto* residual = std::get_if<ResidualPlan>(&plan)) {
      const std::size_t rest = images % options.batch;
      const std::size_t steps = images / options.batch + (rest > 1 || images == 1 ? 1 : 0);  // as in run_epoch()
      return train_residual(*residual,
                            {.shape = shape,
                             .learning_rate = options.learning_rate,
                             .weight_decay = options.weight_decay,
                             .steps = steps * options.epochs,
                             .seed = options.seed,
                             .device = options.device},
                            state);
    }
    const auto& own = std::get<ClassifierPlan>(plan);
    return options.device.kind == Device::Kind::cpu
               ? train_by_shards(own, shape, options.learning_rate, state)
               : train_by_operations(own, shape, options.learning_rate, state, options.device);
  }

  [[nodiscard]] Result<void> write(const std::filesystem::path& place, const TrainingState& state,
                                   std::string_view description) const {
    if (const auto* residual = std::get_if<ResidualPlan>(&plan))
      return write_residual_classifier(place, *residual, state.parameters, state.statistics, description);
    return write_plain_classifier(place, std::get<ClassifierPlan>(plan), state.parameters, state.statistics,
                                  description);
  }
};

}  // namespace

ClassifierOptions residual_classifier() {
  return {
      .network = ClassifierNetwork::residual, .epochs = 24, .batch = 64, .learning_rate = 1e-2, .weight_decay = 5e-2};
}

Result<void> train_classifier(MatrixView<const float> images, ImageShape shape, std::span<const std::uint32_t> labels,
                              const ClassifierOptions& options, const std::filesystem::path& place) {
  ERRATA_TRY(check_training(images, shape, labels, options));
  const NetworkInTraining network(shape, options);
  const Rng seeds(options.seed);
  TrainingState state = initial_state(network.sizes(), seeds);
  TrainingIdentity identity("");
  if (options.checkpoint) {
    identity = identity_of(images, shape, labels, options);
    ERRATA_ASSIGN(auto found, load_checkpoint(*options.checkpoint, identity, state));
    if (found && found->epochs > options.epochs)
      return data_error(fmt::format("{}: this checkpoint is of epoch {}, the training ends after {}",
                                    options.checkpoint->string(), found->epochs, options.epochs));
    if (found) state = std::move(*found);
  }
  double loss = std::nan("");
  std::vector<float> changed;
  std::unique_ptr<BatchTrainer> trainer;
  while (state.epochs < options.epochs) {
    MatrixView<const float> seen = images;
    if (options.augment) {
      const auto all = std::span(images.row(0).data(), images.rows() * images.cols());
      changed.assign(all.begin(), all.end());
      options.augment(state.epochs, MatrixView<float>(changed, images.rows(), images.cols()));
      seen = MatrixView<const float>(changed, images.rows(), images.cols());
    }
    try {
      if (trainer == nullptr) trainer = network.trainer(shape, images.rows(), options, state);
      loss = run_epoch(*trainer, seen, labels, options, seeds.fork(kEpochStream + state.epochs));
    } catch (const c10::Error& error) {
      return data_error(fmt::format("training: {}", short_words(error.what())));
    }
    const std::size_t epoch = ++state.epochs;
    if (!std::isfinite(loss))
      return data_error(
          fmt::format("the loss was not finite in epoch {}: pixels that are not, or a learning rate too high", epoch));
    if (options.checkpoint) ERRATA_TRY(save_checkpoint(*options.checkpoint, identity, state));
    if (options.on_epoch) options.on_epoch(epoch, loss);
  }
  return network.write(place, state, description_of(shape, options, images.rows()));
}

}  // namespace errata::nn

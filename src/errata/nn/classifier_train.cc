#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

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
  if (shape.channels == 0 || shape.height < 4 || shape.width < 4)
    return invalid_argument(fmt::format("images of {} × {} × {}: the network takes at least 1 × 4 × 4", shape.channels,
                                        shape.height, shape.width));
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
  if (!(std::isfinite(options.pixel_mean) && options.pixel_sd > 0 && std::isfinite(options.pixel_sd)))
    return invalid_argument(
        fmt::format("pixels of mean {} and standard deviation {}", options.pixel_mean, options.pixel_sd));
  return {};
}

TrainingIdentity identity_of(MatrixView<const float> images, ImageShape shape, std::span<const std::uint32_t> labels,
                             const ClassifierOptions& options) {
  TrainingIdentity identity("image classifier");
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
TrainingState initial_state(const ClassifierPlan& plan, const Rng& seeds) {
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
  return fmt::format(
      R"({{"images":{{"channels":{},"height":{},"width":{},"pixel_mean":{},"pixel_sd":{}}},"classes":{},)"
      R"("layers":["conv1","conv2","hidden"],"training":{{"images":{},"epochs":{},"batch":{},"optimiser":"Adam",)"
      R"("learning_rate":{},"seed":{}}}}})",
      shape.channels, shape.height, shape.width, options.pixel_mean, options.pixel_sd, options.classes, images,
      options.epochs, options.batch, options.learning_rate, options.seed);
}

}  // namespace

Result<void> train_classifier(MatrixView<const float> images, ImageShape shape, std::span<const std::uint32_t> labels,
                              const ClassifierOptions& options, const std::filesystem::path& place) {
  ERRATA_TRY(check_training(images, shape, labels, options));
  const ClassifierPlan plan(shape, options.classes);
  const Rng seeds(options.seed);
  TrainingState state = initial_state(plan, seeds);
  TrainingIdentity identity("image classifier");
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
      if (trainer == nullptr)
        trainer = options.device.kind == Device::Kind::cpu
                      ? train_by_shards(plan, shape, options.learning_rate, state)
                      : train_by_operations(plan, shape, options.learning_rate, state, options.device);
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
  return write_classifier(place, plan, state.parameters, state.statistics,
                          description_of(shape, options, images.rows()));
}

}  // namespace errata::nn

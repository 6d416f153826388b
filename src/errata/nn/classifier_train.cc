#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/nn/adam.h"
#include "errata/nn/classifier.h"
#include "errata/nn/shards.h"
#include "errata/nn/training_checkpoint.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

constexpr std::uint64_t kWeights = 1;  ///< names of random streams
constexpr std::uint64_t kEpochs = 16;  ///< and on: the order of each epoch

std::int64_t signed_size(std::size_t size) { return static_cast<std::int64_t>(size); }

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

class Trainer {
 public:
  Trainer(ImageShape shape, const ClassifierOptions& options)
      : plan_(shape, options.classes),
        shape_(shape),
        options_(options),
        seeds_(options.seed),
        device_(options.device.kind == Device::Kind::cuda
                    ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(options.device.index))
                    : at::Device(at::kCPU)) {
    state_.parameters.resize(plan_.parameter_count);
    state_.first.resize(plan_.parameter_count);
    state_.second.resize(plan_.parameter_count);
    state_.statistics.resize(plan_.statistic_count);
    draw_weights();
  }

  [[nodiscard]] TrainingState& state() { return state_; }
  [[nodiscard]] const ClassifierPlan& plan() const { return plan_; }

  /// Puts the state on the device.
  void begin() {
    for (const auto& part : plan_.parameters) {
      weights_.push_back(on_device(state_.parameters, part).requires_grad_(true));
      first_.push_back(on_device(state_.first, part));
      second_.push_back(on_device(state_.second, part));
    }
    for (const auto& part : plan_.statistics) statistics_.push_back(on_device(state_.statistics, part));
  }

  /// @param images  of this epoch  @return the mean loss
  double run_epoch(MatrixView<const float> images, std::span<const std::uint32_t> labels) {
    use_all_threads();
    std::vector<std::size_t> order(images.rows());
    std::iota(order.begin(), order.end(), std::size_t{0});
    seeds_.fork(kEpochs + state_.epochs).shuffle(std::span(order));
    double sum = 0;
    std::size_t seen = 0;
    for (std::size_t first = 0; first < order.size(); first += options_.batch) {
      const auto rows = std::span(order).subspan(first, std::min(options_.batch, order.size() - first));
      if (rows.size() == 1 && order.size() > 1) break;  // one image has no variance
      sum += step(rows, images, labels) * static_cast<double>(rows.size());
      seen += rows.size();
    }
    ++state_.epochs;
    read_back();
    return sum / static_cast<double>(seen);
  }

 private:
  /// Uniform in ± 1/√inputs, weights and biases, as torch.nn starts them; normalisation starts at the identity.
  void draw_weights() {
    Rng rng = seeds_.fork(kWeights);
    double bound = 1;
    for (const auto& part : plan_.parameters) {
      const auto values = std::span(state_.parameters).subspan(part.offset, part.size());
      const bool bias = part.name.ends_with(".bias");
      if (part.name.starts_with("norm")) {
        std::ranges::fill(values, bias ? 0.0F : 1.0F);
        continue;
      }
      if (!bias) bound = 1 / std::sqrt(static_cast<double>(part.size()) / static_cast<double>(part.shape[0]));
      for (float& value : values) value = static_cast<float>((2 * rng.uniform() - 1) * bound);
    }
    for (const auto& part : plan_.statistics)
      std::fill_n(state_.statistics.begin() + signed_size(part.offset), part.size(),
                  part.name.ends_with(".mean") ? 0.0F : 1.0F);
  }

  /// On the CPU the tensor lies in the vector itself.
  [[nodiscard]] at::Tensor on_device(std::vector<float>& values, const ClassifierPart& part) const {
    const at::Tensor own = at::from_blob(values.data() + part.offset, part.shape);
    return device_.is_cpu() ? own : own.to(device_);
  }

  void read_back() {
    if (device_.is_cpu()) return;
    const at::NoGradGuard no_gradients;
    const auto copy = [](std::vector<float>& to, const std::vector<ClassifierPart>& parts,
                         const std::vector<at::Tensor>& from) {
      for (std::size_t i = 0; i < parts.size(); ++i)
        at::from_blob(to.data() + parts[i].offset, parts[i].shape).copy_(from[i]);
    };
    copy(state_.parameters, plan_.parameters, weights_);
    copy(state_.first, plan_.parameters, first_);
    copy(state_.second, plan_.parameters, second_);
    copy(state_.statistics, plan_.statistics, statistics_);
  }

  double step(std::span<const std::size_t> rows, MatrixView<const float> images,
              std::span<const std::uint32_t> labels) {
    const at::AutoGradMode gradients(true);
    at::Tensor x = at::empty({signed_size(rows.size()), signed_size(shape_.channels), signed_size(shape_.height),
                              signed_size(shape_.width)});
    auto* place = x.data_ptr<float>();
    std::vector<std::int64_t> targets;
    for (const std::size_t row : rows) {
      place = std::ranges::copy(images.row(row), place).out;
      targets.push_back(labels[row]);
    }
    x = x.to(device_).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor loss = at::nll_loss(at::log_softmax(forward(x), 1), at::tensor(targets, at::kLong).to(device_));
    const auto slopes = torch::autograd::grad({loss}, weights_);
    const at::NoGradGuard no_gradients;
    const AdamStep adam{.learning_rate = options_.learning_rate, .step = ++state_.steps};
    for (std::size_t i = 0; i < slopes.size(); ++i)
      adam.update(weights_[i].detach(), slopes[i].contiguous(), first_[i], second_[i]);
    return loss.item<double>();
  }

  [[nodiscard]] at::Tensor forward(at::Tensor x) {
    for (std::size_t block = 0; block < 2; ++block) {
      const auto* const w = &weights_[3 * block];
      x = at::conv2d(x, w[0], {}, 1, 1);
      x = at::batch_norm(x, w[1], w[2], statistics_[2 * block], statistics_[2 * block + 1], true, 0.1,
                         kNormalisationEpsilon, false);
      x = at::max_pool2d(x, 2).relu();
    }
    x = at::addmm(weights_[7], x.flatten(1), weights_[6].t()).relu();
    return at::addmm(weights_[9], x, weights_[8].t());
  }

  ClassifierPlan plan_;
  ImageShape shape_;
  const ClassifierOptions& options_;
  Rng seeds_;
  at::Device device_;
  TrainingState state_;
  std::vector<at::Tensor> weights_, first_, second_;  ///< one a part of the plan
  std::vector<at::Tensor> statistics_;
};

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
  Trainer trainer(shape, options);
  TrainingIdentity identity("image classifier");
  if (options.checkpoint) {
    identity = identity_of(images, shape, labels, options);
    ERRATA_ASSIGN(auto found, load_checkpoint(*options.checkpoint, identity, trainer.state()));
    if (found && found->epochs > options.epochs)
      return data_error(fmt::format("{}: this checkpoint is of epoch {}, the training ends after {}",
                                    options.checkpoint->string(), found->epochs, options.epochs));
    if (found) trainer.state() = std::move(*found);
  }
  double loss = std::nan("");
  std::vector<float> changed;
  bool begun = false;
  while (trainer.state().epochs < options.epochs) {
    MatrixView<const float> seen = images;
    if (options.augment) {
      const auto all = std::span(images.row(0).data(), images.rows() * images.cols());
      changed.assign(all.begin(), all.end());
      options.augment(trainer.state().epochs, MatrixView<float>(changed, images.rows(), images.cols()));
      seen = MatrixView<const float>(changed, images.rows(), images.cols());
    }
    try {
      if (!begun) trainer.begin();
      begun = true;
      loss = trainer.run_epoch(seen, labels);
    } catch (const c10::Error& error) {
      return data_error(fmt::format("training: {}", short_words(error.what())));
    }
    const std::size_t epoch = trainer.state().epochs;
    if (!std::isfinite(loss))
      return data_error(
          fmt::format("the loss was not finite in epoch {}: pixels that are not, or a learning rate too high", epoch));
    if (options.checkpoint) ERRATA_TRY(save_checkpoint(*options.checkpoint, identity, trainer.state()));
    if (options.on_epoch) options.on_epoch(epoch, loss);
  }
  return write_classifier(place, trainer.plan(), trainer.state().parameters, trainer.state().statistics,
                          description_of(shape, options, images.rows()));
}

}  // namespace errata::nn

/// Training of the residual network. A batch is cut into shards of up to 32 images, as even as can be, that run side by
/// side, each on one thread with libtorch's operations and their derivatives. Every shard normalises by its own moments
/// ("ghost" batches: a little noise that small data sets gain by), so shards need nothing of each other before their
/// slopes are added up in their order, and no sum depends on the number of threads.
/// Reference: E. Hoffer, I. Hubara, D. Soudry, Train longer, generalize better, NeurIPS 2017.

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <exception>

#include "errata/base/rng.h"
#include "errata/nn/adam.h"
#include "errata/nn/batch_trainer.h"
#include "errata/nn/moved_image.h"
#include "errata/nn/one_cycle.h"
#include "errata/nn/residual.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

constexpr std::size_t kGhost = 32;                ///< images
constexpr std::uint64_t kMoveStream = 1'000'000;  ///< of the seed

/// What a shard gives back.
struct ShardResult {
  double loss = 0;
  std::vector<float> slopes;      ///< of the summed loss, as the plan places the parameters
  std::vector<float> statistics;  ///< moments of its maps
  std::exception_ptr problem;
};

class ResidualTrainer : public BatchTrainer {
 public:
  ResidualTrainer(const ResidualPlan& plan, const ResidualTraining& training, TrainingState& state)
      : plan_(plan),
        training_(training),
        state_(state),
        device_(training.device.kind == Device::Kind::cuda
                    ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(training.device.index))
                    : at::Device(at::kCPU)) {}

  double step(const ImageBatch& batch) override {
    const std::size_t rows = batch.rows.size(), shards = (rows + kGhost - 1) / kGhost;
    std::vector<ShardResult> results(shards);
    const auto run = [&](std::size_t shard) {
      const std::size_t first = shard * rows / shards, end = (shard + 1) * rows / shards;
      try {
        results[shard] = learn(batch, first, end - first);
      } catch (...) {
        results[shard].problem = std::current_exception();
      }
    };
    if (device_.is_cpu())
      for_each_shard(shards, run);
    else
      for (std::size_t shard = 0; shard < shards; ++shard) run(shard);
    for (const auto& result : results)
      if (result.problem) std::rethrow_exception(result.problem);
    update(results, rows);
    double loss = 0;
    for (const auto& result : results) loss += result.loss;
    return loss;
  }

  void read_back() override {}

 private:
  [[nodiscard]] at::Tensor images_of(const ImageBatch& batch, std::size_t first, std::size_t rows) const {
    const ImageShape& shape = training_.shape;
    at::Tensor x = at::empty(
        {signed_size(rows), signed_size(shape.channels), signed_size(shape.height), signed_size(shape.width)});
    const Rng moves = Rng(training_.seed).fork(kMoveStream + state_.steps);
    const std::span<float> pixels(x.data_ptr<float>(), rows * shape.size());
    for (std::size_t i = 0; i < rows; ++i) {
      Rng rng = moves.fork(first + i);
      move_image(batch.images.row(batch.rows[first + i]), shape, training_.moves, 0, rng,
                 pixels.subspan(i * shape.size(), shape.size()));
    }
    return x.to(device_).contiguous(at::MemoryFormat::ChannelsLast);
  }

  [[nodiscard]] ShardResult learn(const ImageBatch& batch, std::size_t first, std::size_t rows) const {
    const at::AutoGradMode gradients(true);
    std::vector<at::Tensor> weights;
    for (const auto& part : plan_.parameters)
      weights.push_back(at::from_blob(const_cast<float*>(state_.parameters.data()) + part.offset, part.shape)
                            .clone()
                            .to(device_)
                            .requires_grad_(true));
    std::vector<at::Tensor> moments;
    for (const auto& part : plan_.statistics) moments.push_back(at::zeros(part.shape, at::device(device_)));
    std::vector<std::int64_t> targets;
    for (std::size_t i = 0; i < rows; ++i) targets.push_back(batch.labels[batch.rows[first + i]]);
    // With momentum 1 the "running" moments are those of this shard.
    const auto convolve = [&](std::size_t i, const at::Tensor& x) {
      return at::batch_norm(at::conv2d(x, weights[3 * i], {}, 1, 1), weights[3 * i + 1], weights[3 * i + 2],
                            moments[2 * i], moments[2 * i + 1], true, 1.0, kNormalisationEpsilon, false);
    };
    const auto maps = residual_maps(images_of(batch, first, rows), convolve);
    const std::size_t last = 3 * ResidualPlan::kConvolutions;
    const at::Tensor logits = at::addmm(weights[last + 1], maps.back(), weights[last].t());
    const at::Tensor loss =
        at::nll_loss(at::log_softmax(logits, 1), at::tensor(targets, at::kLong).to(device_), {}, at::Reduction::Sum);
    const auto slopes = torch::autograd::grad({loss}, weights);
    ShardResult result{.loss = loss.item<double>(),
                       .slopes = std::vector<float>(plan_.parameter_count),
                       .statistics = std::vector<float>(plan_.statistic_count),
                       .problem = {}};
    const at::NoGradGuard no_gradients;
    const auto copy = [](std::vector<float>& to, const std::vector<ClassifierPart>& parts,
                         const std::vector<at::Tensor>& from) {
      for (std::size_t i = 0; i < parts.size(); ++i)
        at::from_blob(to.data() + parts[i].offset, parts[i].shape).copy_(from[i]);
    };
    copy(result.slopes, plan_.parameters, slopes);
    copy(result.statistics, plan_.statistics, moments);
    return result;
  }

  void update(const std::vector<ShardResult>& results, std::size_t rows) {
    std::vector<float> slopes(plan_.parameter_count);
    for (std::size_t p = 0; p < slopes.size(); ++p) {
      float sum = 0;
      for (const auto& result : results) sum += result.slopes[p];
      slopes[p] = sum / static_cast<float>(rows);
    }
    constexpr auto kNew = static_cast<float>(kStatisticsMomentum);
    for (std::size_t s = 0; s < state_.statistics.size(); ++s) {
      float sum = 0;
      for (const auto& result : results) sum += result.statistics[s];
      state_.statistics[s] = (1 - kNew) * state_.statistics[s] + kNew * (sum / static_cast<float>(results.size()));
    }
    const double rate = training_.learning_rate * one_cycle(state_.steps, training_.steps);
    ++state_.steps;
    for (const auto& part : plan_.parameters) {
      const bool decays = part.name.ends_with(".weight") && !part.name.starts_with("norm");
      const AdamStep adam{
          .learning_rate = rate, .weight_decay = decays ? training_.weight_decay : 0, .step = state_.steps};
      const auto range = [&](std::vector<float>& values) {
        return std::span(values).subspan(part.offset, part.size());
      };
      adam.update(range(state_.parameters), range(slopes), range(state_.first), range(state_.second));
    }
  }

  const ResidualPlan& plan_;
  ResidualTraining training_;
  TrainingState& state_;
  at::Device device_;
};

}  // namespace

std::unique_ptr<BatchTrainer> train_residual(const ResidualPlan& plan, const ResidualTraining& training,
                                             TrainingState& state) {
  return std::make_unique<ResidualTrainer>(plan, training, state);
}

}  // namespace errata::nn

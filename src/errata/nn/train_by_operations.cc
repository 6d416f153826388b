#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "errata/nn/adam.h"
#include "errata/nn/batch_trainer.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

class TrainerByOperations : public BatchTrainer {
 public:
  TrainerByOperations(const ClassifierPlan& plan, ImageShape shape, double learning_rate, TrainingState& state,
                      Device device)
      : plan_(plan),
        shape_(shape),
        learning_rate_(learning_rate),
        state_(state),
        device_(device.kind == Device::Kind::cuda ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                                                  : at::Device(at::kCPU)) {
    use_all_threads();
    for (const auto& part : plan_.parameters) {
      weights_.push_back(on_device(state_.parameters, part).requires_grad_(true));
      first_.push_back(on_device(state_.first, part));
      second_.push_back(on_device(state_.second, part));
    }
    for (const auto& part : plan_.statistics) statistics_.push_back(on_device(state_.statistics, part));
  }

  double step(const ImageBatch& batch) override {
    const at::AutoGradMode gradients(true);
    at::Tensor x = at::empty({signed_size(batch.rows.size()), signed_size(shape_.channels), signed_size(shape_.height),
                              signed_size(shape_.width)});
    auto* next = x.data_ptr<float>();
    std::vector<std::int64_t> targets;
    for (const std::size_t row : batch.rows) {
      next = std::ranges::copy(batch.images.row(row), next).out;
      targets.push_back(batch.labels[row]);
    }
    x = x.to(device_).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor loss = at::nll_loss(at::log_softmax(forward(x), 1), at::tensor(targets, at::kLong).to(device_));
    const auto slopes = torch::autograd::grad({loss}, weights_);
    const at::NoGradGuard no_gradients;
    const AdamStep adam{.learning_rate = learning_rate_, .step = ++state_.steps};
    for (std::size_t i = 0; i < slopes.size(); ++i)
      adam.update(weights_[i].detach(), slopes[i].contiguous(), first_[i], second_[i]);
    return loss.item<double>() * static_cast<double>(batch.rows.size());
  }

  void read_back() override {
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

 private:
  /// On the CPU the tensor lies in the vector itself.
  [[nodiscard]] at::Tensor on_device(std::vector<float>& values, const ClassifierPart& part) const {
    const at::Tensor own = at::from_blob(values.data() + part.offset, part.shape);
    return device_.is_cpu() ? own : own.to(device_);
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

  const ClassifierPlan& plan_;
  ImageShape shape_;
  double learning_rate_;
  TrainingState& state_;
  at::Device device_;
  std::vector<at::Tensor> weights_, first_, second_;  ///< one a part of the plan
  std::vector<at::Tensor> statistics_;
};

}  // namespace

std::unique_ptr<BatchTrainer> train_by_operations(const ClassifierPlan& plan, ImageShape shape, double learning_rate,
                                                  TrainingState& state, Device device) {
  return std::make_unique<TrainerByOperations>(plan, shape, learning_rate, state, device);
}

}  // namespace errata::nn

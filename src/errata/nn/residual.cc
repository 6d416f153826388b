/// The residual network as it is used. Batch normalisation with its running statistics is folded into the convolutions
/// when the file is read, as in the plain network on a GPU.

#include "errata/nn/residual.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

constexpr std::string_view kResidualScript = R"(
def norm(self, x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    x = torch.conv2d(x, weight, None, [1, 1], [1, 1])
    return torch.batch_norm(x, scale, shift, mean, variance, False, 0.1, 1e-5, False)

def half(self, x: Tensor) -> Tensor:
    return torch.relu(torch.max_pool2d(x, [2, 2]))

def forward(self, x: Tensor) -> Tensor:
    x = torch.relu(self.norm(x, self.conv1_weight, self.norm1_weight, self.norm1_bias, self.norm1_mean, self.norm1_variance))
    x = self.half(self.norm(x, self.conv2_weight, self.norm2_weight, self.norm2_bias, self.norm2_mean, self.norm2_variance))
    y = torch.relu(self.norm(x, self.conv3_weight, self.norm3_weight, self.norm3_bias, self.norm3_mean, self.norm3_variance))
    x = torch.relu(x + self.norm(y, self.conv4_weight, self.norm4_weight, self.norm4_bias, self.norm4_mean, self.norm4_variance))
    x = self.half(self.norm(x, self.conv5_weight, self.norm5_weight, self.norm5_bias, self.norm5_mean, self.norm5_variance))
    x = self.half(self.norm(x, self.conv6_weight, self.norm6_weight, self.norm6_bias, self.norm6_mean, self.norm6_variance))
    y = torch.relu(self.norm(x, self.conv7_weight, self.norm7_weight, self.norm7_bias, self.norm7_mean, self.norm7_variance))
    x = torch.relu(x + self.norm(y, self.conv8_weight, self.norm8_weight, self.norm8_bias, self.norm8_mean, self.norm8_variance))
    return torch.addmm(self.logits_bias, torch.amax(x, [2, 3]), self.logits_weight.t())
)";

class ResidualNetwork : public ImageNetwork {
 public:
  ResidualNetwork(const NamedTensors& parts, at::Device device)
      : logit_weights_(parts.at("logits.weight").to(device)), logit_biases_(parts.at("logits.bias").to(device)) {
    for (std::size_t i = 0; i < ResidualPlan::kConvolutions; ++i) {
      const auto of = [&](const char* what, const char* part) {
        return parts.at(fmt::format("{}{}.{}", what, i + 1, part));
      };
      const at::Tensor scale = of("norm", "weight") / (of("norm", "variance") + kNormalisationEpsilon).sqrt();
      weights_[i] =
          (of("conv", "weight") * scale.view({-1, 1, 1, 1})).contiguous(at::MemoryFormat::ChannelsLast).to(device);
      biases_[i] = (of("norm", "bias") - of("norm", "mean") * scale).to(device);
    }
  }

  [[nodiscard]] std::vector<std::string> layers() const override {
    return {"stem", "block1", "block2", "block3", "hidden"};
  }

  [[nodiscard]] Result<void> prepare(std::span<const std::string> wanted) override {
    ERRATA_ASSIGN(wanted_, indices_of_layers(wanted, layers()));
    return {};
  }

  [[nodiscard]] Result<std::vector<at::Tensor>> forward(const at::Tensor& images) override {
    constexpr auto kLeast = signed_size(ResidualPlan::kLeastSide);
    if (images.size(1) != weights_[0].size(1) || images.size(2) < kLeast || images.size(3) < kLeast)
      return data_error(
          fmt::format("images of {} × {} × {} do not fit the network", images.size(1), images.size(2), images.size(3)));
    const auto maps =
        residual_maps(images.contiguous(at::MemoryFormat::ChannelsLast),
                      [&](std::size_t i, const at::Tensor& x) { return at::conv2d(x, weights_[i], biases_[i], 1, 1); });
    std::vector<at::Tensor> results;
    for (const std::size_t layer : wanted_) results.push_back(maps[layer]);
    results.push_back(at::addmm(logit_biases_, maps.back(), logit_weights_.t()));
    return results;
  }

  [[nodiscard]] bool is_shareable() const override { return true; }

 private:
  std::array<at::Tensor, ResidualPlan::kConvolutions> weights_, biases_;
  at::Tensor logit_weights_, logit_biases_;
  std::vector<std::size_t> wanted_;
};

}  // namespace

std::vector<at::Tensor> residual_maps(const at::Tensor& images,
                                      const std::function<at::Tensor(std::size_t, const at::Tensor&)>& convolve) {
  const auto halved = [&](std::size_t number, const at::Tensor& x) {
    return at::max_pool2d(convolve(number, x), 2).relu();
  };
  const auto with_pair = [&](std::size_t number, const at::Tensor& x) {
    return (x + convolve(number + 1, convolve(number, x).relu())).relu();
  };
  const at::Tensor stem = convolve(0, images).relu();
  const at::Tensor block1 = with_pair(2, halved(1, stem));
  const at::Tensor block2 = halved(4, block1);
  const at::Tensor block3 = with_pair(6, halved(5, block2));
  return {stem, block1, block2, block3, block3.amax({2, 3})};
}

ResidualPlan::ResidualPlan(std::size_t channels, std::size_t classes) {
  std::int64_t inputs = signed_size(channels);
  for (std::size_t i = 0; i < kConvolutions; ++i) {
    const std::int64_t outputs = kChannels[i];
    add_parameter(fmt::format("conv{}.weight", i + 1), {outputs, inputs, 3, 3});
    add_parameter(fmt::format("norm{}.weight", i + 1), {outputs});
    add_parameter(fmt::format("norm{}.bias", i + 1), {outputs});
    add_statistics(fmt::format("norm{}", i + 1), outputs);
    inputs = outputs;
  }
  add_parameter("logits.weight", {signed_size(classes), kHidden});
  add_parameter("logits.bias", {signed_size(classes)});
}

Result<void> write_residual_classifier(const std::filesystem::path& place, const ResidualPlan& plan,
                                       std::span<const float> parameters, std::span<const float> statistics,
                                       std::string_view description) {
  return write_archive(place, archive_of(plan, kResidualVersion, parameters, statistics, description), kResidualScript);
}

bool fits_plan(const NamedTensors& parts, const NetworkPlan& plan) {
  for (const auto* group : {&plan.parameters, &plan.statistics})
    for (const auto& part : *group) {
      const auto found = parts.find(part.name);
      if (found == parts.end() || found->second.sizes() != at::IntArrayRef(part.shape) ||
          !at::isfinite(found->second).all().item<bool>())
        return false;
      if (part.name.ends_with(".variance") && found->second.min().item<float>() < 0) return false;
    }
  return true;
}

bool fits_residual(const NamedTensors& parts) {
  const auto stem = parts.find("conv1.weight"), logits = parts.find("logits.bias");
  if (stem == parts.end() || logits == parts.end() || stem->second.dim() != 4 || logits->second.dim() != 1)
    return false;
  return fits_plan(parts, ResidualPlan(static_cast<std::size_t>(stem->second.size(1)),
                                       static_cast<std::size_t>(logits->second.size(0))));
}

std::unique_ptr<ImageNetwork> residual_network(const NamedTensors& parts, Device device) {
  return std::make_unique<ResidualNetwork>(
      parts, device.kind == Device::Kind::cuda ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                                               : at::Device(at::kCPU));
}

}  // namespace errata::nn

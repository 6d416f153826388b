/// The built-in network as it is used. On the CPU it runs on the kernels of its training (convolution.h,
/// pooled_block.h), which take half of libtorch's time. For slopes with respect to the image, and on a GPU, it is made
/// of libtorch's operations: batch normalisation with its running statistics is one multiplication and one addition a
/// channel, so it is folded into the weights of the convolution before it when the file is read, and ReLU comes after
/// pooling, on a quarter of the values: the maximum of ReLUs is the ReLU of the maximum.

#include "errata/nn/classifier.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "errata/nn/archive.h"
#include "errata/nn/image_network.h"
#include "errata/nn/pooled_block.h"
#include "errata/nn/residual.h"
#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

constexpr std::string_view kScript = R"(
def block(self, x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    x = torch.conv2d(x, weight, None, [1, 1], [1, 1])
    x = torch.batch_norm(x, scale, shift, mean, variance, False, 0.1, 1e-5, False)
    return torch.relu(torch.max_pool2d(x, [2, 2]))

def forward(self, x: Tensor) -> Tensor:
    x = self.block(x, self.conv1_weight, self.norm1_weight, self.norm1_bias, self.norm1_mean, self.norm1_variance)
    x = self.block(x, self.conv2_weight, self.norm2_weight, self.norm2_bias, self.norm2_mean, self.norm2_variance)
    x = torch.relu(torch.addmm(self.hidden_bias, x.flatten(1), self.hidden_weight.t()))
    return torch.addmm(self.logits_bias, x, self.logits_weight.t())
)";

/// A convolution with the normalisation after it.
struct Folded {
  at::Tensor weights;  ///< [out, in, 3, 3], channels last
  at::Tensor biases;   ///< [out]
};

/// The same for the module's own kernels.
struct OwnBlock {
  std::vector<float> weights;  ///< [3][3][in][out]
  Normalisation normalisation;
};

std::vector<double> doubles_of(const at::Tensor& tensor) {
  const at::Tensor wide = tensor.to(at::kDouble).contiguous();
  return {wide.data_ptr<double>(), wide.data_ptr<double>() + wide.numel()};
}

std::span<const float> floats_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// Framed maps [n, h + 2, w + 2, c] (convolution.h) of images [n, c, h, w].
at::Tensor framed_maps(const at::Tensor& images) {
  at::Tensor maps = at::zeros({images.size(0), images.size(2) + 2, images.size(3) + 2, images.size(1)});
  maps.narrow(1, 1, images.size(2)).narrow(2, 1, images.size(3)).copy_(images.permute({0, 2, 3, 1}));
  return maps;
}

/// [n, c, h, w] of framed maps; each channel lies together, as what pools it next reads it.
at::Tensor inside(const at::Tensor& maps) {
  return maps.narrow(1, 1, maps.size(1) - 2).narrow(2, 1, maps.size(2) - 2).permute({0, 3, 1, 2}).contiguous();
}

/// Convolution, normalisation, pooling and ReLU of framed maps, as framed maps of half the height and width.
at::Tensor run_block(const at::Tensor& maps, const OwnBlock& block) {
  const auto size = [&](int axis) { return static_cast<std::size_t>(maps.size(axis)); };
  const MapShape in{.height = size(1) - 2, .width = size(2) - 2, .channels = size(3)};
  const MapShape out{.height = in.height, .width = in.width, .channels = block.normalisation.mean.size()};
  const MapShape half{.height = out.height / 2, .width = out.width / 2, .channels = out.channels};
  at::Tensor pooled =
      at::zeros({maps.size(0), signed_size(half.height + 2), signed_size(half.width + 2), signed_size(half.channels)});
  std::vector<float> map(out.size());
  for (std::size_t i = 0; i < size(0); ++i) {
    convolve(floats_of(maps).subspan(i * in.framed_size(), in.framed_size()), in, block.weights, out.channels, map);
    normalise_pool(map, out, block.normalisation,
                   {pooled.data_ptr<float>() + i * half.framed_size(), half.framed_size()});
  }
  return pooled;
}

class Classifier : public ImageNetwork {
 public:
  /// @param parts  by name, of shapes that fit
  Classifier(const NamedTensors& parts, at::Device device)
      : conv1_(folded(parts, "conv1", "norm1", device)),
        conv2_(folded(parts, "conv2", "norm2", device)),
        own1_(own_block(parts, "conv1", "norm1")),
        own2_(own_block(parts, "conv2", "norm2")),
        hidden_weights_(parts.at("hidden.weight").to(device)),
        hidden_biases_(parts.at("hidden.bias").to(device)),
        logit_weights_(parts.at("logits.weight").to(device)),
        logit_biases_(parts.at("logits.bias").to(device)) {}

  [[nodiscard]] std::vector<std::string> layers() const override { return {"conv1", "conv2", "hidden"}; }

  [[nodiscard]] Result<void> prepare(std::span<const std::string> wanted) override {
    ERRATA_ASSIGN(wanted_, indices_of_layers(wanted, layers()));
    return {};
  }

  [[nodiscard]] Result<std::vector<at::Tensor>> forward(const at::Tensor& images) override {
    const auto channels = conv1_.weights.size(1), values = hidden_weights_.size(1);
    const auto given = conv2_.weights.size(0) * (images.size(2) / 4) * (images.size(3) / 4);
    if (images.size(1) != channels || given != values)
      return data_error(
          fmt::format("images of {} × {} × {} do not fit the network", images.size(1), images.size(2), images.size(3)));
    at::Tensor first, second;
    if (images.is_cpu() && !at::GradMode::is_enabled()) {
      const at::Tensor maps = run_block(framed_maps(images), own1_);
      first = inside(maps);
      second = inside(run_block(maps, own2_));
    } else {
      const auto block = [](const at::Tensor& x, const Folded& conv) {
        return at::max_pool2d(at::conv2d(x, conv.weights, conv.biases, 1, 1), 2).relu();
      };
      first = block(images.contiguous(at::MemoryFormat::ChannelsLast), conv1_);
      second = block(first, conv2_);
    }
    const at::Tensor hidden = at::addmm(hidden_biases_, second.flatten(1), hidden_weights_.t()).relu();
    const at::Tensor all[] = {first, second, hidden};
    std::vector<at::Tensor> results;
    for (const std::size_t layer : wanted_) results.push_back(all[layer]);
    results.push_back(at::addmm(logit_biases_, hidden, logit_weights_.t()));
    return results;
  }

  [[nodiscard]] bool is_shareable() const override { return true; }

 private:
  static Folded folded(const NamedTensors& parts, const std::string& conv, const std::string& norm, at::Device device) {
    const at::Tensor scale = parts.at(norm + ".weight") / (parts.at(norm + ".variance") + kNormalisationEpsilon).sqrt();
    return {.weights = (parts.at(conv + ".weight") * scale.view({-1, 1, 1, 1}))
                           .contiguous(at::MemoryFormat::ChannelsLast)
                           .to(device),
            .biases = (parts.at(norm + ".bias") - parts.at(norm + ".mean") * scale).to(device)};
  }

  static OwnBlock own_block(const NamedTensors& parts, const std::string& conv, const std::string& norm) {
    const at::Tensor weights = parts.at(conv + ".weight").contiguous();
    const auto inputs = static_cast<std::size_t>(weights.size(1)), outputs = static_cast<std::size_t>(weights.size(0));
    OwnBlock block{.weights = std::vector<float>(static_cast<std::size_t>(weights.numel())),
                   .normalisation = {{.mean = doubles_of(parts.at(norm + ".mean")),
                                      .variance = doubles_of(parts.at(norm + ".variance")),
                                      .count = 1},
                                     floats_of(parts.at(norm + ".weight")),
                                     floats_of(parts.at(norm + ".bias")),
                                     kNormalisationEpsilon}};
    pack_weights(floats_of(weights), inputs, outputs, block.weights);
    return block;
  }

  Folded conv1_, conv2_;
  OwnBlock own1_, own2_;
  at::Tensor hidden_weights_, hidden_biases_, logit_weights_, logit_biases_;
  std::vector<std::size_t> wanted_;
};

/// Whether a file's shapes are those of a plan; `inputs` of the hidden layer, image channels and classes are free.
bool fits_plain(const NamedTensors& parts) {
  const auto channels = parts.find("conv1.weight"), hidden = parts.find("hidden.weight"),
             logits = parts.find("logits.bias");
  if (channels == parts.end() || hidden == parts.end() || logits == parts.end() || channels->second.dim() != 4 ||
      hidden->second.dim() != 2 || logits->second.dim() != 1)
    return false;
  ClassifierPlan plan({.channels = static_cast<std::size_t>(channels->second.size(1)), .height = 4, .width = 4},
                      static_cast<std::size_t>(logits->second.size(0)));
  for (auto& part : plan.parameters)
    if (part.name == "hidden.weight") part.shape[1] = hidden->second.size(1);
  return fits_plan(parts, plan);
}

}  // namespace

std::size_t ClassifierPart::size() const {
  std::size_t size = 1;
  for (const std::int64_t length : shape) size *= static_cast<std::size_t>(length);
  return size;
}

void NetworkPlan::add_parameter(std::string name, std::vector<std::int64_t> shape) {
  parameters.push_back({.name = std::move(name), .shape = std::move(shape), .offset = parameter_count});
  parameter_count += parameters.back().size();
}

void NetworkPlan::add_statistics(const std::string& norm, std::int64_t channels) {
  for (const char* of : {".mean", ".variance"}) {
    statistics.push_back({.name = norm + of, .shape = {channels}, .offset = statistic_count});
    statistic_count += statistics.back().size();
  }
}

ClassifierPlan::ClassifierPlan(ImageShape images, std::size_t classes) {
  constexpr auto kOne = signed_size(kFirst), kTwo = signed_size(kSecond), kThree = signed_size(kHidden);
  const std::int64_t flat = kTwo * signed_size((images.height / 4) * (images.width / 4));
  add_parameter("conv1.weight", {kOne, signed_size(images.channels), 3, 3});
  add_parameter("norm1.weight", {kOne});
  add_parameter("norm1.bias", {kOne});
  add_parameter("conv2.weight", {kTwo, kOne, 3, 3});
  add_parameter("norm2.weight", {kTwo});
  add_parameter("norm2.bias", {kTwo});
  add_parameter("hidden.weight", {kThree, flat});
  add_parameter("hidden.bias", {kThree});
  add_parameter("logits.weight", {signed_size(classes), kThree});
  add_parameter("logits.bias", {signed_size(classes)});
  add_statistics("norm1", kOne);
  add_statistics("norm2", kTwo);
}

Archive archive_of(const NetworkPlan& plan, std::uint32_t version, std::span<const float> parameters,
                   std::span<const float> statistics, std::string_view description) {
  Archive archive{.kind = std::string(kClassifierKind), .version = version, .description = std::string(description)};
  for (const auto& [group, values] : {std::pair(&plan.parameters, parameters), std::pair(&plan.statistics, statistics)})
    for (const auto& part : *group) {
      const auto own = values.subspan(part.offset, part.size());
      archive.tensors.push_back(
          {.name = part.name, .shape = part.shape, .values = std::vector(own.begin(), own.end())});
    }
  return archive;
}

Result<void> write_plain_classifier(const std::filesystem::path& place, const ClassifierPlan& plan,
                                    std::span<const float> parameters, std::span<const float> statistics,
                                    std::string_view description) {
  return write_archive(place, archive_of(plan, kPlainVersion, parameters, statistics, description), kScript);
}

Result<std::unique_ptr<ImageNetwork>> open_classifier(const std::filesystem::path& place, Device device) {
  ERRATA_ASSIGN(auto archive, read_archive(place, kClassifierKind, kClassifierVersion));
  NamedTensors parts;
  for (auto& tensor : archive.tensors) parts[tensor.name] = at::from_blob(tensor.values.data(), tensor.shape).clone();
  const at::Device where = device.kind == Device::Kind::cuda
                               ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                               : at::Device(at::kCPU);
  const bool residual = archive.version == kResidualVersion;
  if (!(residual ? fits_residual(parts) : fits_plain(parts)))
    return data_error(fmt::format("{}: its tensors are not those of the network", place.string()));
  if (residual) return residual_network(parts, device);
  return std::make_unique<Classifier>(parts, where);
}

}  // namespace errata::nn

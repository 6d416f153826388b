/// The picture's side as it is used: each convolution is cut into runs of output rows, whose taps are gathered into a
/// matrix and multiplied with the weights. Runs are as long for any number of threads, so sums do not change with it.
/// Debian's libtorch takes several times as long for the same convolutions.

#include "errata/nn/dual_encoder.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/nn/archive.h"
#include "errata/nn/dual_weights.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

constexpr std::string_view kDualKind = "errata.dual_encoder";
constexpr std::uint32_t kDualVersion = 1;
constexpr std::size_t kRunTaps = 1U << 17U;  ///< about as many values as a run gathers

constexpr std::string_view kDualScript = R"(
def forward(self, x: Tensor, words: Tensor) -> Tensor:
    x = torch.relu(torch.conv2d(x, self.conv1_weight.permute(3, 2, 0, 1), self.conv1_bias, [4, 4]))
    x = torch.relu(torch.conv2d(x, self.conv2_weight.permute(3, 2, 0, 1), self.conv2_bias, [2, 2], [1, 1]))
    x = torch.relu(torch.conv2d(x, self.conv3_weight.permute(3, 2, 0, 1), self.conv3_bias, [2, 2], [1, 1]))
    x = torch.relu(torch.conv2d(x, self.conv4_weight.permute(3, 2, 0, 1), self.conv4_bias, [1, 1], [1, 1]))
    x = torch.conv2d(x, self.conv5_weight.permute(3, 2, 0, 1), self.conv5_bias)
    x = x / (torch.sqrt((x * x).sum(1, True)) + 1e-6)
    q = torch.index_select(self.words, 0, words).sum(0) / (words.size(0) ** 0.5)
    q = q + torch.matmul(torch.relu(torch.matmul(q, self.hidden_weight) + self.hidden_bias), self.output_weight) + self.output_bias
    q = q / (torch.sqrt((q * q).sum()) + 1e-6)
    return torch.exp(self.scale) * (x * q.view(1, -1, 1, 1)).sum(1) + self.offset
)";

/// Rows of output that a task computes.
std::size_t run_of(const DualMap& in, const DualConvolution& layer) {
  const std::size_t row = in.width / layer.stride * layer.taps();
  return std::max<std::size_t>(1, kRunTaps / std::max<std::size_t>(1, row));
}

DualMap convolve_map(const DualMap& in, const DualConvolution& layer, const float* weights, bool relu) {
  DualMap out;
  out.resize(in.height / layer.stride, in.width / layer.stride, layer.outputs);
  const std::size_t run = run_of(in, layer);
  for_each_shard((out.height + run - 1) / run, [&](std::size_t task) {
    const c10::InferenceMode no_gradients;
    thread_local std::vector<float> taps;
    const std::size_t first = task * run, rows = std::min(run, out.height - first);
    gather_taps(in, layer, first, rows, taps);
    float* const to = &out.values[first * out.width * layer.outputs];
    multiply({.m = rows * out.width, .k = layer.taps(), .n = layer.outputs}, taps.data(), weights, to);
    add_biases(weights + layer.taps() * layer.outputs, relu, layer.outputs, {to, rows * out.width * layer.outputs});
  });
  return out;
}

/// The tensors of a file: name, shape, where they lie.
struct DualPart {
  std::string name;
  std::vector<std::int64_t> shape;
  std::size_t offset;
};

std::vector<DualPart> parts_of(const DualPlan& plan, std::size_t vocabulary) {
  constexpr auto kWide = signed_size(DualEncoder::kDimensions), kHidden = signed_size(kDualHidden);
  std::vector<DualPart> parts{{"words", {signed_size(vocabulary), kWide}, plan.words},
                              {"hidden.weight", {kWide, kHidden}, plan.hidden},
                              {"hidden.bias", {kHidden}, plan.hidden_biases},
                              {"output.weight", {kHidden, kWide}, plan.output},
                              {"output.bias", {kWide}, plan.output_biases},
                              {"scale", {1}, plan.scale},
                              {"offset", {1}, plan.offset}};
  for (std::size_t i = 0; i < kDualConvolutions.size(); ++i) {
    const DualConvolution& layer = kDualConvolutions[i];
    const auto kernel = signed_size(layer.kernel);
    const std::string name = fmt::format("conv{}.", i + 1);
    parts.push_back({name + "weight",
                     {kernel, kernel, signed_size(layer.inputs), signed_size(layer.outputs)},
                     plan.convolutions[i]});
    parts.push_back({name + "bias", {signed_size(layer.outputs)}, plan.convolutions[i] + layer.taps() * layer.outputs});
  }
  return parts;
}

}  // namespace

std::size_t DualEncoder::vocabulary() const { return weights_->vocabulary; }
const std::string& DualEncoder::description() const { return weights_->description; }

DualEncoder::PictureFeatures DualEncoder::encode_picture(std::span<const std::uint8_t> pixels, std::size_t height,
                                                         std::size_t width, std::size_t channels) const {
  DualMap map;
  prepare_picture(pixels, height, width, channels, map);
  for (std::size_t i = 0; i < kDualConvolutions.size(); ++i)
    map = convolve_map(map, kDualConvolutions[i], &weights_->parameters[weights_->plan.convolutions[i]],
                       i + 1 < kDualConvolutions.size());
  for (std::size_t patch = 0; patch < map.height * map.width; ++patch) {
    float* const vector = &map.values[patch * kDimensions];
    float square = 0;
    for (std::size_t i = 0; i < kDimensions; ++i) square += vector[i] * vector[i];
    const float length = std::sqrt(square) + 1e-6F;
    for (std::size_t i = 0; i < kDimensions; ++i) vector[i] /= length;
  }
  return {.rows = map.height, .columns = map.width, .vectors = std::move(map.values)};
}

std::size_t DualEncoder::multiply_adds(std::size_t patches) {
  std::size_t places = kPatchSide * kPatchSide, sum = 0;  // of a patch
  for (const DualConvolution& layer : kDualConvolutions) {
    places /= layer.stride * layer.stride;
    sum += places * layer.taps() * layer.outputs;
  }
  return patches * sum;
}

std::vector<float> DualEncoder::encode_query(std::span<const std::uint32_t> words) const {
  for (const std::uint32_t word : words) ERRATA_CHECK(word < weights_->vocabulary);
  QueryPass pass;
  pass_query(weights_->parameters, weights_->plan, words, pass);
  return std::move(pass.unit);
}

std::vector<float> DualEncoder::cosines(const PictureFeatures& picture, std::span<const float> query) const {
  ERRATA_CHECK(query.size() == kDimensions);
  std::vector<float> result(picture.rows * picture.columns);
  for (std::size_t patch = 0; patch < result.size(); ++patch)
    for (std::size_t i = 0; i < kDimensions; ++i) result[patch] += picture.vectors[patch * kDimensions + i] * query[i];
  return result;
}

std::vector<float> DualEncoder::relevance(const PictureFeatures& picture, std::span<const float> query) const {
  const float scale = std::exp(weights_->parameters[weights_->plan.scale]);
  const float offset = weights_->parameters[weights_->plan.offset];
  std::vector<float> result = cosines(picture, query);
  for (float& value : result) value = scale * value + offset;
  return result;
}

Result<void> DualEncoder::write(const std::filesystem::path& place, std::span<const NamedTensor> beside) const {
  Archive archive{.kind = std::string(kDualKind), .version = kDualVersion, .description = weights_->description};
  for (auto& part : parts_of(weights_->plan, weights_->vocabulary)) {
    std::size_t size = 1;
    for (const std::int64_t length : part.shape) size *= static_cast<std::size_t>(length);
    const auto first = weights_->parameters.begin() + signed_size(part.offset);
    archive.tensors.push_back({.name = std::move(part.name),
                               .shape = std::move(part.shape),
                               .values = std::vector<float>(first, first + signed_size(size))});
  }
  archive.tensors.insert(archive.tensors.end(), beside.begin(), beside.end());
  return write_archive(place, archive, kDualScript);
}

Result<DualEncoder> DualEncoder::read(const std::filesystem::path& place, std::vector<NamedTensor>* beside) {
  ERRATA_ASSIGN(auto archive, read_archive(place, kDualKind, kDualVersion));
  const auto other_shapes = [&] {
    return data_error(fmt::format("{}: its tensors are not those of a dual encoder", place.string()));
  };
  if (archive.tensors.empty() || archive.tensors[0].shape.size() != 2 || archive.tensors[0].shape[0] <= 0)
    return other_shapes();
  const auto vocabulary = static_cast<std::size_t>(archive.tensors[0].shape[0]);
  const DualPlan plan(vocabulary);
  const auto parts = parts_of(plan, vocabulary);
  if (parts.size() > archive.tensors.size()) return other_shapes();
  for (const NamedTensor& tensor : archive.tensors)
    if (!std::ranges::all_of(tensor.values, [](float value) { return std::isfinite(value); }))
      return data_error(fmt::format("{}: tensor {} holds a value that is no number", place.string(), tensor.name));
  std::vector<float> parameters(plan.count);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const NamedTensor& tensor = archive.tensors[i];
    if (tensor.name != parts[i].name || tensor.shape != parts[i].shape) return other_shapes();
    std::ranges::copy(tensor.values, parameters.begin() + signed_size(parts[i].offset));
  }
  if (beside != nullptr) {
    archive.tensors.erase(archive.tensors.begin(), archive.tensors.begin() + signed_size(parts.size()));
    *beside = std::move(archive.tensors);
  }
  return DualEncoder(std::make_shared<const Weights>(vocabulary, std::move(parameters), archive.description));
}

}  // namespace errata::nn

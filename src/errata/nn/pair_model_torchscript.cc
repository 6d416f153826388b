/// A pair in one TorchScript archive.
///
/// Problem: OpenAI's archives were traced in half precision on a GPU. Their weights are half, casts to half stand in
/// their graphs, and so do names of the device; libtorch on a CPU has no convolution of halves and no such device. So
/// weights become float32, and before the first call every graph is changed: casts to half become casts to float, and
/// named devices the CPU.

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/serialization/import.h>

#include <optional>
#include <string_view>

#include "errata/nn/pair_network.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

constexpr const char* kEncodeImage = "encode_image";
constexpr const char* kEncodeText = "encode_text";

at::Tensor in_single(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16 ? tensor.to(at::kFloat) : tensor;
}

/// A number that stands in a graph, if this value is one.
std::optional<std::int64_t> constant_of(const torch::jit::Value* value) {
  const torch::jit::Node* const node = value->node();
  if (node->kind() != c10::prim::Constant || !node->hasAttribute(c10::attr::value) ||
      node->kindOf(c10::attr::value) != torch::jit::AttributeKind::i)
    return std::nullopt;
  return node->i(c10::attr::value);
}

void mend_constant(torch::jit::Node* node) {
  if (!node->hasAttribute(c10::attr::value)) return;
  const auto kind = node->kindOf(c10::attr::value);
  if (kind == torch::jit::AttributeKind::s && std::string_view(node->s(c10::attr::value)).starts_with("cuda"))
    node->s_(c10::attr::value, "cpu");
  if (kind == torch::jit::AttributeKind::t) node->t_(c10::attr::value, in_single(node->t(c10::attr::value)));
}

void mend_cast(torch::jit::Graph& graph, torch::jit::Node* node) {
  constexpr auto kHalf = static_cast<std::int64_t>(at::kHalf);
  for (std::size_t i = 1; i < std::min<std::size_t>(3, node->inputs().size()); ++i) {
    if (constant_of(node->input(i)) != kHalf) continue;
    const torch::jit::WithInsertPoint before(node);
    node->replaceInput(i, graph.insertConstant(static_cast<std::int64_t>(at::kFloat)));
  }
}

void mend_block(torch::jit::Graph& graph, torch::jit::Block* block) {
  for (torch::jit::Node* node : block->nodes()) {
    for (torch::jit::Block* inner : node->blocks()) mend_block(graph, inner);
    if (node->kind() == c10::prim::Constant) mend_constant(node);
    if (node->kind() == c10::aten::to) mend_cast(graph, node);
  }
}

void move_to_cpu_in_single(const torch::jit::Module& module) {
  for (at::Tensor tensor : module.parameters()) tensor.set_data(in_single(tensor));
  for (at::Tensor tensor : module.buffers()) tensor.set_data(in_single(tensor));
  for (const auto& part : module.modules())
    for (const auto& method : part.get_methods()) {
      const auto graph = torch::jit::toGraphFunction(method.function()).graph();
      mend_block(*graph, graph->block());
    }
}

/// A whole number among a module's attributes, as a number or a tensor of one.
std::optional<std::int64_t> number_of(const torch::jit::Module& module, const std::string& name) {
  if (!module.hasattr(name)) return std::nullopt;
  const c10::IValue value = module.attr(name);
  if (value.isInt()) return value.toInt();
  if (value.isTensor() && value.toTensor().defined() && value.toTensor().numel() == 1)
    return value.toTensor().item().toLong();
  return std::nullopt;
}

Result<PairSizes> sizes_of(const torch::jit::Module& module) {
  constexpr std::int64_t kMost = 4096;
  PairSizes sizes;
  const auto side = number_of(module, "input_resolution").value_or(signed_size(sizes.height));
  const auto length = number_of(module, "context_length").value_or(signed_size(sizes.length));
  if (side < 1 || side > kMost || length < 2 || length > kMost)
    return data_error(
        fmt::format("says that it takes images of {} pixels a side and texts of {} tokens; 1 to {} and 2 "
                    "to {} can be",
                    side, length, kMost, kMost));
  sizes.height = sizes.width = static_cast<std::size_t>(side);
  sizes.length = static_cast<std::size_t>(length);
  return sizes;
}

class TorchScriptPair : public PairNetwork {
 public:
  TorchScriptPair(torch::jit::Module module, const PairSizes& sizes)
      : module_(std::move(module)),
        sizes_(sizes),
        apart_(module_.find_method(kEncodeImage).has_value() && module_.find_method(kEncodeText).has_value()) {}

  [[nodiscard]] PairSizes sizes() const override { return sizes_; }
  [[nodiscard]] bool is_shareable() const override { return false; }

  [[nodiscard]] Result<at::Tensor> read(const at::Tensor& tokens, const at::Tensor& /*mask*/) const override {
    if (!apart_) return at::Tensor();
    use_all_threads();
    ERRATA_ASSIGN(const at::Tensor vector, tensor_of_value(module_.get_method(kEncodeText)({tokens}), kEncodeText));
    if (vector.dim() != 2 || vector.size(0) != 1 || vector.size(1) < 1)
      return data_error(
          fmt::format("{} gives [{}] for a text, not [1, d]", kEncodeText, fmt::join(vector.sizes(), ", ")));
    return vector[0].contiguous();
  }

  [[nodiscard]] Result<at::Tensor> relate(const at::Tensor& images, const PairText& text) const override {
    use_all_threads();
    if (!apart_) return relate_at_once(images, text);
    ERRATA_ASSIGN(const at::Tensor vectors, tensor_of_value(module_.get_method(kEncodeImage)({images}), kEncodeImage));
    if ((vectors.dim() != 2 && vectors.dim() != 3) || vectors.size(-1) != signed_size(text.vector.size()))
      return data_error(fmt::format("{} gives [{}]; vectors of images have the width of the text's, {}", kEncodeImage,
                                    fmt::join(vectors.sizes(), ", "), text.vector.size()));
    return cosines_with(vectors, text.vector);
  }

 private:
  static Result<at::Tensor> tensor_of_value(const c10::IValue& value, std::string_view what) {
    if (!value.isTensor()) return data_error(fmt::format("{} gives a {}, not a tensor", what, value.tagKind()));
    return value.toTensor().to(at::kFloat);
  }

  /// forward(image, text): the scaled cosines [n, 1] and [1, n], or vectors [n, d] and [1, d].
  [[nodiscard]] Result<at::Tensor> relate_at_once(const at::Tensor& images, const PairText& text) const {
    const at::Tensor tokens = at::tensor(text.tokens, at::kLong).unsqueeze(0);
    torch::jit::Module module = module_;
    const c10::IValue output = module.forward({images, tokens});
    if (!output.isTuple() || output.toTuple()->elements().size() < 2)
      return data_error(
          fmt::format("has no methods {} and {}, and its forward(image, text) gives a {}, not two tensors",
                      kEncodeImage, kEncodeText, output.tagKind()));
    const auto& both = output.toTuple()->elements();
    ERRATA_ASSIGN(const at::Tensor first, tensor_of_value(both[0], "forward()"));
    ERRATA_ASSIGN(const at::Tensor second, tensor_of_value(both[1], "forward()"));
    const std::int64_t n = images.size(0);
    if (first.sizes() == at::IntArrayRef{n, 1} && second.sizes() == at::IntArrayRef{1, n}) return first.squeeze(1);
    if (first.dim() != 2 || first.size(0) != n || second.sizes() != at::IntArrayRef{1, first.size(1)})
      return data_error(
          fmt::format("forward(image, text) gives [{}] and [{}] for {} images and a text; vectors [n, d] "
                      "and [1, d], or cosines [n, 1] and [1, n], can be used",
                      fmt::join(first.sizes(), ", "), fmt::join(second.sizes(), ", "), n));
    const at::Tensor vector = second[0].contiguous();
    return cosines_with(first, std::span(vector.data_ptr<float>(), static_cast<std::size_t>(vector.numel())));
  }

  torch::jit::Module module_;
  PairSizes sizes_;
  bool apart_;  ///< encodes images and texts apart
};

}  // namespace

Result<std::unique_ptr<PairNetwork>> open_torchscript_pair(const PairFiles& files) {
  const auto refused = [&](const std::string& why) {
    return data_error(fmt::format("{}: {}", files.image.string(), why));
  };
  try {
    torch::jit::Module module = torch::jit::load(files.image.string(), at::Device(at::kCPU));
    module.eval();
    move_to_cpu_in_single(module);
    const auto sizes = sizes_of(module);
    if (!sizes) return refused(sizes.error().message);
    const auto forward = module.find_method("forward");
    const bool apart = module.find_method(kEncodeImage) && module.find_method(kEncodeText);
    if (!apart && (!forward || forward->num_inputs() != 3))
      return refused(fmt::format("has no methods {} and {}, nor a forward(image, text)", kEncodeImage, kEncodeText));
    return std::make_unique<TorchScriptPair>(std::move(module), *sizes);
  } catch (const std::exception& error) {
    return refused(fmt::format("no TorchScript model, or one that is cut short: {}", short_words(error.what())));
  }
}

}  // namespace errata::nn

/// Problem: see what a submodule of somebody's TorchScript model gives, at any depth, when C++ has no hooks for it.
///
/// A loaded model is a tree of objects whose classes have methods, and a method is a graph. In a copy of the model, the
/// class of a wanted submodule gets one attribute more, and its graph of forward() gets two nodes at its end: copy the
/// result, and set the attribute to the copy. After a call the attribute holds what the submodule gave last. The copy
/// matters: what follows may change the result in place, as ReLU(inplace=True) does.
///
/// Submodules of one class share its graph, so all of them keep their results; each in its own object. The graphs are
/// changed before the model's first call, because libtorch compiles and inlines them then; so another set of layers
/// gets another copy of the model.

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <set>

#include "errata/nn/image_network.h"
#include "errata/nn/shards.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

constexpr const char* kAttribute = "errata_captured";
constexpr std::size_t kPieceOfProgram = 512;  ///< images

torch::jit::Module submodule(const torch::jit::Module& root, const std::string& path) {
  torch::jit::Module found = root;
  for (std::size_t first = 0; first <= path.size();) {
    const std::size_t end = std::min(path.find('.', first), path.size());
    found = found.attr(path.substr(first, end - first)).toModule();
    first = end + 1;
  }
  return found;
}

/// Lets every submodule of one class keep what its forward() gives.
Result<void> keep_outputs(const torch::jit::Module& root, const torch::jit::Module& of, const std::string& layer) {
  const auto method = of.find_method("forward");
  if (!method) return data_error(fmt::format("layer {} has no forward()", layer));
  const auto graph = torch::jit::toGraphFunction(method->function()).graph();
  torch::jit::Value* const output = graph->outputs().at(0);
  if (!output->type()->isSubtypeOf(*c10::TensorType::get()))
    return data_error(fmt::format("layer {} gives a {}, not a tensor", layer, output->type()->str()));
  of.type()->addAttribute(kAttribute, c10::TensorType::get());
  for (const auto& module : root.modules())
    if (module.type() == of.type()) module._ivalue()->setAttr(kAttribute, at::Tensor());
  const torch::jit::WithInsertPoint at_end(graph->return_node());
  torch::jit::Value* const copy = graph->insert(at::aten::clone, {output});
  graph->insertNode(graph->createSetAttr(graph->inputs().at(0), kAttribute, copy));
  return {};
}

class TorchScriptModel : public ImageNetwork {
 public:
  explicit TorchScriptModel(const torch::jit::Module& loaded) : loaded_(loaded), running_(loaded_) {}

  [[nodiscard]] std::vector<std::string> layers() const override {
    std::vector<std::string> names;
    for (const auto& module : loaded_.named_modules())
      if (!module.name.empty()) names.push_back(module.name);
    return names;
  }

  [[nodiscard]] Result<void> prepare(std::span<const std::string> wanted) override {
    if (std::ranges::equal(wanted, wanted_)) return {};
    const auto known = layers();
    if (known.empty() && !wanted.empty())
      return data_error(
          fmt::format("layer {}: the model has no submodules; one that was frozen (torch.jit.freeze) has lost them, "
                      "save it as it was before",
                      wanted.front()));
    ERRATA_TRY(indices_of_layers(wanted, known));
    wanted_.clear();
    captured_.clear();
    running_ = loaded_.clone();
    for (const auto& layer : wanted) {
      captured_.push_back(submodule(running_, layer));
      if (!captured_.back().type()->hasAttribute(kAttribute))
        ERRATA_TRY(keep_outputs(running_, captured_.back(), layer));
    }
    wanted_.assign(wanted.begin(), wanted.end());
    return {};
  }

  [[nodiscard]] Result<std::vector<at::Tensor>> forward(const at::Tensor& images) override {
    use_all_threads();
    std::vector<at::Tensor> results;
    for (const auto& module : captured_) module._ivalue()->setAttr(kAttribute, at::Tensor());
    const c10::IValue output = running_.forward({images});
    for (std::size_t i = 0; i < captured_.size(); ++i) {
      results.push_back(captured_[i].attr(kAttribute).toTensor());
      if (!results.back().defined())
        return data_error(fmt::format("layer {} is never called by the model", wanted_[i]));
    }
    for (const auto& module : captured_) module._ivalue()->setAttr(kAttribute, at::Tensor());
    if (!output.isTensor()) return data_error(fmt::format("the model gives a {}, not a tensor", output.tagKind()));
    results.push_back(output.toTensor());
    return results;
  }

  [[nodiscard]] bool is_shareable() const override { return false; }
  [[nodiscard]] std::size_t piece(std::size_t /*values*/) const override { return kPieceOfProgram; }

 private:
  torch::jit::Module loaded_;   ///< as it was in the file
  torch::jit::Module running_;  ///< the same, or a copy that keeps what wanted_ gives
  std::vector<std::string> wanted_;
  std::vector<torch::jit::Module> captured_;  ///< parts of running_, in the order of wanted_
};

}  // namespace

Result<std::unique_ptr<ImageNetwork>> open_torchscript(const std::filesystem::path& place, Device device) {
  try {
    const auto where = device.kind == Device::Kind::cuda
                           ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                           : at::Device(at::kCPU);
    torch::jit::Module module = torch::jit::load(place.string(), where);
    module.eval();
    return std::make_unique<TorchScriptModel>(module);
  } catch (const std::exception& error) {
    return data_error(fmt::format("{}: no TorchScript model, or one that is cut short: {}", place.string(),
                                  short_words(error.what())));
  }
}

}  // namespace errata::nn

/// PyTorch's exporters note in each node which module it comes of. The older one in the node's name, a part a module,
/// which begins with the name of the part before where that is a Sequential: /features/features.0/conv/Conv is of
/// features.0.conv. The newer one in a note that lists whole paths.

#include "errata/nn/onnx_layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "errata/base/edit_distance.h"

namespace errata::nn {
namespace {

constexpr std::size_t kNamed = 20;          ///< names that an error lists
constexpr std::size_t kLongestPath = 1000;  ///< bytes of a module's path

/// The texts in quotes of a list as Python writes it.
std::vector<std::string> quoted_texts(std::string_view list) {
  std::vector<std::string> texts;
  for (std::size_t at = list.find('\''); at != std::string_view::npos;) {
    const std::size_t end = list.find('\'', at + 1);
    if (end == std::string_view::npos) break;
    texts.emplace_back(list.substr(at + 1, end - at - 1));
    at = list.find('\'', end + 1);
  }
  return texts;
}

/// A module as its nodes show it.
struct SeenModule {
  std::string path;
  const OnnxNode* last = nullptr;  ///< of it or of a module inside
  bool is_itself = false;          ///< the last node is its own
  bool is_called_again = false;    ///< "relu" beside "relu_1": a second call of relu, or a module of that name
};

bool is_inside(std::string_view path, std::string_view module) {
  return path.starts_with(module) && (path.size() == module.size() || path[module.size()] == '.');
}

/// Of "block.relu_1" block.relu; "" where there is no number.
std::string_view first_call(std::string_view path) {
  const std::size_t at = path.find_last_not_of("0123456789");
  return at == std::string_view::npos || at + 1 == path.size() || path[at] != '_' ? std::string_view()
                                                                                  : path.substr(0, at);
}

/// Modules and all they are in, in the order of their first nodes.
std::vector<SeenModule> seen_modules(const OnnxFile& file) {
  std::vector<SeenModule> modules;
  std::map<std::string, std::size_t, std::less<>> places;
  for (const OnnxNode& node : file.nodes) {
    const std::string path = module_path(node);
    if (path.empty() || path.size() > kLongestPath || node.outputs.empty() || node.outputs.front().empty()) continue;
    for (std::size_t end = path.find('.');; end = path.find('.', end + 1)) {
      const std::string module = path.substr(0, end);
      const auto [place, is_new] = places.emplace(module, modules.size());
      if (is_new) modules.push_back({.path = module});
      modules[place->second].last = &node;
      modules[place->second].is_itself = module == path;
      if (end == std::string::npos) break;
    }
  }
  for (std::size_t i = 0; i < modules.size(); ++i)
    if (const auto first = places.find(first_call(modules[i].path)); first != places.end())
      modules[first->second].is_called_again = true;
  return modules;
}

/// A convolution whose weights are not the module's own parameter: the exporter computed them, from a normalisation.
bool is_merged(const SeenModule& module) {
  const OnnxNode& node = *module.last;
  if (!module.is_itself || (node.operation != "Conv" && node.operation != "ConvTranspose") || node.inputs.size() < 2)
    return false;
  return !is_inside(node.inputs[1], module.path);
}

/// Why a module is no layer, as the end of a sentence; "" for one that is, or is none.
std::string why_left_out(const OnnxFile& file, std::string_view wanted) {
  const auto modules = seen_modules(file);
  const auto found = std::ranges::find(modules, wanted, &SeenModule::path);
  if (found == modules.end()) return {};
  const std::string& tensor = found->last->outputs.front();
  if (is_merged(*found))
    return fmt::format(
        ": the exporter merged it with the normalisation behind it, what both give is {}; exported with "
        "training=TrainingMode.PRESERVE they stay apart",
        tensor);
  if (found->is_called_again)
    return fmt::format(
        ": it is called several times, or there are modules {0} and {0}_1; name the tensor that is meant, "
        "such as {1}",
        wanted, tensor);
  return {};
}

}  // namespace

std::string module_path(const OnnxNode& node) {
  if (!node.scopes.empty()) {
    const auto scopes = quoted_texts(node.scopes);  // the graph, modules, and the node itself
    return scopes.size() < 2 ? std::string() : scopes[scopes.size() - 2];
  }
  const std::string& name = node.name;
  if (!name.starts_with('/')) return {};
  std::string path;
  std::string_view before;
  for (std::size_t at = 1, end = name.find('/', at); end != std::string::npos; at = end + 1, end = name.find('/', at)) {
    const std::string_view part = std::string_view(name).substr(at, end - at);
    if (part.size() > before.size() && !before.empty() && is_inside(part, before))
      path += part.substr(before.size());
    else
      path += (path.empty() ? "" : ".") + std::string(part);
    before = part;
  }
  return path;
}

std::vector<OnnxLayer> layers_of(const OnnxFile& file) {
  std::vector<OnnxLayer> layers;
  for (const SeenModule& module : seen_modules(file))
    if (!is_merged(module) && !module.is_called_again)
      layers.push_back({.name = module.path, .tensor = module.last->outputs.front()});
  for (const OnnxNode& node : file.nodes)
    for (const std::string& output : node.outputs)
      if (!output.empty()) layers.push_back({.name = output, .tensor = output});
  return layers;
}

Result<std::string> tensor_of_layer(const OnnxFile& file, std::span<const OnnxLayer> layers, std::string_view wanted) {
  // A tensor's own name comes before a module that is called the same.
  for (const OnnxLayer& layer : std::views::reverse(layers))
    if (layer.name == wanted) return layer.tensor;
  if (const std::string why = why_left_out(file, wanted); !why.empty())
    return data_error(fmt::format("layer {} cannot be captured{}", wanted, why));
  std::vector<std::string> names;
  for (const OnnxLayer& layer : layers) names.push_back(layer.name);
  sort_by_nearness(names, wanted);
  const std::size_t more = names.size() > kNamed ? names.size() - kNamed : 0;
  names.resize(names.size() - more);
  return data_error(fmt::format("layer {} does not exist; the layers, nearest names first, are {}{}", wanted,
                                fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
}

}  // namespace errata::nn

#include "errata/nn/onnx_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>

namespace errata::nn {
namespace {

constexpr std::uint64_t kMostNodes = 1'000'000;  ///< after every function was put in place; large networks have 10,000s

using ByName = std::map<std::string, const OnnxFunction*, std::less<>>;

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::optional<std::string> fault_of_body(const OnnxFunction& function) {
  const auto has = [&](const std::string& tensor) {
    return tensor.empty() || function.made.contains(tensor) ||
           std::ranges::find(function.inputs, tensor) != function.inputs.end();
  };
  for (const std::string& tensor : function.used)
    if (!has(tensor)) return fmt::format("the function {} uses {:?}, which it does not have", function.name, tensor);
  for (const std::string& tensor : function.outputs)
    if (!has(tensor)) return fmt::format("the function {} never makes its output {:?}", function.name, tensor);
  return std::nullopt;
}

std::optional<std::string> fault_of_calls(const OnnxFunction& caller, const ByName& functions) {
  for (const auto& [name, call] : caller.calls) {
    const auto found = functions.find(name);
    if (found == functions.end()) continue;
    const OnnxFunction& called = *found->second;
    if (call.inputs > called.inputs.size())
      return fmt::format("the function {} takes {} and is called with {}", name, counted(called.inputs.size(), "input"),
                         call.inputs);
    if (call.outputs > called.outputs.size())
      return fmt::format("the function {} has {} and is called for {}", name, counted(called.outputs.size(), "output"),
                         call.outputs);
  }
  return std::nullopt;
}

/// Counts the nodes that calls lead to.
class Expansion {
 public:
  explicit Expansion(const ByName& functions) : functions_(functions) {}

  /// At most kMostNodes + 1; nothing where a function leads to itself.
  std::optional<std::uint64_t> nodes_of(const OnnxFunction& function) {
    if (const auto known = nodes_.find(&function); known != nodes_.end()) return known->second;
    nodes_[&function] = std::nullopt;  // while it is counted
    std::uint64_t nodes = 0;
    for (const auto& [name, call] : function.calls) {
      std::uint64_t each = 1;
      if (const auto called = functions_.find(name); called != functions_.end()) {
        const auto inside = nodes_of(*called->second);
        if (!inside) return std::nullopt;
        each += *inside;
      }
      nodes = std::min(kMostNodes + 1, nodes + each * std::min<std::uint64_t>(call.times, kMostNodes + 1));
    }
    nodes_[&function] = nodes;
    return nodes;
  }

 private:
  const ByName& functions_;
  std::map<const OnnxFunction*, std::optional<std::uint64_t>> nodes_;
};

}  // namespace

std::optional<std::string> fault_of_functions(const OnnxFunction& graph, std::span<const OnnxFunction> functions) {
  ByName by_name;
  for (const OnnxFunction& function : functions)
    if (!by_name.emplace(function.name, &function).second)
      return fmt::format("the function {} is defined twice", function.name);
  if (auto fault = fault_of_calls(graph, by_name)) return fault;
  for (const OnnxFunction& function : functions) {
    if (auto fault = fault_of_body(function)) return fault;
    if (auto fault = fault_of_calls(function, by_name)) return fault;
  }
  Expansion expansion(by_name);
  for (const OnnxFunction& function : functions)
    if (!expansion.nodes_of(function)) return fmt::format("the function {} leads to itself", function.name);
  if (expansion.nodes_of(graph).value_or(0) > kMostNodes)
    return fmt::format("its functions lead to more than {} nodes", kMostNodes);
  return std::nullopt;
}

}  // namespace errata::nn

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace errata::nn {

/// How a graph uses an operator.
struct OnnxCall {
  std::size_t times = 0;
  std::size_t inputs = 0, outputs = 0;  ///< the most in one node
};

/// An operator that a model defines itself by a graph, which ONNX Runtime puts in the place of every call; or the
/// model's own graph, whose name is empty.
struct OnnxFunction {
  std::string name;                       ///< "domain.name"
  std::vector<std::string> inputs;        ///< names of tensors
  std::vector<std::string> outputs;       //
  std::set<std::string> made;             ///< tensors that its nodes give, and its subgraphs take, at any depth
  std::set<std::string> used;             ///< tensors that its nodes take, at any depth
  std::map<std::string, OnnxCall> calls;  ///< by "domain.name" of the operator
};

/// What ONNX Runtime trusts in these definitions and must not: a call fits its function, a function uses what it has
/// and gives what it says, none is defined twice or by itself, and all calls together lead to 1,000,000 nodes at most.
/// @return what is wrong: "the function com.example.Fold takes 1 input and is called with 2"
[[nodiscard]] std::optional<std::string> fault_of_functions(const OnnxFunction& graph,
                                                            std::span<const OnnxFunction> functions);

}  // namespace errata::nn

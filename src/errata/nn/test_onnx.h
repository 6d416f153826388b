#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/nn/protobuf.h"

namespace errata::nn {

/// A message of fields of bytes, in turn.
inline std::string message_of(const std::vector<std::pair<std::uint32_t, std::string>>& fields) {
  std::string message;
  for (const auto& [number, bytes] : fields) append_field(message, number, bytes);
  return message;
}

/// A node of the graph. @param more  fields
inline std::string onnx_node(std::string_view name, std::string_view operation, const std::vector<std::string>& inputs,
                             std::string_view output, std::string_view more = {}) {
  std::string node;
  for (const std::string& input : inputs) append_field(node, 1, input);
  append_field(node, 2, output);
  append_field(node, 3, name);
  append_field(node, 4, operation);
  return node.append(more);
}

/// A graph as a model: version 8, operators of set 13. @param graph  fields of the graph
inline std::string onnx_model(const std::vector<std::pair<std::uint32_t, std::string>>& graph) {
  std::string model, operators;
  append_field(model, 1, std::uint64_t{8});
  append_field(operators, 2, std::uint64_t{13});
  append_field(model, 8, operators);
  append_field(model, 7, message_of(graph));
  return model;
}

/// A tensor as an input or output. @param shape  −1 for an open size  @param type  ONNX's number, 1: float32
inline std::string onnx_value(std::string_view name, const std::vector<std::int64_t>& shape, std::uint64_t type = 1) {
  std::string value, sizes, tensor;
  for (const std::int64_t size : shape) {
    std::string dimension;
    if (size >= 0)
      append_field(dimension, 1, static_cast<std::uint64_t>(size));
    else
      append_field(dimension, 2, "n");
    append_field(sizes, 1, dimension);
  }
  append_field(tensor, 1, type);
  append_field(tensor, 2, sizes);
  append_field(value, 1, name);
  append_field(value, 2, message_of({{1, tensor}}));
  return value;
}

/// A constant of floats in the graph.
inline std::string onnx_floats(std::string_view name, const std::vector<std::uint64_t>& shape,
                               const std::vector<float>& values) {
  std::string tensor;
  for (const std::uint64_t size : shape) append_field(tensor, 1, size);
  append_field(tensor, 2, std::uint64_t{1});
  append_field(tensor, 8, name);
  append_field(tensor, 9, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  return tensor;
}

/// A constant vector of whole numbers in the graph.
inline std::string onnx_integers(std::string_view name, const std::vector<std::int64_t>& values) {
  std::string tensor;
  append_field(tensor, 1, static_cast<std::uint64_t>(values.size()));
  append_field(tensor, 2, std::uint64_t{7});
  append_field(tensor, 8, name);
  append_field(tensor, 9, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t)});
  return tensor;
}

/// A field of a node: an attribute that is a number, or a list of numbers.
inline std::string onnx_attribute(std::string_view name, std::uint64_t number) {
  std::string attribute;
  append_field(attribute, 1, name);
  append_field(attribute, 3, number);
  append_field(attribute, 20, std::uint64_t{2});
  return message_of({{5, attribute}});
}
inline std::string onnx_attribute(std::string_view name, const std::vector<std::uint64_t>& numbers) {
  std::string attribute;
  append_field(attribute, 1, name);
  for (const std::uint64_t number : numbers) append_field(attribute, 8, number);
  append_field(attribute, 20, std::uint64_t{7});
  return message_of({{5, attribute}});
}

}  // namespace errata::nn

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/error.h"

namespace errata::nn {

/// Types of the elements of a tensor, by ONNX's numbers.
enum class OnnxType : std::uint8_t {
  none = 0,  ///< no tensor: a sequence, a map, an optional value
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  text = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16,
};
/// "float32"; "type 17" for one without a name here.
[[nodiscard]] std::string name_of(OnnxType type);

/// An input or output of the graph as the file declares it.
struct OnnxValue {
  std::string name;
  OnnxType type = OnnxType::none;
  std::optional<std::vector<std::int64_t>> shape;  ///< −1 where a size is open; nothing where the rank is
  /// "images float32 [n, 3, 32, 32]", an open size as n, ? after the first.
  [[nodiscard]] std::string words() const;
};

struct OnnxNode {
  std::string name, operation, domain;
  std::vector<std::string> inputs, outputs;
  std::string
      scopes{};  ///< what PyTorch's newer exporter notes of a node's module: "['', 'block', 'block.conv', 'conv']"
};

/// What an ONNX file says about itself, read without ONNX Runtime and without running anything.
struct OnnxFile {
  std::filesystem::path place;
  std::string content;            ///< the file
  std::vector<OnnxValue> inputs;  ///< that a caller must give: those with a value in the file are left out
  std::vector<OnnxValue> outputs;
  std::vector<OnnxNode> nodes;                                 ///< of the graph itself, in the order in which they run
  std::vector<std::pair<std::string, std::string>> operators;  ///< (domain, name) of each, at any depth, in order
  std::vector<std::string> functions;  ///< "domain.name" of the operators that the file defines itself
  bool has_external_data = false;
};

/// Reads an ONNX file and checks what ONNX Runtime would trust: tensors in other files lie below the model's own folder
/// and within these files, names hold no control characters, subgraphs are not nested without end, functions fit
/// their calls (onnx_functions.h).
/// @return data error naming the file: not there, no ONNX file, cut short, larger than 2 GB, external data elsewhere, …
[[nodiscard]] Result<OnnxFile> read_onnx(const std::filesystem::path& place);

/// Likewise from bytes; `place` names them, and is where external data would lie.
[[nodiscard]] Result<OnnxFile> parse_onnx(std::string content, const std::filesystem::path& place);

/// The first operator that neither ONNX, nor ONNX Runtime, nor the file itself defines: "com.example.Fold".
[[nodiscard]] std::optional<std::string> foreign_operator(const OnnxFile& file);

/// The file with some tensors more as outputs of its graph. The graph is a field of the model that protobuf merges when
/// it occurs again, so a second graph, of outputs alone, is appended.
/// @param tensors  names of outputs of nodes
[[nodiscard]] std::string with_outputs(const OnnxFile& file, std::span<const std::string> tensors);

/// Whether a file calls itself ONNX, or begins like it: a TorchScript archive begins otherwise.
[[nodiscard]] bool looks_like_onnx(const std::filesystem::path& place);

}  // namespace errata::nn

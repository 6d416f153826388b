/// A file of ONNX is one protobuf message. Wanted are names, types and shapes, and where tensors lie outside: a walk
/// over the fields of a few messages, which needs no protobuf library. Numbers of fields are those of onnx.proto.
///
/// Every message is a piece of the file's bytes, so the walk needs memory for names only, and a length that does not
/// fit ends it.

#include "errata/nn/onnx_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <functional>
#include <set>

#include "errata/base/atomic_file.h"
#include "errata/nn/onnx_functions.h"
#include "errata/nn/protobuf.h"

namespace errata::nn {
namespace {

constexpr std::string_view kInMemory = "_ORT_MEM_ADDR_";            ///< a location that is no file
constexpr std::uintmax_t kLargest = (std::uintmax_t{1} << 31) - 1;  ///< bytes that protobuf reads
constexpr int kDeepest = 64;                                        ///< graphs inside graphs

/// Where a tensor lies outside of the file.
struct ExternalTensor {
  std::string tensor, location;
  std::uint64_t offset = 0, length = 0;
  bool readable = true;
};

bool read_pair(std::string_view message, std::string_view& key, std::string_view& value) {
  return each_field(message, [&](const ProtoField& field) {
    if (field.is_bytes && field.number == 1) key = field.bytes;
    if (field.is_bytes && field.number == 2) value = field.bytes;
    return true;
  });
}

std::uint64_t number_in(std::string_view text, bool& readable) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  readable = readable && read.ec == std::errc() && read.ptr == text.data() + text.size();
  return value;
}

std::string name_of_operator(const std::string& domain, const std::string& operation) {
  return domain + "." + operation;
}

/// Walks a model and keeps what OnnxFile holds.
class ModelWalk {
 public:
  explicit ModelWalk(OnnxFile& file) : file_(file) {}

  bool model(std::string_view message) {
    return each_field(message, [&](const ProtoField& field) {
      if (field.number == 1 && !field.is_bytes) has_version_ = field.value > 0;
      if (!field.is_bytes) return true;
      if (field.number == 7) return graph(field.bytes, 0);
      if (field.number == 20)
        return each_field(field.bytes, [&](const ProtoField& part) {  // training
          return !part.is_bytes || part.number > 2 || graph(part.bytes, 1);
        });
      return field.number != 25 || function(field.bytes);
    });
  }

  [[nodiscard]] bool is_model() const { return has_version_ && has_graph_; }
  [[nodiscard]] bool is_deep() const { return too_deep_; }
  [[nodiscard]] const std::vector<ExternalTensor>& external() const { return external_; }
  [[nodiscard]] const std::set<std::pair<std::string, std::string>>& operators() const { return operators_; }
  [[nodiscard]] std::optional<std::string> fault() const { return fault_of_functions(graph_, functions_); }

  void drop_inputs_with_values() {
    std::erase_if(file_.inputs, [&](const OnnxValue& input) { return initialised_.contains(input.name); });
  }

 private:
  bool graph(std::string_view message, int depth) {
    if (depth > kDeepest) too_deep_ = true;
    if (too_deep_) return true;
    if (depth == 0) has_graph_ = true;
    return each_field(message, [&](const ProtoField& field) {
      if (!field.is_bytes) return true;
      switch (field.number) {
        case 1: return node(field.bytes, depth);
        case 5: return tensor(field.bytes, depth);
        case 11: return depth > 0 ? subgraph_input(field.bytes) : value(field.bytes, file_.inputs);
        case 12: return depth > 0 || value(field.bytes, file_.outputs);
        case 15: return sparse_tensor(field.bytes, depth);
        default: return true;
      }
    });
  }

  bool node(std::string_view message, int depth) {
    OnnxNode node;
    const bool whole = each_field(message, [&](const ProtoField& field) {
      if (!field.is_bytes) return true;
      switch (field.number) {
        case 1: node.inputs.emplace_back(field.bytes); break;
        case 2: node.outputs.emplace_back(field.bytes); break;
        case 3: node.name = field.bytes; break;
        case 4: node.operation = field.bytes; break;
        case 5: return attribute(field.bytes, depth + 1);
        case 7: node.domain = field.bytes; break;
        case 9: return note(field.bytes, node);
        default: break;
      }
      return true;
    });
    note_use(node);
    if (depth == 0) file_.nodes.push_back(std::move(node));
    return whole;
  }

  void note_use(const OnnxNode& node) {
    operators_.emplace(node.domain, node.operation);
    OnnxFunction& around = in_function_ ? functions_.back() : graph_;
    OnnxCall& call = around.calls[name_of_operator(node.domain, node.operation)];
    ++call.times;
    call.inputs = std::max(call.inputs, node.inputs.size());
    call.outputs = std::max(call.outputs, node.outputs.size());
    if (!in_function_) return;
    around.used.insert(node.inputs.begin(), node.inputs.end());
    around.made.insert(node.outputs.begin(), node.outputs.end());
  }

  bool subgraph_input(std::string_view message) {
    std::vector<OnnxValue> values;
    const bool whole = value(message, values);
    if (in_function_) functions_.back().made.insert(values.back().name);
    return whole;
  }

  static bool note(std::string_view message, OnnxNode& node) {
    std::string_view key, value;
    if (!read_pair(message, key, value)) return false;
    if (key == "pkg.torch.onnx.name_scopes") node.scopes = value;
    return true;
  }

  bool attribute(std::string_view message, int depth) {
    return each_field(message, [&](const ProtoField& field) {
      if (!field.is_bytes) return true;
      switch (field.number) {
        case 5:
        case 10: return tensor(field.bytes, depth);
        case 6:
        case 11: return graph(field.bytes, depth);
        case 22:
        case 23: return sparse_tensor(field.bytes, depth);
        default: return true;
      }
    });
  }

  bool function(std::string_view message) {
    functions_.emplace_back();
    in_function_ = true;
    std::string name, domain;
    const bool whole = each_field(message, [&](const ProtoField& field) {
      if (!field.is_bytes) return true;
      switch (field.number) {
        case 1: name = field.bytes; return true;
        case 4: functions_.back().inputs.emplace_back(field.bytes); return true;
        case 5: functions_.back().outputs.emplace_back(field.bytes); return true;
        case 7: return node(field.bytes, 1);
        case 10: domain = field.bytes; return true;
        case 11: return attribute(field.bytes, 1);
        default: return true;
      }
    });
    in_function_ = false;
    functions_.back().name = name_of_operator(domain, name);
    file_.functions.push_back(functions_.back().name);
    return whole;
  }

  bool tensor(std::string_view message, int depth) {
    std::string name;
    ExternalTensor outside;
    bool is_outside = false;
    const bool whole = each_field(message, [&](const ProtoField& field) {
      if (field.number == 14 && !field.is_bytes) is_outside = field.value == 1;
      if (field.number == 8 && field.is_bytes) name = field.bytes;
      if (field.number != 13 || !field.is_bytes) return true;
      std::string_view key, value;
      if (!read_pair(field.bytes, key, value)) return false;
      if (key == "location") outside.location = value;
      if (key == "offset") outside.offset = number_in(value, outside.readable);
      if (key == "length") outside.length = number_in(value, outside.readable);
      return true;
    });
    if (depth == 0) initialised_.insert(name);
    if (in_function_) functions_.back().made.insert(name);
    outside.tensor = std::move(name);
    if (is_outside) external_.push_back(std::move(outside));
    return whole;
  }

  bool sparse_tensor(std::string_view message, int depth) {
    return each_field(message, [&](const ProtoField& field) {
      return !field.is_bytes || field.number > 2 || tensor(field.bytes, depth + (field.number == 1 ? 0 : 1));
    });
  }

  static bool value(std::string_view message, std::vector<OnnxValue>& values) {
    OnnxValue value;
    const bool whole = each_field(message, [&](const ProtoField& field) {
      if (field.number == 1 && field.is_bytes) value.name = field.bytes;
      return field.number != 2 || !field.is_bytes || each_field(field.bytes, [&](const ProtoField& kind) {
               return kind.number != 1 || !kind.is_bytes || tensor_type(kind.bytes, value);
             });
    });
    values.push_back(std::move(value));
    return whole;
  }

  static bool tensor_type(std::string_view message, OnnxValue& value) {
    return each_field(message, [&](const ProtoField& field) {
      if (field.number == 1 && !field.is_bytes)
        value.type = static_cast<OnnxType>(std::min<std::uint64_t>(field.value, 255));
      if (field.number != 2 || !field.is_bytes) return true;
      if (!value.shape) value.shape.emplace();
      return each_field(field.bytes, [&](const ProtoField& size) {
        return size.number != 1 || !size.is_bytes || dimension(size.bytes, *value.shape);
      });
    });
  }

  static bool dimension(std::string_view message, std::vector<std::int64_t>& shape) {
    shape.push_back(-1);
    return each_field(message, [&](const ProtoField& field) {
      if (field.number == 1 && !field.is_bytes) shape.back() = static_cast<std::int64_t>(field.value);
      return true;
    });
  }

  OnnxFile& file_;
  std::set<std::pair<std::string, std::string>> operators_;  ///< (domain, name), at any depth
  OnnxFunction graph_;
  std::vector<OnnxFunction> functions_;
  bool in_function_ = false;  ///< the last of them
  bool has_version_ = false, has_graph_ = false, too_deep_ = false;
  std::set<std::string, std::less<>> initialised_;
  std::vector<ExternalTensor> external_;
};

bool is_printable(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool names_are_printable(const OnnxFile& file) {
  const auto value = [](const OnnxValue& of) { return is_printable(of.name); };
  return std::ranges::all_of(file.inputs, value) && std::ranges::all_of(file.outputs, value) &&
         std::ranges::all_of(file.nodes, [](const OnnxNode& node) {
           return is_printable(node.name) && is_printable(node.operation) && is_printable(node.domain) &&
                  std::ranges::all_of(node.outputs, is_printable) && std::ranges::all_of(node.inputs, is_printable);
         });
}

/// A tensor outside must lie in a file below the model's folder, wherever links lead, and within that file.
Result<void> check_external(const ExternalTensor& tensor, const std::filesystem::path& place) {
  const auto refused = [&](const std::string& why) {
    return data_error(
        fmt::format("{}: tensor {:?} lies in the file {:?}, {}", place.string(), tensor.tensor, tensor.location, why));
  };
  if (!tensor.readable) return refused("at a place that is no number");
  if (tensor.location.contains(kInMemory)) return refused("which ONNX Runtime takes for a place in its memory");
  const std::filesystem::path location(tensor.location);
  std::error_code error;
  const auto folder = std::filesystem::weakly_canonical(place.parent_path().empty() ? "." : place.parent_path(), error);
  if (tensor.location.empty() || location.is_absolute() || tensor.location.find('\0') != std::string::npos)
    return refused("which is no file beside the model");
  const auto target = std::filesystem::weakly_canonical(folder / location, error);
  if (error || std::ranges::mismatch(folder, target).in1 != folder.end())
    return refused("which is not in the model's folder; external data outside of it is not read");
  if (!std::filesystem::is_regular_file(target, error)) return refused("which is not there");
  const std::uintmax_t size = std::filesystem::file_size(target, error);
  if (error || tensor.offset > size || tensor.length > size - tensor.offset)
    return refused(fmt::format("which has {} bytes, fewer than the tensor needs", size));
  return {};
}

}  // namespace

std::string name_of(OnnxType type) {
  constexpr std::array kNames{"no tensor", "float32", "uint8",     "int8",       "uint16",  "int16",
                              "int32",     "int64",   "string",    "bool",       "float16", "float64",
                              "uint32",    "uint64",  "complex64", "complex128", "bfloat16"};
  const auto number = static_cast<std::size_t>(type);
  return number < kNames.size() ? kNames.at(number) : fmt::format("type {}", number);
}

std::string OnnxValue::words() const {
  if (!shape) return fmt::format("{} {}, of any shape", name, name_of(type));
  std::vector<std::string> sizes;
  for (const std::int64_t size : *shape)
    sizes.push_back(size >= 0 ? fmt::format("{}", size) : sizes.empty() ? "n" : "?");
  return fmt::format("{} {} [{}]", name, name_of(type), fmt::join(sizes, ", "));
}

Result<OnnxFile> parse_onnx(std::string content, const std::filesystem::path& place) {
  OnnxFile file{.place = place, .content = std::move(content)};
  ModelWalk walk(file);
  const bool whole = walk.model(file.content);
  if (!whole || !walk.is_model())
    return data_error(fmt::format("{}: no ONNX model, or one that is cut short", place.string()));
  if (walk.is_deep())
    return data_error(fmt::format("{}: more than {} graphs inside each other", place.string(), kDeepest));
  if (!names_are_printable(file))
    return data_error(fmt::format("{}: a name in the model holds control characters", place.string()));
  if (const auto fault = walk.fault()) return data_error(fmt::format("{}: {}", place.string(), *fault));
  for (const auto& tensor : walk.external()) ERRATA_TRY(check_external(tensor, place));
  file.has_external_data = !walk.external().empty();
  walk.drop_inputs_with_values();
  file.operators.assign(walk.operators().begin(), walk.operators().end());
  return file;
}

Result<OnnxFile> read_onnx(const std::filesystem::path& place) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(place, error);
  if (error) return data_error(fmt::format("{}: {}", place.string(), error.message()));
  if (size > kLargest)
    return data_error(
        fmt::format("{}: {} bytes; a model of 2 GB and more keeps its tensors in a file beside it "
                    "(external data)",
                    place.string(), size));
  ERRATA_ASSIGN(std::string content, read_file(place));
  return parse_onnx(std::move(content), place);
}

std::optional<std::string> foreign_operator(const OnnxFile& file) {
  constexpr std::array kKnown{"",
                              "ai.onnx",
                              "ai.onnx.ml",
                              "ai.onnx.preview",
                              "ai.onnx.training",
                              "ai.onnx.preview.training",
                              "com.microsoft",
                              "com.microsoft.nchwc",
                              "com.ms.internal.nhwc"};
  for (const auto& [domain, operation] : file.operators)
    if (std::ranges::find(kKnown, domain) == kKnown.end() &&
        std::ranges::find(file.functions, name_of_operator(domain, operation)) == file.functions.end())
      return name_of_operator(domain, operation);
  return std::nullopt;
}

std::string with_outputs(const OnnxFile& file, std::span<const std::string> tensors) {
  std::string outputs, model = file.content;
  for (const std::string& tensor : tensors) {
    std::string value;
    append_field(value, 1, tensor);
    append_field(outputs, 12, value);
  }
  if (!outputs.empty()) append_field(model, 7, outputs);
  return model;
}

bool looks_like_onnx(const std::filesystem::path& place) {
  std::string extension = place.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (extension == ".onnx") return true;
  constexpr char kVersionField = 1 << 3;  // the field that every writer begins with, then a small number
  char head[2]{};
  std::ifstream(place, std::ios::binary).read(head, sizeof head);
  return head[0] == kVersionField && head[1] > 0 && head[1] < 64;
}

}  // namespace errata::nn

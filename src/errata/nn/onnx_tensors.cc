#include "errata/nn/onnx_tensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace errata::nn {

std::optional<c10::ScalarType> torch_type(OnnxType type) {
  switch (type) {
    case OnnxType::float32: return at::kFloat;
    case OnnxType::uint8: return at::kByte;
    case OnnxType::int8: return at::kChar;
    case OnnxType::int16: return at::kShort;
    case OnnxType::int32: return at::kInt;
    case OnnxType::int64: return at::kLong;
    case OnnxType::boolean: return at::kBool;
    case OnnxType::float16: return at::kHalf;
    case OnnxType::float64: return at::kDouble;
    case OnnxType::bfloat16: return at::kBFloat16;
    default: return std::nullopt;
  }
}

bool is_float(OnnxType type) {
  return type == OnnxType::float32 || type == OnnxType::float16 || type == OnnxType::float64 ||
         type == OnnxType::bfloat16;
}

std::string words_of_values(std::span<const OnnxValue> values) {
  std::vector<std::string> words;
  for (const OnnxValue& value : values) words.push_back(value.words());
  return fmt::format("{}", fmt::join(words, "; "));
}

OnnxInput onnx_input(const OnnxValue& input, const at::Tensor& given) {
  const std::span bytes(static_cast<const std::byte*>(given.data_ptr()), given.nbytes());
  return {.name = input.name, .type = input.type, .shape = given.sizes().vec(), .bytes = bytes};
}

Result<at::Tensor> torch_tensor(const OnnxTensor& output, const std::string& name) {
  const auto type = torch_type(output.type);
  if (!type) return data_error(fmt::format("{} is a tensor of {}", name, name_of(output.type)));
  return at::from_blob(output.data.get(), output.shape, [kept = output.data](void*) {}, *type);
}

}  // namespace errata::nn

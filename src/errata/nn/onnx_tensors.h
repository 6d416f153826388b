#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "errata/base/error.h"
#include "errata/nn/onnx_session.h"

namespace at {
class Tensor;
}
namespace c10 {
enum class ScalarType : std::int8_t;
}

namespace errata::nn {

/// libtorch's type of the same elements; nothing where it has none.
[[nodiscard]] std::optional<c10::ScalarType> torch_type(OnnxType type);
[[nodiscard]] bool is_float(OnnxType type);

/// "images float32 [n, 3, 32, 32]; mask int64 [n, 77]"
[[nodiscard]] std::string words_of_values(std::span<const OnnxValue> values);

/// A tensor as an input of a model. @param given  contiguous, of the input's type; outlives what is returned
[[nodiscard]] OnnxInput onnx_input(const OnnxValue& input, const at::Tensor& given);

/// What a model gave, without a copy. @return data error naming the output where libtorch has no such elements
[[nodiscard]] Result<at::Tensor> torch_tensor(const OnnxTensor& output, const std::string& name);

}  // namespace errata::nn

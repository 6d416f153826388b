#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/nn/onnx_file.h"

namespace errata::nn {

/// A name that a user may ask for, and the tensor behind it.
struct OnnxLayer {
  std::string name, tensor;
};

/// What can be captured of a model: first modules by the names that they had in PyTorch, as named_modules() gives them,
/// in the order in which their work begins; then every tensor that a node gives, by its own name.
/// A module stands for what its last node gives. Left out are modules of which that would not be their output: a
/// convolution with which the exporter has merged the batch normalisation behind it, and a module that is called
/// several times, whose calls the file does not tell from modules of other names.
[[nodiscard]] std::vector<OnnxLayer> layers_of(const OnnxFile& file);

/// The tensor of a layer. @return data error with the nearest names first, and what became of a module that is left out
[[nodiscard]] Result<std::string> tensor_of_layer(const OnnxFile& file, std::span<const OnnxLayer> layers,
                                                  std::string_view wanted);

/// The path of the module that a node belongs to: of "/block/block.0/conv/Conv" block.0.conv; "" for none.
[[nodiscard]] std::string module_path(const OnnxNode& node);

}  // namespace errata::nn

// The reader of ONNX files, and ONNX Runtime's making ready of those that it lets through, where the library is there.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "errata/nn/onnx_file.h"
#include "errata/nn/onnx_layers.h"
#include "errata/nn/onnx_session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata::nn;
  const auto file = parse_onnx(std::string(reinterpret_cast<const char*>(data), size), "no_such_folder/model.onnx");
  if (!file) return 0;
  const auto layers = layers_of(*file);
  (void)tensor_of_layer(*file, layers, "conv");
  (void)foreign_operator(*file);
  std::vector<std::string> tensors;
  for (const auto& layer : layers)
    if (std::ranges::find(tensors, layer.tensor) == tensors.end() && tensors.size() < 8)
      tensors.push_back(layer.tensor);
  const auto changed = parse_onnx(with_outputs(*file, tensors), "no_such_folder/model.onnx");
  if (!changed || changed->outputs.size() != file->outputs.size() + tensors.size()) std::abort();
  if (!file->has_external_data && !tensors.empty()) (void)OnnxSession::open(*file, tensors);
  return 0;
}

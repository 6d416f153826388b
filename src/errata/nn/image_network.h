#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/nn/runtime.h"

namespace at {
class Tensor;
}

namespace errata::nn {

/// What ImageModel runs: a network of known shape, a program or a graph.
class ImageNetwork {
 public:
  ImageNetwork() = default;
  ImageNetwork(const ImageNetwork&) = delete;
  ImageNetwork& operator=(const ImageNetwork&) = delete;
  virtual ~ImageNetwork() = default;

  /// Names of the layers that can be captured.
  [[nodiscard]] virtual std::vector<std::string> layers() const = 0;
  /// Makes ready to capture these layers. @return data error for one that cannot be captured
  [[nodiscard]] virtual Result<void> prepare(std::span<const std::string> wanted) = 0;
  /// The output of every prepared layer, then the logits, whatever they are.
  /// @param images  [n, c, h, w] on the device of the network
  /// May throw what libtorch throws.
  [[nodiscard]] virtual Result<std::vector<at::Tensor>> forward(const at::Tensor& images) = 0;
  /// Whether several threads may call forward() at once.
  [[nodiscard]] virtual bool is_shareable() const = 0;
  /// How many images forward() should get at once. @param values  of one image
  [[nodiscard]] virtual std::size_t piece([[maybe_unused]] std::size_t values) const { return 64; }
};

/// Where each of some layers stands among those that there are. @return data error for one that is none of them
[[nodiscard]] Result<std::vector<std::size_t>> indices_of_layers(std::span<const std::string> wanted,
                                                                 std::span<const std::string> known);

/// Errata's own classifier, read without running code.
[[nodiscard]] Result<std::unique_ptr<ImageNetwork>> open_classifier(const std::filesystem::path& place, Device device);

/// A TorchScript archive, which is a program.
[[nodiscard]] Result<std::unique_ptr<ImageNetwork>> open_torchscript(const std::filesystem::path& place, Device device);

/// An ONNX model, which holds no code. It runs on the CPU, the same bits on any number of threads.
[[nodiscard]] Result<std::unique_ptr<ImageNetwork>> open_onnx(const std::filesystem::path& place, Device device);

}  // namespace errata::nn

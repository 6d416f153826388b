#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/picture.h"

namespace errata::readers {

/// Floats that a model gave: row-major.
struct NetworkOutput {
  std::vector<std::size_t> shape;
  std::span<const float> values;
  std::shared_ptr<const void> owner{};
};

/// An ONNX model that takes one picture as floats. Runs on the thread that calls; several may call at once.
class Network {
 public:
  /// @return unavailable where ONNX Runtime is not installed; data error naming the file: no ONNX model, not one input
  ///     of floats, fewer outputs than `outputs`
  [[nodiscard]] static Result<Network> open(const std::filesystem::path& place, std::size_t outputs);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  /// @param shape  of the input  @param values  row-major, as many as the shape says
  /// @return the first outputs, as many as were asked for; data error naming the file
  [[nodiscard]] Result<std::vector<NetworkOutput>> run(std::span<const std::int64_t> shape,
                                                       std::span<const float> values) const;
  [[nodiscard]] const std::filesystem::path& place() const;

 private:
  struct State;
  explicit Network(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// How a model takes the pixels of a picture: (byte / 255 − mean) / sd.
struct InputLayout {
  float mean[3] = {0, 0, 0};  ///< of each channel of the input, in its order
  float sd[3] = {1, 1, 1};
  bool blue_first = false;     ///< channels are blue, green, red; else red, green, blue
  bool channels_last = false;  ///< [height, width, 3]; else [3, height, width]
};

/// A picture in another size as a model's input: bilinear, over the mean of an area where it shrinks. It fills the
/// upper left corner; the rest is `around`, a byte before it is normalised.
/// @param height, width    of the input, in pixels
/// @param filled_height, filled_width  that the picture takes in it, 1 … height and 1 … width
struct InputSize {
  std::size_t height = 0, width = 0, filled_height = 0, filled_width = 0;
  float around = 0;
};
[[nodiscard]] std::vector<float> input_of(const image::Picture& picture, const InputSize& size,
                                          const InputLayout& layout);

}  // namespace errata::readers

#pragma once

#include <cstddef>
#include <span>

namespace errata::nn {

/// One image inside the network, channels last: [height][width][channels]. A framed map has a border of zeros one
/// position wide around it: [height + 2][width + 2][channels].
struct MapShape {
  std::size_t height = 0, width = 0, channels = 0;
  [[nodiscard]] std::size_t positions() const { return height * width; }
  [[nodiscard]] std::size_t size() const { return height * width * channels; }
  [[nodiscard]] std::size_t framed_size() const { return (height + 2) * (width + 2) * channels; }
  /// Where the value of position (y, x), channel 0, lies in a framed map.
  [[nodiscard]] std::size_t framed(std::size_t y, std::size_t x) const {
    return ((y + 1) * (width + 2) + x + 1) * channels;
  }
};

/// out(y, x, o) = Σ over dy, dx, c of in(y + dy − 1, x + dx − 1, c) · weights(dy, dx, c, o), on the calling thread.
/// @param framed   one map of shape `in`  @param weights  [3][3][in.channels][outputs]
/// @param out      [in.height][in.width][outputs], no frame; outputs a multiple of kTiledStep
void convolve(std::span<const float> framed, const MapShape& in, std::span<const float> weights, std::size_t outputs,
              std::span<float> out);

/// sum(dy, dx, c, o) += Σ over y, x of in(y + dy − 1, x + dx − 1, c) · slopes(y, x, o): the slope of a loss with
/// respect to the weights, when that of the output is given.
/// @param framed_slopes  framed map of in.height × in.width × outputs  @param sum  [3][3][in.channels][outputs]
void add_weight_slopes(std::span<const float> framed, const MapShape& in, std::span<const float> framed_slopes,
                       std::size_t outputs, std::span<float> sum);

/// [outputs][inputs][3][3], as files have weights, becomes [3][3][inputs][outputs].
void pack_weights(std::span<const float> weights, std::size_t inputs, std::size_t outputs, std::span<float> packed);
/// The other way.
void unpack_weights(std::span<const float> packed, std::size_t inputs, std::size_t outputs, std::span<float> weights);
/// [outputs][inputs][3][3] becomes [3][3][outputs][inputs], turned by half a circle: convolve() with these takes slopes
/// of the output to slopes of the input.
void pack_turned_weights(std::span<const float> weights, std::size_t inputs, std::size_t outputs,
                         std::span<float> packed);

}  // namespace errata::nn

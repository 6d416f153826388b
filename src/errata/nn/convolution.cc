/// Convolutions of 3 × 3 on maps with the channels last. With a frame of zeros around the map, the nine neighbours of a
/// position are three runs of 3 · channels values each, one a row, that lie together in memory. So the output of a few
/// neighbouring positions is a small product of matrices whose left side is read where it lies, and so is the slope of
/// the weights, summed over positions. Cost: 36 multiplications and as many additions a weight and position, forward
/// and backward together (bench/nn_bench.py has the whole training).

#include "errata/nn/convolution.h"

#include "errata/base/error.h"
#include "errata/nn/tiled_product.h"

namespace errata::nn {

void convolve(std::span<const float> framed, const MapShape& in, std::span<const float> weights, std::size_t outputs,
              std::span<float> out) {
  ERRATA_CHECK(framed.size() == in.framed_size() && weights.size() == 9 * in.channels * outputs &&
               out.size() == in.positions() * outputs && outputs % kTiledStep == 0);
  const std::size_t line = (in.width + 2) * in.channels;
  for (std::size_t y = 0; y < in.height; ++y)
    TiledProduct{.a = framed.data() + y * line,
                 .b = weights.data(),
                 .c = out.data() + y * in.width * outputs,
                 .row = in.channels,
                 .a_run = line,
                 .a_step = 1,
                 .b_run = 3 * in.channels * outputs,
                 .b_step = outputs,
                 .runs = 3,
                 .length = 3 * in.channels,
                 .c_row = outputs}
        .compute(in.width, outputs);
}

void add_weight_slopes(std::span<const float> framed, const MapShape& in, std::span<const float> framed_slopes,
                       std::size_t outputs, std::span<float> sum) {
  const MapShape out{.height = in.height, .width = in.width, .channels = outputs};
  ERRATA_CHECK(framed.size() == in.framed_size() && framed_slopes.size() == out.framed_size() &&
               sum.size() == 9 * in.channels * outputs && outputs % kTiledStep == 0);
  const std::size_t line = (in.width + 2) * in.channels;
  for (std::size_t dy = 0; dy < 3; ++dy)
    TiledProduct{.a = framed.data() + dy * line,
                 .b = framed_slopes.data() + out.framed(0, 0),
                 .c = sum.data() + dy * 3 * in.channels * outputs,
                 .row = 1,
                 .a_run = line,
                 .a_step = in.channels,
                 .b_run = (in.width + 2) * outputs,
                 .b_step = outputs,
                 .runs = in.height,
                 .length = in.width,
                 .c_row = outputs,
                 .adds = true}
        .compute(3 * in.channels, outputs);
}

void pack_weights(std::span<const float> weights, std::size_t inputs, std::size_t outputs, std::span<float> packed) {
  ERRATA_CHECK(weights.size() == 9 * inputs * outputs && packed.size() == weights.size());
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t c = 0; c < inputs; ++c)
      for (std::size_t tap = 0; tap < 9; ++tap)
        packed[(tap * inputs + c) * outputs + o] = weights[(o * inputs + c) * 9 + tap];
}

void unpack_weights(std::span<const float> packed, std::size_t inputs, std::size_t outputs, std::span<float> weights) {
  ERRATA_CHECK(weights.size() == 9 * inputs * outputs && packed.size() == weights.size());
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t c = 0; c < inputs; ++c)
      for (std::size_t tap = 0; tap < 9; ++tap)
        weights[(o * inputs + c) * 9 + tap] = packed[(tap * inputs + c) * outputs + o];
}

void pack_turned_weights(std::span<const float> weights, std::size_t inputs, std::size_t outputs,
                         std::span<float> packed) {
  ERRATA_CHECK(weights.size() == 9 * inputs * outputs && packed.size() == weights.size());
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t c = 0; c < inputs; ++c)
      for (std::size_t tap = 0; tap < 9; ++tap)
        packed[((8 - tap) * outputs + o) * inputs + c] = weights[(o * inputs + c) * 9 + tap];
}

}  // namespace errata::nn

/// Convolutions of 3 × 3 on maps with the channels last. With a frame of zeros around the map, the nine neighbours of a
/// position are three runs of 3 · channels values each, one a row, that lie together in memory. So the output of a few
/// neighbouring positions is a small matrix product whose left side is read where it lies: nothing is copied, unlike
/// with im2col and a general product. The slope of the weights is a product of the same kind, summed over positions.
///
/// Both are computed in tiles: some rows (positions, or weights) by some vectors of output channels, held in registers
/// over the whole sum. The tile's size and the width of its vectors follow the machine; the order in which each output
/// is summed does not. Here alone multiplications are fused with additions where the machine can, which nearly doubles
/// the speed: AVX2 and AVX-512 give the same bits, a machine without them other last digits, as its linear algebra
/// does. Cost: 36 multiplications and as many additions a weight and position, forward and backward together
/// (bench/nn_bench.py has the whole training).

#include "errata/nn/convolution.h"

#include <cstring>

#include "errata/base/error.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

namespace errata::nn {
namespace {

/// A sum of products: c(r, o) = Σ over runs s and k < length of a(r · row + s · a_run + k · a_step) ·
/// b(s · b_run + k · b_step + o).
struct Product {
  const float* a = nullptr;
  const float* b = nullptr;
  float* c = nullptr;
  std::size_t row = 0, a_run = 0, a_step = 0;
  std::size_t b_run = 0, b_step = 0;
  std::size_t runs = 0, length = 0;
  std::size_t c_row = 0;
  bool adds = false;  ///< to what c holds
};

using Four [[gnu::vector_size(16)]] = float;
using Eight [[gnu::vector_size(32)]] = float;
using Sixteen [[gnu::vector_size(64)]] = float;

template <typename V, std::size_t Rows, std::size_t Vectors>
[[gnu::always_inline]] inline void tile(const Product& of) {
  constexpr std::size_t kLanes = sizeof(V) / sizeof(float);
  V sum[Rows][Vectors];
#pragma GCC unroll 8
  for (auto& row : sum)
#pragma GCC unroll 8
    for (auto& vector : row) vector = V{};
  for (std::size_t run = 0; run < of.runs; ++run) {
    const float* a = of.a + run * of.a_run;
    const float* b = of.b + run * of.b_run;
    for (std::size_t k = 0; k < of.length; ++k, a += of.a_step, b += of.b_step) {
      V right[Vectors];
#pragma GCC unroll 8
      for (std::size_t v = 0; v < Vectors; ++v) std::memcpy(&right[v], b + v * kLanes, sizeof(V));
#pragma GCC unroll 8
      for (std::size_t r = 0; r < Rows; ++r)
#pragma GCC unroll 8
        for (std::size_t v = 0; v < Vectors; ++v) sum[r][v] += a[r * of.row] * right[v];
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Vectors; ++v) {
      float* const place = of.c + r * of.c_row + v * kLanes;
      V before{};
      if (of.adds) std::memcpy(&before, place, sizeof(V));
      sum[r][v] += before;
      std::memcpy(place, &sum[r][v], sizeof(V));
    }
}

template <typename V, std::size_t Vectors>
[[gnu::always_inline]] inline void tile_of_rows(const Product& of, std::size_t rows) {
  switch (rows) {
    case 1: return tile<V, 1, Vectors>(of);
    case 2: return tile<V, 2, Vectors>(of);
    case 3: return tile<V, 3, Vectors>(of);
    case 4: return tile<V, 4, Vectors>(of);
    case 5: return tile<V, 5, Vectors>(of);
    default: return tile<V, 6, Vectors>(of);
  }
}

/// Any number of rows and of columns (a multiple of kConvolutionStep), in tiles of up to 6 rows of even height.
template <typename V, std::size_t MostVectors>
[[gnu::always_inline]] inline void product_by(const Product& of, std::size_t rows, std::size_t columns) {
  constexpr std::size_t kLanes = sizeof(V) / sizeof(float), kMostRows = 6;
  for (std::size_t column = 0; column < columns;) {
    const std::size_t left = (columns - column) / kLanes;
    const std::size_t vectors = left >= MostVectors ? MostVectors : left >= 2 ? 2 : 1;
    for (std::size_t row = 0, tiles = (rows + kMostRows - 1) / kMostRows; tiles > 0; --tiles) {
      const std::size_t height = (rows - row + tiles - 1) / tiles;
      Product part = of;
      part.a += row * of.row;
      part.b += column;
      part.c += row * of.c_row + column;
      if (vectors == MostVectors) {
        tile_of_rows<V, MostVectors>(part, height);
      } else if (vectors == 2) {
        tile_of_rows<V, 2>(part, height);
      } else {
        tile_of_rows<V, 1>(part, height);
      }
      row += height;
    }
    column += vectors * kLanes;
  }
}

#if defined(__x86_64__)
[[gnu::target("avx512f")]] void product_512(const Product& of, std::size_t rows, std::size_t columns) {
  product_by<Sixteen, 4>(of, rows, columns);
}
[[gnu::target("avx2,fma")]] void product_256(const Product& of, std::size_t rows, std::size_t columns) {
  product_by<Eight, 2>(of, rows, columns);
}
#endif
void product_128(const Product& of, std::size_t rows, std::size_t columns) { product_by<Four, 2>(of, rows, columns); }

using ProductFunction = void (*)(const Product& of, std::size_t rows, std::size_t columns);

/// Nothing where the machine has no such vectors.
ProductFunction product_with(VectorWidth width) {
#if defined(__x86_64__)
  const bool has_512 = __builtin_cpu_supports("avx512f") != 0,
             has_256 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  if (width == VectorWidth::of_machine) return has_512 ? product_512 : has_256 ? product_256 : product_128;
  if (width == VectorWidth::bits512) return has_512 ? product_512 : nullptr;
  if (width == VectorWidth::bits256) return has_256 ? product_256 : nullptr;
#endif
  return width == VectorWidth::of_machine || width == VectorWidth::bits128 ? product_128 : nullptr;
}

ProductFunction& product_function() {
  static ProductFunction function = product_with(VectorWidth::of_machine);
  return function;
}

void product(const Product& of, std::size_t rows, std::size_t columns) { product_function()(of, rows, columns); }

}  // namespace

bool set_vector_width(VectorWidth width) {
  const auto function = product_with(width);
  if (function == nullptr) return false;
  product_function() = function;
  return true;
}

void convolve(std::span<const float> framed, const MapShape& in, std::span<const float> weights, std::size_t outputs,
              std::span<float> out) {
  ERRATA_CHECK(framed.size() == in.framed_size() && weights.size() == 9 * in.channels * outputs &&
               out.size() == in.positions() * outputs && outputs % kConvolutionStep == 0);
  const std::size_t line = (in.width + 2) * in.channels;
  for (std::size_t y = 0; y < in.height; ++y)
    product({.a = framed.data() + y * line,
             .b = weights.data(),
             .c = out.data() + y * in.width * outputs,
             .row = in.channels,
             .a_run = line,
             .a_step = 1,
             .b_run = 3 * in.channels * outputs,
             .b_step = outputs,
             .runs = 3,
             .length = 3 * in.channels,
             .c_row = outputs},
            in.width, outputs);
}

void add_weight_slopes(std::span<const float> framed, const MapShape& in, std::span<const float> framed_slopes,
                       std::size_t outputs, std::span<float> sum) {
  const MapShape out{.height = in.height, .width = in.width, .channels = outputs};
  ERRATA_CHECK(framed.size() == in.framed_size() && framed_slopes.size() == out.framed_size() &&
               sum.size() == 9 * in.channels * outputs && outputs % kConvolutionStep == 0);
  const std::size_t line = (in.width + 2) * in.channels;
  for (std::size_t dy = 0; dy < 3; ++dy)
    product({.a = framed.data() + dy * line,
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
             .adds = true},
            3 * in.channels, outputs);
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

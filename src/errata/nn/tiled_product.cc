#include "errata/nn/tiled_product.h"

#include <cstring>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

namespace errata::nn {
namespace {

using Four [[gnu::vector_size(16)]] = float;
using Eight [[gnu::vector_size(32)]] = float;
using Sixteen [[gnu::vector_size(64)]] = float;

template <typename V, std::size_t Rows, std::size_t Vectors>
[[gnu::always_inline]] inline void tile(const TiledProduct& of) {
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
[[gnu::always_inline]] inline void tile_of_rows(const TiledProduct& of, std::size_t rows) {
  switch (rows) {
    case 1: return tile<V, 1, Vectors>(of);
    case 2: return tile<V, 2, Vectors>(of);
    case 3: return tile<V, 3, Vectors>(of);
    case 4: return tile<V, 4, Vectors>(of);
    case 5: return tile<V, 5, Vectors>(of);
    default: return tile<V, 6, Vectors>(of);
  }
}

/// Any number of rows and of columns (a multiple of kTiledStep), in tiles of up to 6 rows of even height.
template <typename V, std::size_t MostVectors>
[[gnu::always_inline]] inline void product_by(const TiledProduct& of, std::size_t rows, std::size_t columns) {
  constexpr std::size_t kLanes = sizeof(V) / sizeof(float), kMostRows = 6;
  for (std::size_t column = 0; column < columns;) {
    const std::size_t left = (columns - column) / kLanes;
    const std::size_t vectors = left >= MostVectors ? MostVectors : left >= 2 ? 2 : 1;
    for (std::size_t row = 0, tiles = (rows + kMostRows - 1) / kMostRows; tiles > 0; --tiles) {
      const std::size_t height = (rows - row + tiles - 1) / tiles;
      TiledProduct part = of;
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
[[gnu::target("avx512f")]] void product_512(const TiledProduct& of, std::size_t rows, std::size_t columns) {
  product_by<Sixteen, 4>(of, rows, columns);
}
[[gnu::target("avx2,fma")]] void product_256(const TiledProduct& of, std::size_t rows, std::size_t columns) {
  product_by<Eight, 2>(of, rows, columns);
}
#endif
void product_128(const TiledProduct& of, std::size_t rows, std::size_t columns) {
  product_by<Four, 2>(of, rows, columns);
}

using ProductFunction = void (*)(const TiledProduct& of, std::size_t rows, std::size_t columns);

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

}  // namespace

bool set_vector_width(VectorWidth width) {
  const auto function = product_with(width);
  if (function == nullptr) return false;
  product_function() = function;
  return true;
}

void TiledProduct::compute(std::size_t rows, std::size_t columns) const { product_function()(*this, rows, columns); }

}  // namespace errata::nn

#pragma once

#include <cstddef>
#include <cstdint>

namespace errata::nn {

/// Columns of a tiled product come in multiples of this.
inline constexpr std::size_t kTiledStep = 16;

/// A sum of products, c(r, o) = Σ over runs s and k < length of a(r · row + s · a_run + k · a_step) ·
/// b(s · b_run + k · b_step + o), where both sides are read where they lie: nothing is copied, unlike in a general
/// product of matrices. It is computed in tiles of some rows by some vectors of columns, held in registers over the
/// whole sum. The tile's size and the width of its vectors follow the machine; the order in which each number is summed
/// does not, nor does it depend on how many rows and columns are asked for. Here alone multiplications are fused with
/// additions where the machine can, which nearly doubles the speed: AVX2 and AVX-512 give the same bits, a machine
/// without them other last digits, as its linear algebra does.
struct TiledProduct {
  const float* a = nullptr;
  const float* b = nullptr;
  float* c = nullptr;
  std::size_t row = 0, a_run = 0, a_step = 0;
  std::size_t b_run = 0, b_step = 0;
  std::size_t runs = 1, length = 0;
  std::size_t c_row = 0;
  bool adds = false;  ///< to what c holds

  /// On the calling thread. @param columns  a multiple of kTiledStep
  void compute(std::size_t rows, std::size_t columns) const;
};

/// Vectors that products are computed with. 256 and 512 bits give the same results, 128 bits others by rounding (no
/// fused operations). The machine's best unless a test asks for another.
enum class VectorWidth : std::uint8_t { of_machine, bits128, bits256, bits512 };
/// @return whether the machine has it. Not safe while another thread computes.
bool set_vector_width(VectorWidth width);

}  // namespace errata::nn

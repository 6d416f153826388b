#include "errata/language/products.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "errata/language/row_loops.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"
#include "errata/nn/tiled_product.h"

namespace errata::language {
namespace {

constexpr std::size_t kLeastFewRows = 8, kMostFewRows = 64;  ///< tiles are faster between them (Zen 4, OpenBLAS)
constexpr std::size_t kTile = 48;  ///< outputs that are made at once, a multiple of the rows of a tile
constexpr std::size_t kSum = 128;  ///< inputs that are summed in one go: sums of sums lose fewer digits
constexpr std::size_t kBlockRows = 128;
constexpr std::size_t kLargeMap = std::size_t{1} << 18U;  ///< numbers that are worth threads

/// Rows of numbers that need not lie behind one another.
at::Tensor matrix_at(const float* values, std::size_t rows, std::size_t columns, std::size_t apart) {
  return at::from_blob(const_cast<float*>(values), {nn::signed_size(rows), nn::signed_size(columns)},
                       {nn::signed_size(apart), 1});
}
at::Tensor matrix_at(const float* values, std::size_t rows, std::size_t columns) {
  return matrix_at(values, rows, columns, columns);
}

void multiply(const Product& how, const at::Tensor& a, const at::Tensor& b, at::Tensor c) {
  const c10::InferenceMode no_gradients;
  if (how.added || how.factor != 1)
    c.addmm_(a, b, how.added ? 1 : 0, how.factor);
  else
    at::mm_out(c, a, b);
}

struct Block {
  std::size_t first, count;
};

/// Blocks of a product with a large map are tasks of the module's threads; a small map is one.
/// @param step  of a block, at most; it must not follow from the number of threads
void in_blocks(std::size_t map, std::size_t all, std::size_t step, const std::function<void(const Block&)>& body) {
  if (map < kLargeMap) return body({.first = 0, .count = all});
  nn::for_each_shard((all + step - 1) / step, [&](std::size_t block) {
    body({.first = block * step, .count = std::min(step, all - block * step)});
  });
}

/// Blocks of even size, of a map that is large: four, or a multiple of it, of about kNumbers each.
std::size_t block_of_outputs(std::size_t inputs, std::size_t outputs) {
  constexpr std::size_t kNumbers = std::size_t{1} << 17U, kMultiple = 4;
  const std::size_t blocks = std::max<std::size_t>(inputs * outputs / kNumbers / kMultiple, 1) * kMultiple,
                    tiles = (outputs / blocks + nn::kTiledStep - 1) / nn::kTiledStep;
  return std::max<std::size_t>(tiles, 1) * nn::kTiledStep;
}

/// A product with few rows: they become columns, filled up to whole vectors, so that w is read once and not copied.
class FewRows {
 public:
  FewRows(const float* a, std::size_t rows, std::size_t inputs)
      : rows_(rows),
        inputs_(inputs),
        columns_((rows + nn::kTiledStep - 1) / nn::kTiledStep * nn::kTiledStep),
        turned_(inputs * columns_) {
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t k = 0; k < inputs; ++k) turned_[k * columns_ + r] = a[r * inputs + k];
  }

  void times(const float* w, std::size_t outputs, const Block& of, float* c) const {
    std::array<float, kTile * kMostFewRows> made;
    for (std::size_t first = of.first; first < of.first + of.count; first += kTile) {
      const std::size_t count = std::min(kTile, of.first + of.count - first);
      for (std::size_t input = 0; input < inputs_; input += kSum)
        nn::TiledProduct{.a = w + first * inputs_ + input,
                         .b = turned_.data() + input * columns_,
                         .c = made.data(),
                         .row = inputs_,
                         .a_step = 1,
                         .b_step = columns_,
                         .length = std::min(kSum, inputs_ - input),
                         .c_row = columns_,
                         .adds = input > 0}
            .compute(count, columns_);
      for (std::size_t r = 0; r < rows_; ++r)
        for (std::size_t o = 0; o < count; ++o) c[r * outputs + first + o] = made[o * columns_ + r];
    }
  }

 private:
  std::size_t rows_, inputs_, columns_;
  std::vector<float> turned_;  ///< [inputs, columns]
};

}  // namespace

void Product::with_transposed(const float* a, const float* w, std::size_t rows, std::size_t inputs, std::size_t outputs,
                              float* c) const {
  const std::size_t map = inputs * outputs, step = block_of_outputs(inputs, outputs);
  const bool is_plain = !added && factor == 1;
  if (is_plain && rows == 1)
    return in_blocks(map, outputs, step, [&](const Block& of) {
      row_loops::dots(w + of.first * inputs, a, of.count, inputs, c + of.first);
    });
  if (is_plain && rows >= kLeastFewRows && rows <= kMostFewRows) {
    const FewRows few(a, rows, inputs);
    return in_blocks(map, outputs, step, [&](const Block& of) { few.times(w, outputs, of, c); });
  }
  in_blocks(map, outputs, step, [&](const Block& of) {
    multiply(*this, matrix_at(a, rows, inputs), matrix_at(w + of.first * inputs, of.count, inputs).t(),
             matrix_at(c + of.first, rows, of.count, outputs));
  });
}

void Product::with(const float* a, const float* w, std::size_t rows, std::size_t outputs, std::size_t inputs,
                   float* c) const {
  in_blocks(inputs * outputs, rows, kBlockRows, [&](const Block& of) {
    multiply(*this, matrix_at(a + of.first * outputs, of.count, outputs), matrix_at(w, outputs, inputs),
             matrix_at(c + of.first * inputs, of.count, inputs));
  });
}

void Product::of_transposed(const float* a, const float* b, std::size_t rows, std::size_t outputs, std::size_t inputs,
                            float* c) const {
  in_blocks(inputs * outputs, outputs, block_of_outputs(inputs, outputs), [&](const Block& of) {
    multiply(*this, matrix_at(a + of.first, rows, of.count, outputs).t(), matrix_at(b, rows, inputs),
             matrix_at(c + of.first * inputs, of.count, inputs));
  });
}

}  // namespace errata::language

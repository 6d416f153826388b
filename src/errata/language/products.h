#pragma once

#include <cstddef>

namespace errata::language {

/// Products of matrices whose rows lie behind one another,
///     c = factor · product, or c += factor · product with `added`,
/// by libtorch's linear algebra, or here where that is slower: of one row and, in tiles, of 8 to 64. Products with
/// large maps are cut into blocks, which follow from the shapes alone, for the module's threads: the same bits on any
/// number of them.
struct Product {
  float factor = 1;
  bool added = false;

  /// c [rows, outputs] = a [rows, inputs] wᵀ, w [outputs, inputs]
  void with_transposed(const float* a, const float* w, std::size_t rows, std::size_t inputs, std::size_t outputs,
                       float* c) const;
  /// c [rows, inputs] = a [rows, outputs] w, w [outputs, inputs]
  void with(const float* a, const float* w, std::size_t rows, std::size_t outputs, std::size_t inputs, float* c) const;
  /// c [outputs, inputs] = aᵀ b, a [rows, outputs], b [rows, inputs]
  void of_transposed(const float* a, const float* b, std::size_t rows, std::size_t outputs, std::size_t inputs,
                     float* c) const;
};

}  // namespace errata::language

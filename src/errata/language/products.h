#pragma once

#include <cstddef>

namespace errata::language {

/// Products of matrices whose rows lie behind one another, by libtorch's linear algebra on the calling thread:
///     c = factor · product, or c += factor · product with `added`.
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

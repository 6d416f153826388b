#pragma once

#include <cstddef>
#include <span>

#include "errata/base/error.h"

namespace errata {

/// A row-major [rows, cols] matrix that somebody else owns.
///     MatrixView<const double> scores(values, rows, classes);  scores(row, c);
template <typename T>
class MatrixView {
 public:
  MatrixView() = default;
  /// @param values  [rows, cols] row-major, exactly rows * cols long
  MatrixView(std::span<T> values, std::size_t rows, std::size_t cols) : values_(values), rows_(rows), cols_(cols) {
    ERRATA_CHECK(values.size() == rows * cols);
  }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t cols() const { return cols_; }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] std::span<T> row(std::size_t r) const { return values_.subspan(r * cols_, cols_); }
  T& operator()(std::size_t r, std::size_t c) const { return values_[r * cols_ + c]; }

 private:
  std::span<T> values_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

}  // namespace errata

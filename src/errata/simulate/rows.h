#pragma once

#include <cstddef>

#include "errata/base/cancellation.h"

namespace errata::simulate {

/// Rows 0 … count − 1 for a range-based loop, which looks every some thousand rows whether it is to stop.
///     for (const std::size_t r : EachRow(rows, cancellation)) failed[r] = …
class EachRow {
 public:
  explicit EachRow(std::size_t count, const Cancellation* cancellation = nullptr)
      : count_(count), cancellation_(cancellation) {}

  class Iterator {
   public:
    Iterator(std::size_t row, const Cancellation* cancellation) : row_(row), cancellation_(cancellation) {}
    std::size_t operator*() const { return row_; }
    Iterator& operator++() {
      constexpr std::size_t kLookEvery = std::size_t{1} << 14U;
      if (++row_ % kLookEvery == 0) throw_if_requested(cancellation_);
      return *this;
    }
    bool operator!=(const Iterator& other) const { return row_ != other.row_; }

   private:
    std::size_t row_;
    const Cancellation* cancellation_;
  };
  [[nodiscard]] Iterator begin() const { return {0, cancellation_}; }
  [[nodiscard]] Iterator end() const { return {count_, cancellation_}; }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  std::size_t count_;
  const Cancellation* cancellation_;
};

}  // namespace errata::simulate

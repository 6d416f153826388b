#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/slice/bitset.h"
#include "errata/table/coding.h"

namespace errata::slice {

/// The codes of one feature for the rows that are searched, a byte each where they fit.
class NarrowColumn {
 public:
  NarrowColumn() = default;
  NarrowColumn(const NarrowColumn&) = delete;
  NarrowColumn& operator=(const NarrowColumn&) = delete;
  NarrowColumn(NarrowColumn&&) = default;
  NarrowColumn& operator=(NarrowColumn&&) = default;
  ~NarrowColumn() = default;
  /// @param feature  outlives the column
  /// @param rows     ascending row numbers, or empty for all of them: then the codes stay where they are
  NarrowColumn(const table::CodedFeature& feature, std::span<const std::uint32_t> rows);

  [[nodiscard]] std::size_t size() const { return bytes_.empty() ? wide_.size() : bytes_.size(); }
  [[nodiscard]] table::Code operator[](std::size_t i) const { return bytes_.empty() ? wide_[i] : bytes_[i]; }
  /// The codes where they are bytes, else none: what a hot loop takes instead of operator[].
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] std::span<const table::Code> wide() const { return wide_; }  ///< others likewise
  /// Cases of each code. @return [codes]
  [[nodiscard]] std::vector<std::uint64_t> histogram(std::size_t codes) const;
  /// The column restricted to some of its rows.
  [[nodiscard]] NarrowColumn at(std::span<const std::uint32_t> rows) const;
  /// Bits of rows begin … end-1 with a code in first … last.
  void in_range(const BitsetKernels& kernels, std::size_t begin, std::size_t end, table::Code first, table::Code last,
                std::uint64_t* out) const;

 private:
  void point_at_own();
  std::vector<std::uint8_t> own_bytes_;
  std::vector<table::Code> own_wide_;
  std::span<const std::uint8_t> bytes_;  ///< codes below 256: own_bytes_, or the table's own column
  std::span<const table::Code> wide_;    ///< others likewise
};

}  // namespace errata::slice

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/bitset.h"
#include "errata/slice/narrow_columns.h"
#include "errata/slice/search.h"

namespace errata::slice {

/// Losses as integers, so that sums are exact in any order: loss ≈ units · unit. Under 0/1 loss a unit is one failure.
struct FixedLoss {
  std::vector<std::uint32_t> lossy;  ///< ascending positions of the cases with units > 0
  std::vector<std::uint64_t> units;  ///< [lossy]; empty under 0/1 loss
  double unit = 1;                   ///< loss of one unit
  double largest = 1;                ///< largest loss of a case
  std::uint64_t total = 0;           ///< units of all cases
  [[nodiscard]] double value(std::uint64_t sum) const { return static_cast<double>(sum) * unit; }
};

/// 0/1 losses of the searched rows.
[[nodiscard]] FixedLoss fixed_loss(std::span<const std::uint8_t> failed, std::span<const std::uint32_t> rows);
/// Numeric losses: the unit is the largest loss / 2^s, s as large as lets the sum of all cases stay below 2^62.
[[nodiscard]] FixedLoss fixed_loss(std::span<const double> loss, std::span<const std::uint32_t> rows);

/// Sums losses over conjunctions. Only cases with a loss count, so each predicate is one bitset over those.
class LossCounter {
 public:
  LossCounter(std::span<const NarrowColumn> lossy_columns, std::span<const CodedPredicate> predicates,
              const FixedLoss& loss, ThreadPool& pool);

  [[nodiscard]] std::size_t words() const { return words_; }
  [[nodiscard]] const std::uint64_t* set(std::uint32_t predicate) const { return &bits_[predicate * words_]; }
  /// Units of loss in the intersection of two sets of `words()` words.
  [[nodiscard]] std::uint64_t sum_and(const std::uint64_t* a, const std::uint64_t* b) const;

 private:
  std::size_t words_;
  std::vector<std::uint64_t> bits_;  ///< [predicates, words]
  std::span<const std::uint64_t> units_;
};

}  // namespace errata::slice

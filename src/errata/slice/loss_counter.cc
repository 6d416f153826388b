#include "errata/slice/loss_counter.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace errata::slice {
namespace {

std::size_t row_at(std::span<const std::uint32_t> rows, std::size_t i) { return rows.empty() ? i : rows[i]; }

}  // namespace

FixedLoss fixed_loss(std::span<const std::uint8_t> failed, std::span<const std::uint32_t> rows) {
  std::vector<std::uint8_t> chosen(rows.size());
  if (!rows.empty()) {
    std::ranges::transform(rows, chosen.begin(), [&](std::uint32_t row) { return failed[row]; });
    failed = chosen;
  }
  std::vector<std::uint64_t> bits(words_for(failed.size()));
  bitset_kernels().in_range_u8(failed.data(), failed.size(), 1, 255, bits.data());
  FixedLoss result;
  for (std::size_t word = 0; word < bits.size(); ++word) {
    for (std::uint64_t left = bits[word]; left != 0; left &= left - 1) {
      result.lossy.push_back(static_cast<std::uint32_t>(word * 64) +
                             static_cast<std::uint32_t>(std::countr_zero(left)));
    }
  }
  result.total = result.lossy.size();
  return result;
}

FixedLoss fixed_loss(std::span<const double> loss, std::span<const std::uint32_t> rows) {
  FixedLoss result;
  const std::size_t n = rows.empty() ? loss.size() : rows.size();
  result.largest = 0;
  for (std::size_t i = 0; i < n; ++i) result.largest = std::max(result.largest, loss[row_at(rows, i)]);
  if (result.largest <= 0) return result;
  const int bits = 61 - static_cast<int>(std::bit_width(n));
  for (std::size_t i = 0; i < n; ++i) {
    const auto units =
        static_cast<std::uint64_t>(std::llround(std::ldexp(loss[row_at(rows, i)] / result.largest, bits)));
    if (units == 0) continue;
    result.lossy.push_back(static_cast<std::uint32_t>(i));
    result.units.push_back(units);
    result.total += units;
  }
  result.unit = std::ldexp(result.largest, -bits);
  return result;
}

LossCounter::LossCounter(std::span<const NarrowColumn> lossy_columns, std::span<const CodedPredicate> predicates,
                         const FixedLoss& loss, ThreadPool& pool)
    : words_(words_for(loss.lossy.size())), bits_(predicates.size() * words_), units_(loss.units) {
  const BitsetKernels& kernels = bitset_kernels();
  constexpr std::size_t kPredicatesPerTask = 16;
  pool.parallel_for((predicates.size() + kPredicatesPerTask - 1) / kPredicatesPerTask, [&](std::size_t task, auto) {
    const std::size_t end = std::min((task + 1) * kPredicatesPerTask, predicates.size());
    for (std::size_t p = task * kPredicatesPerTask; p < end; ++p) {
      const CodedPredicate& predicate = predicates[p];
      lossy_columns[predicate.feature].in_range(kernels, 0, loss.lossy.size(), predicate.first, predicate.last,
                                                &bits_[p * words_]);
    }
  });
}

std::uint64_t LossCounter::sum_and(const std::uint64_t* a, const std::uint64_t* b) const {
  if (units_.empty()) return bitset_kernels().count_and(a, b, words_);
  std::uint64_t sum = 0;
  for (std::size_t word = 0; word < words_; ++word) {
    for (std::uint64_t both = a[word] & b[word]; both != 0; both &= both - 1) {
      sum += units_[word * 64 + static_cast<std::size_t>(std::countr_zero(both))];
    }
  }
  return sum;
}

}  // namespace errata::slice

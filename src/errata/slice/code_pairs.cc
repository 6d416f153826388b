#include "errata/slice/code_pairs.h"

#include <algorithm>
#include <cstddef>

#include "errata/slice/bitset.h"
#include "errata/slice/narrow_columns.h"

namespace errata::slice {
namespace {

constexpr std::size_t kBlockRows = 16'384;
constexpr std::size_t kBlockWords = words_for(kBlockRows);

/// The codes of all features, numbered in a row.
struct CodeNumbers {
  explicit CodeNumbers(std::span<const table::CodedFeature* const> features) {
    for (const table::CodedFeature* feature : features) first.push_back(first.back() + feature->bins.size());
  }
  [[nodiscard]] std::size_t codes() const { return first.back(); }
  std::vector<std::size_t> first{0};  ///< [features + 1]
};

/// Counts pairs of codes over the rows of some columns. The last code of a feature holds the rest of its rows, so that
/// no bits are needed for it.
class BlockCounter {
 public:
  BlockCounter(const CodeNumbers& numbers, std::span<const NarrowColumn> columns)
      : numbers_(numbers), columns_(columns) {}

  struct Scratch {
    std::vector<std::uint64_t> masks;   ///< [codes, kBlockWords]
    std::vector<std::uint64_t> counts;  ///< [codes, codes], codes of later features and the code itself only
  };

  /// Adds `unit` for each row of a block.
  void add(std::size_t block, std::size_t rows, std::uint64_t unit, Scratch& scratch) const {
    const std::size_t begin = block * kBlockRows, end = std::min(begin + kBlockRows, rows);
    if (begin >= end) return;
    const std::size_t words = words_for(end - begin), codes = numbers_.codes();
    const BitsetKernels& kernels = bitset_kernels();
    scratch.masks.resize(codes * kBlockWords);
    scratch.counts.resize(codes * codes);
    const auto mask = [&](std::size_t code) { return &scratch.masks[code * kBlockWords]; };
    for (std::size_t f = 0; f < columns_.size(); ++f) {
      for (std::size_t code = numbers_.first[f]; code + 1 < numbers_.first[f + 1]; ++code) {
        const auto own = static_cast<table::Code>(code - numbers_.first[f]);
        columns_[f].in_range(kernels, begin, end, own, own, mask(code));
      }
    }
    for (std::size_t f = 0; f < columns_.size(); ++f) {
      for (std::size_t a = numbers_.first[f]; a + 1 < numbers_.first[f + 1]; ++a) {
        std::uint64_t* counts = &scratch.counts[a * codes];
        counts[a] += unit * kernels.count_and(mask(a), mask(a), words);
        for (std::size_t g = f + 1; g < columns_.size(); ++g)
          for (std::size_t b = numbers_.first[g]; b + 1 < numbers_.first[g + 1]; ++b)
            counts[b] += unit * kernels.count_and(mask(a), mask(b), words);
      }
    }
  }

 private:
  const CodeNumbers& numbers_;
  std::span<const NarrowColumn> columns_;
};

/// Fills in the last code of every feature and what lies below the diagonal.
void complete(const CodeNumbers& numbers, std::uint64_t total, std::span<std::uint64_t> counts) {
  const std::size_t codes = numbers.codes(), features = numbers.first.size() - 1;
  const auto at = [&](std::size_t a, std::size_t b) -> std::uint64_t& { return counts[a * codes + b]; };
  for (std::size_t f = 0; f < features; ++f) {
    const std::size_t last = numbers.first[f + 1] - 1;
    at(last, last) = total;
    for (std::size_t a = numbers.first[f]; a < last; ++a) at(last, last) -= at(a, a);
  }
  for (std::size_t f = 0; f < features; ++f) {
    const std::size_t last_a = numbers.first[f + 1] - 1;
    for (std::size_t g = f + 1; g < features; ++g) {
      const std::size_t last_b = numbers.first[g + 1] - 1;
      for (std::size_t a = numbers.first[f]; a < last_a; ++a) {
        at(a, last_b) = at(a, a);
        for (std::size_t b = numbers.first[g]; b < last_b; ++b) at(a, last_b) -= at(a, b);
      }
      for (std::size_t b = numbers.first[g]; b <= last_b; ++b) {
        at(last_a, b) = at(b, b);
        for (std::size_t a = numbers.first[f]; a < last_a; ++a) at(last_a, b) -= at(a, b);
      }
    }
  }
  for (std::size_t a = 0; a < codes; ++a)
    for (std::size_t b = 0; b < a; ++b) at(a, b) = at(b, a);
}

std::vector<NarrowColumn> columns_of(std::span<const table::CodedFeature* const> features,
                                     std::span<const std::uint32_t> rows, ThreadPool& pool) {
  std::vector<NarrowColumn> columns(features.size());
  pool.parallel_for(columns.size(), [&](std::size_t f, auto) { columns[f] = NarrowColumn(*features[f], rows); });
  return columns;
}

}  // namespace

std::vector<std::uint64_t> count_code_pairs(std::span<const table::CodedFeature* const> features,
                                            std::span<const std::uint8_t> failed, ThreadPool& pool) {
  constexpr std::uint64_t kCase = 1, kFailure = std::uint64_t{1} << 32U;
  std::vector<std::uint32_t> failures;
  for (std::size_t row = 0; row < failed.size(); ++row)
    if (failed[row] != 0) failures.push_back(static_cast<std::uint32_t>(row));
  const CodeNumbers numbers(features);
  const auto columns = columns_of(features, {}, pool);
  std::vector<NarrowColumn> of_failures;
  if (!failures.empty()) of_failures = columns_of(features, failures, pool);  // no rows would mean all of them
  const BlockCounter cases(numbers, columns), failing(numbers, of_failures);
  std::vector<BlockCounter::Scratch> scratch(pool.size());
  pool.parallel_for((failed.size() + kBlockRows - 1) / kBlockRows, [&](std::size_t block, std::size_t worker) {
    cases.add(block, failed.size(), kCase, scratch[worker]);
    failing.add(block, failures.size(), kFailure, scratch[worker]);
  });
  std::vector<std::uint64_t> counts(numbers.codes() * numbers.codes());
  for (const BlockCounter::Scratch& one : scratch)
    for (std::size_t i = 0; i < one.counts.size(); ++i) counts[i] += one.counts[i];
  complete(numbers, kCase * failed.size() + kFailure * failures.size(), counts);
  return counts;
}

bool code_pairs_are_quick(std::span<const table::CodedFeature* const> features) {
  const auto codes = static_cast<double>(CodeNumbers(features).codes());
  const auto pairs = static_cast<double>(features.size() * features.size());
  return codes * codes < pairs * static_cast<double>(bitset_kernels().rows_an_addition);
}

}  // namespace errata::slice

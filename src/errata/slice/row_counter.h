#pragma once

#include <span>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/bitset.h"
#include "errata/slice/narrow_columns.h"
#include "errata/slice/search.h"
#include "errata/slice/top_slices.h"

namespace errata::slice {

/// Counts the rows of many conjunctions in one pass over the columns, block by block: a block's codes become one bitset
/// a predicate, small enough for the cache, and each conjunction is an intersection of two or three of them.
class RowCounter {
 public:
  RowCounter(std::span<const NarrowColumn> columns, std::span<const CodedPredicate> predicates, std::size_t rows,
             ThreadPool& pool)
      : columns_(columns), predicates_(predicates), rows_(rows), pool_(pool) {}

  /// Sets n of each candidate of two or three predicates. Fastest when sorted by predicates.
  void count(std::span<Conjunction> candidates) const;

  static constexpr std::size_t kBlockRows = 16'384;
  static constexpr std::size_t kBlockWords = words_for(kBlockRows);

 private:
  struct Scratch {
    std::vector<std::uint64_t> masks;   ///< [used predicates, kBlockWords]
    std::vector<std::uint64_t> pair;    ///< [kBlockWords] intersection of the pair at hand
    std::vector<std::uint32_t> counts;  ///< [candidates]
  };
  void count_block(std::size_t block, std::span<const std::uint32_t> used, std::span<const std::uint32_t> index,
                   std::span<const Conjunction> candidates, Scratch& scratch) const;

  std::span<const NarrowColumn> columns_;
  std::span<const CodedPredicate> predicates_;
  std::size_t rows_;
  ThreadPool& pool_;
};

}  // namespace errata::slice

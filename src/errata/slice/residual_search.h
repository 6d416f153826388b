#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/narrow_columns.h"
#include "errata/slice/residual.h"
#include "errata/slice/residual_tally.h"
#include "errata/slice/search.h"

namespace errata::slice {

/// A slice that fails otherwise than expected.
struct ResidualSlice {
  std::vector<CodedPredicate> where;   ///< ascending by feature
  std::vector<std::uint32_t> members;  ///< ascending, positions among the cases that are searched
  Residual sum;
  double score = 0;  ///< gain, less what the best of as many slices reaches by chance
};

struct ResidualSearchOptions {
  std::size_t max_predicates = 3;
  std::uint64_t min_support = 1;  ///< least cases of a slice
  double most_of_cases = 0.5;     ///< a larger slice is told as its complement
};

/// Beam search of the conjunction that fails most beyond what is expected, or (with one predicate) most below it.
///
/// Problem: intervals on a fine grid and sets of categories make too many predicates to count every conjunction of
/// three; and what is sought changes from round to round, as slices that were found before are expected to fail.
/// Idea: a feature's best interval or set, given the other predicates, is found exactly from one histogram: of its
/// O(bins²) intervals those are weighed that may be the best (RangeBounds), and of the sets of categories those that
/// are best for a convex score, the first k by rate. So a conjunction is grown one predicate at a time from the best
/// few of each length; then each predicate of the best is chosen anew given the others until nothing improves, and one
/// that explains less than chance is dropped. What to try is decided on the first 25,000 cases of a slice, what is
/// found is scored on all of them. Cost a round: O(features · beam · (cases of a slice, at most 25,000, + bins²) + beam
/// · cases). Same result on any number of threads.
class ResidualSearch {
 public:
  /// @param table  coded finely (tens of bins)
  /// @param rows   that are searched; where there are more than kEnough, in random order
  ResidualSearch(const table::CodedTable& table, std::span<const std::uint32_t> rows, ResidualSearchOptions options,
                 ThreadPool& pool);
  /// Cases that tell well enough how a slice may be narrowed.
  static constexpr std::size_t kEnough = 25'000;
  /// @param response, expected  [rows]
  /// @return nothing where no slice scores above 0
  [[nodiscard]] std::optional<ResidualSlice> best(std::span<const float> response, std::span<const float> expected);
  /// The cases of a given slice, ascending. @param where  ascending by feature
  [[nodiscard]] std::vector<std::uint32_t> members(std::span<const CodedPredicate> where) const;
  /// A given slice. @param where  ascending by feature
  [[nodiscard]] ResidualSlice measured(std::vector<CodedPredicate> where, std::span<const float> response,
                                       std::span<const float> expected) const;
  /// The same, each of its predicates chosen anew while that is better.
  [[nodiscard]] ResidualSlice polished(std::vector<CodedPredicate> where, std::span<const float> response,
                                       std::span<const float> expected) const;
  /// The best part of a given slice that one more predicate makes, among those that fail more than expected.
  /// @param where  ascending by feature; of fewer predicates than the most
  /// @param slices  one of so many was narrowed, which is what choosing it costs
  /// @return nothing where no part scores above 0, when choosing the slice itself costs nothing
  [[nodiscard]] std::optional<ResidualSlice> narrowed(const std::vector<CodedPredicate>& where, std::size_t slices,
                                                      std::span<const float> response,
                                                      std::span<const float> expected) const;

 private:
  struct Pick {
    CodedPredicate predicate;
    Residual sum;
    double score = 0;
  };
  struct Cases {
    std::span<const float> response, expected;
  };
  /// The first cases of a slice.
  struct Sample {
    WeighedCases cases;
    double scale = 1;  ///< about as many times as large is the slice
  };
  struct Grown {
    std::vector<CodedPredicate> where;
    Residual sum;      ///< of the sample in which it was found
    double score = 0;  ///< expected of the whole slice
  };
  [[nodiscard]] Sample sample_of(std::span<const CodedPredicate> where, const Cases& cases) const;
  [[nodiscard]] std::vector<Residual> cells_of(std::size_t feature, const Sample& sample) const;
  template <typename Use>
  void tally_unnamed(std::span<const std::uint32_t> features, std::span<const CodedPredicate> where,
                     const Sample& sample, const Use& use) const;
  [[nodiscard]] std::vector<Pick> picks(std::uint32_t feature, std::span<const Residual> cells, std::size_t predicates,
                                        double base, double scale) const;
  [[nodiscard]] std::vector<Grown> widen(std::span<const Grown> beam, const Cases& cases) const;
  [[nodiscard]] static std::vector<Grown> keep_best(std::vector<Grown> grown);
  [[nodiscard]] ResidualSlice whole(std::vector<CodedPredicate> where, const Cases& cases) const;
  void add_up(ResidualSlice& slice, const Cases& cases) const;
  void polish(ResidualSlice& slice, const Cases& cases) const;
  bool choose_anew(ResidualSlice& slice, std::size_t at, const Cases& cases) const;
  bool drop_idle(ResidualSlice& slice, const Cases& cases) const;
  void keep_alike(ResidualSlice& slice, const Cases& cases) const;
  [[nodiscard]] double charge(std::size_t predicates) const;
  [[nodiscard]] double charge_of_sets(std::span<const CodedPredicate> where) const;
  [[nodiscard]] std::vector<std::uint32_t> members_of(std::span<const CodedPredicate> where, std::size_t enough) const;

  const table::CodedTable& table_;
  ResidualSearchOptions options_;
  ThreadPool& pool_;
  std::size_t rows_;
  std::vector<NarrowColumn> columns_;
  std::vector<std::vector<std::uint32_t>> together_;  ///< features, one or two that are summed in one pass
};

}  // namespace errata::slice

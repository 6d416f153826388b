#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/table/coding.h"

namespace errata::slice {

/// What a slice's rank is made of; ē is the whole's failure rate (mean loss), N its rows.
enum class Rank : std::uint8_t {
  sliceline,   ///< α (rate/ē − 1) − (1−α)(N/n − 1), kept when > 0
  divergence,  ///< rate − ē, kept when > 0
  lift,        ///< rate / rate of the complement, kept when > 1; infinite when the complement never fails
  share,       ///< failures / all failures, kept when the rate is above ē
  deviance,    ///< likelihood-ratio G² of the slice's rate against the rest's, kept when the rate is above ē
};
[[nodiscard]] std::optional<Rank> parse_rank(std::string_view word);
[[nodiscard]] std::string_view name_of(Rank rank);

/// Least number of rows of a slice: a count, or a share of all rows rounded down (never below 1).
struct MinSupport {
  double share = 0.01;                ///< in (0, 1]; used when rows is not set
  std::optional<std::uint64_t> rows;  ///< >= 1
  [[nodiscard]] std::uint64_t of(std::uint64_t total) const;
};
/// "0.01" is a share, "100" (an integer >= 1) a count.
[[nodiscard]] Result<MinSupport> parse_min_support(std::string_view text);

struct SearchOptions {
  double alpha = 0.95;             ///< (0, 1]: weight of the rate against the size, sliceline only
  std::size_t top = 10;            ///< >= 1; slices tied with the last are kept as well
  std::size_t max_predicates = 3;  ///< 1 … 3
  MinSupport min_support;
  Rank rank = Rank::sliceline;
  std::size_t widest_range = 1;  ///< >= 1: neighbouring bins of an ordered feature that one predicate may span
  /// Rank::deviance only: lower each score by 2 ln(number of slices of that many predicates), about what the best of
  /// them reaches by chance, so that longer slices must explain more and noise is not listed.
  bool beyond_chance = false;
};

/// Codes first … last (inclusive) of one feature of the coded table, and perhaps others: sets of categories.
struct CodedPredicate {
  std::uint32_t feature = 0;
  table::Code first = 0;
  table::Code last = 0;
  std::vector<table::Code> also{};  ///< ascending, above last + 1; only where the codes are no ranges
  friend auto operator<=>(const CodedPredicate&, const CodedPredicate&) = default;
};

/// A slice with its counts. `loss` equals `failures` under 0/1 loss, else the sum of losses.
struct Slice {
  std::vector<CodedPredicate> where;  ///< ascending by feature, at most one a feature
  std::uint64_t n = 0;
  std::uint64_t failures = 0;
  double loss = 0;
  double score = 0;
};

struct SearchResult {
  std::uint64_t rows = 0;
  std::uint64_t failures = 0;
  double loss = 0;
  std::uint64_t min_support_rows = 0;
  std::vector<Slice> slices;  ///< best first
};

/// What to search: a coded table and what failed.
struct SearchInput {
  const table::CodedTable& table;
  std::span<const std::uint8_t> failed;      ///< [rows] 0/1
  std::span<const double> loss = {};         ///< [rows] finite, >= 0, or empty for 0/1 loss
  std::span<const std::uint32_t> rows = {};  ///< ascending row numbers to search, or empty for all
};

/// The exact top-k slices: every conjunction of up to max_predicates predicates (a code, or up to widest_range
/// neighbouring ones) with n >= minimum support is either counted or ruled out by a sound upper bound; nothing is
/// sampled. Order, also among ties: higher score, fewer predicates, larger n, then lexicographic by (feature, first
/// code, last code). Losses are held in fixed point (exact to rows · 2^-61 of the largest), so that sums do not depend
/// on the order of addition. The result is the same for any number of threads.
/// @return invalid_argument when an option is outside its range; an empty list, not an error, where nothing qualifies
/// Memory: search_memory_bound(). Reference: S. Sagadeeva, M. Boehm, SliceLine, SIGMOD 2021, 2290–2299.
[[nodiscard]] Result<SearchResult> find_slices(const SearchInput& input, const SearchOptions& options,
                                               ThreadPool& pool);

/// What the memory of a search depends on.
struct SearchSize {
  std::size_t rows = 0;        ///< that are searched
  std::size_t lossy_rows = 0;  ///< with a loss: the failures under 0/1 loss
  std::size_t features = 0;
  std::size_t wide_features = 0;  ///< of them, with more than 256 codes
  std::size_t codes = 0;          ///< of all features together
  std::size_t predicates = 0;     ///< with the minimum support and a loss, at most features / minimum share
  std::size_t threads = 1;
};

/// Bytes that find_slices() allocates at most, beside the coded table it is given:
///     features · (rows + lossy_rows) + wide_features · (rows + lossy_rows)   narrow codes, of all and of lossy cases
///     + 24 · lossy_rows                                                      their positions and losses
///     + predicates · lossy_rows / 8                                          a bitset a predicate
///     + 96 · predicates²                                                     pairs, if every one survived
///     + threads · (2 KiB · predicates + lossy_rows / 8) + 72 · codes         block masks, histograms
///     + 64 MiB + 2 MiB · threads                                             candidates waiting to be counted
[[nodiscard]] std::size_t search_memory_bound(const SearchSize& size);

/// Number of leading range bins of a feature that neighbour each other; 0 when it is not ordered.
[[nodiscard]] std::size_t range_bins(const table::CodedFeature& feature);

/// The score of counts under a rank; exposed for tests and for slices measured elsewhere.
struct Whole {
  std::uint64_t rows = 0;
  double loss = 0;
  double largest_loss = 1;  ///< of a case; deviance takes loss / largest loss as the share of a failure
};
[[nodiscard]] double slice_score(Rank rank, double alpha, Whole whole, std::uint64_t n, double loss);

/// Counts a given slice on (some rows of) a table.
[[nodiscard]] Slice measure_slice(const SearchInput& input, std::vector<CodedPredicate> where);

/// A slice, counted on all rows and on each of two parts of them.
struct SliceInParts {
  Slice whole, first, second;
  std::vector<std::uint32_t> rows;  ///< of the slice, ascending
};
/// @param input   all of its rows  @param second  [rows] 0/1: in the second part?
[[nodiscard]] SliceInParts measure_in_parts(const SearchInput& input, std::vector<CodedPredicate> where,
                                            std::span<const std::uint8_t> second);

/// The rows of a slice, ascending.
[[nodiscard]] std::vector<std::uint32_t> slice_rows(const table::CodedTable& table,
                                                    std::span<const CodedPredicate> where);
/// One 0/1 a row of the table: in the slice?
[[nodiscard]] std::vector<std::uint8_t> slice_members(const table::CodedTable& table,
                                                      std::span<const CodedPredicate> where);
/// Where those rows that are among others stand there. Both ascending.
[[nodiscard]] std::vector<std::uint32_t> positions_in(std::span<const std::uint32_t> rows,
                                                      std::span<const std::uint32_t> others);
/// The rows that are marked. @param members  [rows] 0/1
[[nodiscard]] std::vector<std::uint32_t> rows_of(std::span<const std::uint8_t> members);
/// 0 … rows − 1.
[[nodiscard]] std::vector<std::uint32_t> all_rows(std::size_t rows);

}  // namespace errata::slice

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "errata/slice/search.h"

namespace errata::slice {

/// How the log is split into a part that is searched and a part that the findings are tested on.
enum class SplitBy : std::uint8_t {
  random,  ///< at random, stratified by failure
  time,    ///< the earlier cases are searched, the later ones test
};
[[nodiscard]] constexpr std::string_view name_of(SplitBy split) { return split == SplitBy::time ? "time" : "random"; }

struct ConfirmOptions {
  SearchOptions search;
  SplitBy split = SplitBy::random;
  std::optional<double> search_share{};  ///< in (0, 1); nothing: as search_share_of() says
  double fdr = 0.05;                     ///< (0, 1): level of Benjamini–Hochberg over all tested slices
  std::uint64_t seed = 1;
  std::size_t rounds = 12;  ///< searches: each next one for what the slices so far do not explain
  double near_equal = 0.8;  ///< Jaccard similarity at or above which two slices are the same finding
};

/// The share of the cases that is searched: as asked for, else .7 of at most 100,000 cases and half of more, where
/// either part is large enough. In small logs it is the search that lacks cases, not the test.
[[nodiscard]] double search_share_of(const ConfirmOptions& options, std::size_t cases);

/// A candidate slice with its counts on the three sets of cases and its test.
struct TestedSlice {
  std::vector<CodedPredicate> where;
  bool raised = true;         ///< found and tested as failing more than the rest, else as failing less
  Slice whole;                ///< on all cases, what people read
  Slice searched;             ///< on the part that was searched
  Slice confirmed;            ///< on the part that was held out
  double log_p = 0;           ///< one-sided exact test on the held-out part, natural logarithm
  double log_p_adjusted = 0;  ///< Benjamini–Hochberg over all tested slices
  bool is_confirmed = false;  ///< adjusted p <= fdr
};

/// Why a confirmed slice is not listed by itself.
enum class FoldReason : std::uint8_t {
  near_equal,  ///< almost the same cases
  child,       ///< inside the hotspot, and fails no more than the rest of it
  explained,   ///< given which of the hotspots a case is in, fails no more than other cases
};
[[nodiscard]] std::string_view name_of(FoldReason reason);  ///< "near_equal", …
struct FoldedSlice {
  TestedSlice slice;
  FoldReason reason = FoldReason::near_equal;
  double jaccard = 0;  ///< with the hotspot it is folded under
};

/// A finding: a confirmed slice and those that say nothing beyond it.
struct Hotspot {
  TestedSlice slice;
  std::vector<FoldedSlice> folded;
  std::uint64_t added_failures = 0;   ///< on all cases: failures that are in no hotspot before it
  std::optional<std::size_t> inside;  ///< the last hotspot before it that holds all its cases
  Slice rest_of_outer;                ///< counts of the other cases of that one
};

struct ConfirmResult {
  std::uint64_t searched_rows = 0;
  std::uint64_t confirm_rows = 0;
  std::uint64_t min_support_rows = 0;    ///< on the searched part
  std::size_t tested = 0;                ///< candidates
  std::vector<Hotspot> hotspots;         ///< what explains most first, each next what explains most beyond those
  std::vector<TestedSlice> safe;         ///< confirmed to fail less than the rest, most certain first
  std::vector<TestedSlice> unconfirmed;  ///< tested for failing more, not confirmed; best score first
};

/// The rows, ascending, that confirm_hotspots() tests on.
[[nodiscard]] std::vector<std::uint32_t> held_out_rows(std::span<const std::uint8_t> failed,
                                                       const ConfirmOptions& options,
                                                       std::span<const std::uint32_t> time_order);

/// Searches one part of the log, tests what it found on the other, folds what repeats.
/// @param time_order  [rows] row numbers by time, needed for SplitBy::time, else empty
[[nodiscard]] Result<ConfirmResult> confirm_hotspots(const SearchInput& input, const ConfirmOptions& options,
                                                     std::span<const std::uint32_t> time_order, ThreadPool& pool);

}  // namespace errata::slice

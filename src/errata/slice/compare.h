#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/stats/rate.h"
#include "errata/table/predicate.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// A slice's counts on one log and whether it fails more than the rest of that log.
struct SliceOnLog {
  std::uint64_t n = 0, failures = 0;
  double rate = 0;               ///< failures / n; NaN without cases
  stats::RateInterval interval;  ///< Wilson, 95%; [0, 1] without cases
  double rest = 0;               ///< failure rate of the other cases; NaN without any
  double log_p = 0;              ///< one-sided exact test (hypergeometric) against the rest, natural logarithm
  double log_p_adjusted = 0;     ///< Benjamini–Hochberg over the slices measured together
  bool raised = false;           ///< adjusted p <= fdr
  std::string unmeasurable{};    ///< why the slice means nothing on this log ("there is no column …"), else empty
};

/// Measures conjunctions on every case of a log, or on some of its rows.
/// @param fdr  in (0, 1)
[[nodiscard]] std::vector<SliceOnLog> measure_on_log(const table::PredictionLog& log,
                                                     std::span<const std::vector<table::Predicate>> slices, double fdr,
                                                     const Progress& progress = {});

/// A slice's counts on the cases that were held out from the search, and its one-sided test there.
struct HeldOut {
  std::uint64_t n = 0, failures = 0;
  double log_p = 0;
};

enum class FoundOn : std::uint8_t { first, second, saved };
[[nodiscard]] std::string_view name_of(FoundOn found_on);  ///< "first", …

/// A slice to compare. Counts on the log that a slice was found on flatter it (it was chosen for them), so that a
/// slice from a search brings the counts of the cases that were held out there.
struct Candidate {
  std::vector<table::Predicate> where;
  FoundOn found_on = FoundOn::saved;
  std::optional<HeldOut> held_out{};  ///< on the log it was found on
};

enum class Change : std::uint8_t {
  appeared,      ///< fails more than before, and more than the rest only now
  gone,          ///< fails less than before, and no more than the rest now
  worse,         ///< fails more than before
  better,        ///< fails less than before
  unchanged,     ///< no difference that the tests can tell
  incomparable,  ///< one of the logs cannot tell its cases
};
[[nodiscard]] std::string_view name_of(Change change);

struct ComparedSlice {
  std::vector<table::Predicate> where;
  std::string sql;
  FoundOn found_on = FoundOn::saved;
  SliceOnLog first, second;
  double log_p = 0;           ///< two-sided Fisher test that the two rates differ
  double log_p_adjusted = 0;  ///< Benjamini–Hochberg over the comparable slices
  Change change = Change::unchanged;
};

struct ComparedLog {
  std::vector<std::string> files;
  std::uint64_t rows = 0, failures = 0;
  double rate = 0;
  stats::RateInterval interval;
};

struct Comparison {
  ComparedLog first, second;
  double log_p = 0;  ///< two-sided test that the failure rates of the whole logs differ
  double fdr = 0.05;
  std::vector<ComparedSlice> slices;  ///< appeared, worse, unchanged, better, gone, incomparable; larger change first
};

/// How a set of slices fares on two logs, e.g. of two versions of a model.
/// Both one-sided tests (does it fail more than the rest, per log) and the two-sided test (do its rates differ) are
/// adjusted over the slices by Benjamini–Hochberg; a change counts when its adjusted p is <= fdr.
/// @param fdr  in (0, 1)
/// Cost: one pass over both logs a slice.
[[nodiscard]] Result<Comparison> compare_slices(const table::PredictionLog& first, const table::PredictionLog& second,
                                                std::span<const Candidate> candidates, double fdr,
                                                const Progress& progress = {});

/// Removes candidates of the second log whose cases are nearly those of a candidate of the first, on both logs.
/// @param near_equal  Jaccard similarity from which two slices are the same finding, in (0, 1]
[[nodiscard]] std::vector<Candidate> without_repeats(std::vector<Candidate> candidates,
                                                     const table::PredictionLog& first,
                                                     const table::PredictionLog& second, double near_equal,
                                                     const Progress& progress = {});

}  // namespace errata::slice

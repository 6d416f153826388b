#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/slice/metric_changes.h"
#include "errata/slice/pairing.h"
#include "errata/stats/rate.h"
#include "errata/stats/rate_difference.h"
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

enum class FoundOn : std::uint8_t { first, second, saved };
[[nodiscard]] std::string_view name_of(FoundOn found_on);  ///< "first", …

/// A slice to compare.
struct SliceToCompare {
  std::vector<table::Predicate> where;
  FoundOn found_on = FoundOn::saved;
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
  SliceOnLog first, second;  ///< paired: on the same cases
  std::optional<stats::PairedCounts> paired{};
  stats::RateInterval difference;  ///< of rate(second) − rate(first), 95%; [−1, 1] where incomparable
  double log_p = 0;           ///< two-sided exact test that the two rates differ: McNemar where paired, else Fisher
  double log_p_adjusted = 0;  ///< Benjamini–Hochberg over the comparable slices
  Change change = Change::unchanged;
};

struct ComparedLog {
  std::vector<std::string> files;
  std::uint64_t rows = 0, failures = 0;  ///< of all its cases
  double rate = 0;
  stats::RateInterval interval;
  stats::FailureCount compared{};  ///< paired: of the cases that have a partner; else of all
  std::vector<std::string> warnings{};
};

/// How the cases were paired, without the pairs.
struct PairedCases {
  PairedBy by = PairedBy::nothing;
  bool guessed = false;
  std::string first_column{}, second_column{};  ///< of the ids
  std::uint64_t cases = 0, first_unmatched = 0, second_unmatched = 0;
};

struct Comparison {
  ComparedLog first, second;
  table::Task task = table::Task::unknown;
  std::optional<std::string> positive{};
  table::FailureRule rule;  ///< of the first log, by which both are judged
  PairedCases pairing;
  std::optional<stats::PairedCounts> paired{};
  stats::RateInterval difference;     ///< of rate(second) − rate(first) on the compared cases, 95%
  double log_p = 0;                   ///< two-sided exact test that the two rates differ
  Change change = Change::unchanged;  ///< worse, better or unchanged: p <= fdr
  double fdr = 0.05;
  std::vector<ComparedSlice> slices;  ///< appeared, worse, unchanged, better, gone, incomparable; larger change first
  MetricChanges metrics;
  std::vector<std::string> warnings{};  ///< of the comparison; those of the logs stand with them

  /// Does the second log fail more, as a whole or in a slice that appeared or got worse?
  [[nodiscard]] bool is_worse() const;
};

/// What to compare. Counts on the log that a slice was found on flatter it: it was chosen for them. There only the
/// cases count that were held out from the search; paired, only these and their partners count on both sides.
struct CompareInput {
  const table::PredictionLog& first;
  const table::PredictionLog& second;  ///< judged by the rule of the first (table::SettledRule)
  std::span<const SliceToCompare> candidates{};
  std::span<const std::uint32_t> held_out_first{}, held_out_second{};  ///< rows; empty: all
  const Pairing& pairing;
};

struct CompareOptions {
  double fdr = 0.05;       ///< (0, 1)
  std::uint64_t seed = 1;  ///< of the bootstrap of the metrics
};

/// How two logs and a set of slices fare, e.g. under two versions of a model. Paired cases are tested by McNemar,
/// others by Fisher, which takes the cases of the two logs for independent draws. Both one-sided tests (does it fail
/// more than the rest, per log) and the two-sided test (do its rates differ) are adjusted over the slices by
/// Benjamini–Hochberg; a change counts when its adjusted p is <= fdr. Cost: one pass over both logs a slice, and
/// metric_changes().
[[nodiscard]] Result<Comparison> compare_logs(const CompareInput& input, const CompareOptions& options,
                                              const ThreadPool& pool, const Progress& progress = {});

/// Removes candidates of the second log whose cases are nearly those of a candidate of the first, on both logs.
/// @param near_equal  Jaccard similarity from which two slices are the same finding, in (0, 1]
[[nodiscard]] std::vector<SliceToCompare> without_repeats(std::vector<SliceToCompare> candidates,
                                                          const table::PredictionLog& first,
                                                          const table::PredictionLog& second, double near_equal,
                                                          const Progress& progress = {});

}  // namespace errata::slice

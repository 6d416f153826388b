#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/slice/association.h"
#include "errata/slice/compare.h"
#include "errata/slice/confirm.h"
#include "errata/slice/drift.h"
#include "errata/slice/error_tree.h"
#include "errata/slice/examples.h"
#include "errata/slice/excess.h"
#include "errata/slice/failure_kinds.h"
#include "errata/slice/groups.h"
#include "errata/slice/metrics.h"
#include "errata/slice/over_time.h"
#include "errata/slice/pair_rates.h"
#include "errata/slice/single.h"
#include "errata/table/coding.h"
#include "errata/table/predicate.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

struct AnalysisOptions {
  table::CodingOptions coding;  ///< rare_below is set from the minimum support when 0
  ConfirmOptions confirm;
  GroupOptions groups{};                   ///< fdr is that of `confirm`
  std::optional<Granularity> granularity;  ///< of time; chosen from its span when not given
  bool search_labels =
      false;  ///< let conjunctions use the label as well (with the prediction they would tell what a failure is)
};

/// A hotspot or tested slice with its conjunction in terms of the log, so that it can be told and measured elsewhere.
struct NamedSlice {
  TestedSlice slice;
  std::vector<table::Predicate> where;
  std::string sql;  ///< WHERE condition
  /// Against what the calibrated confidence expects, tested on the held-out cases; absent without a score.
  std::optional<Excess> excess{};
  FailureKinds kinds{};  ///< on all its cases
};
struct NamedFold {
  NamedSlice slice;
  FoldReason reason = FoldReason::near_equal;
  double jaccard = 0;
};
struct NamedHotspot {
  NamedSlice slice;
  std::vector<NamedFold> folded;
  std::uint64_t added_failures = 0;     ///< failures that are in no hotspot before it
  std::optional<std::size_t> inside;    ///< the last hotspot before it that holds all its cases
  Slice rest_of_outer;                  ///< counts of the other cases of that one
  std::optional<ClassMetrics> classes;  ///< the metrics of the whole log, on its cases
  std::optional<NumberMetrics> numbers;
  ExampleCases examples{};
};

/// A slice that was found before, here or on another log, and how it fares on this one.
struct SavedSlice {
  std::vector<table::Predicate> where;
  std::string sql;  ///< WHERE condition
  SliceOnLog on_log;
  std::optional<Excess> excess{};  ///< tested on all cases; absent without a score or a case
  FailureKinds kinds{};
};

/// Everything `errata analyze` says, as plain values.
struct Analysis {
  std::vector<std::string> files;
  std::size_t rows = 0;
  std::uint64_t failures = 0;
  stats::RateInterval rate_interval;
  double loss = 0;  ///< sum; equals failures under 0/1 loss
  table::Roles roles;
  table::Task task = table::Task::unknown;
  table::FailureRule rule;
  std::vector<std::string> warnings;
  AnalysisOptions options;
  std::optional<ClassMetrics> classes;
  std::optional<NumberMetrics> numbers;
  std::optional<Claim> claim{};        ///< what the confidence claims as it is logged, against what fails
  std::vector<SingleSlices> singles;   ///< one entry a feature, label, prediction, batch and time
  SearchResult top;                    ///< the exact top-k on the whole log
  std::vector<NamedSlice> top_slices;  ///< `top.slices` in terms of the log; searched/confirmed parts empty
  std::vector<NamedHotspot> hotspots;
  std::vector<NamedSlice> safe;                ///< confirmed to fail less than the rest
  std::vector<NamedSlice> more_than_believed;  ///< see find_silent_failures(); each with its excess
  std::vector<NamedSlice> unconfirmed;
  std::uint64_t searched_rows = 0, confirm_rows = 0;
  std::size_t tested = 0;
  std::optional<OverTime> over_time;
  std::optional<Drift> drift;
  std::vector<Association> associations;  ///< strongest first
  std::optional<ErrorTree> tree;
  /// Of the two features of the first hotspot with exactly two predicates, else of the two features that go most with
  /// failure; empty with fewer than two features.
  std::optional<PairRates> pair_rates;
  std::optional<GroupComparison> groups;  ///< of the log's Roles::groups
  std::vector<SavedSlice> saved;          ///< measured as well, in the order they were given
};

/// The whole main job on a log in memory, without saved slices. Deterministic: same log, options and seed, same result.
[[nodiscard]] Result<Analysis> analyze_log(const table::PredictionLog& log, const AnalysisOptions& options,
                                           ThreadPool& pool, const Progress& progress = {});

/// The rows that the hotspots of analyze_log() were tested on.
[[nodiscard]] std::vector<std::uint32_t> held_out_rows(const table::PredictionLog& log, const AnalysisOptions& options);

/// How slices that were found before fare on a log, each tested against the rest (see measure_on_log()) and against
/// what its confidence leads one to expect. @param seed  of expected_failures()
[[nodiscard]] std::vector<SavedSlice> measure_saved(const table::PredictionLog& log,
                                                    std::span<const std::vector<table::Predicate>> slices, double fdr,
                                                    std::uint64_t seed = 1, const Progress& progress = {});

}  // namespace errata::slice

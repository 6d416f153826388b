#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/stats/rate.h"
#include "errata/table/predicate.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// What is measured in each group: rates of counts, then means. Which there are depends on the task.
enum class GroupMeasure : std::uint8_t {
  failure_rate,         ///< failures of all cases
  base_rate,            ///< labelled positive, of the cases with a label and a prediction; two classes only, as below
  selection_rate,       ///< predicted positive, of the same
  false_negative_rate,  ///< predicted negative, of those labelled positive
  false_positive_rate,  ///< predicted positive, of those labelled negative
  precision,            ///< labelled positive, of those predicted positive
  calibration_gap,      ///< mean of probability − (did it happen), of the cases with a score
  bias,                 ///< mean of prediction − label
  mean_absolute_error,  ///< mean of |prediction − label|
  mean_loss,            ///< of a numeric loss
};
inline constexpr std::size_t kGroupMeasures = 10;
[[nodiscard]] std::string_view name_of(GroupMeasure measure);  ///< "failure_rate", …
[[nodiscard]] constexpr bool is_rate(GroupMeasure measure) { return measure < GroupMeasure::calibration_gap; }

/// One measure of one group, and of the rest of the log that it is compared with.
struct GroupFigure {
  GroupMeasure measure = GroupMeasure::failure_rate;
  std::uint64_t n = 0, count = 0;             ///< the cases that it is of; rates: those of them that count
  double value = 0;                           ///< NaN without cases
  stats::RateInterval interval{};             ///< 95%: Wilson for rates, Student for means; NaN ends where it has none
  double rest = 0;                            ///< the same of the other cases; NaN without any
  double difference = 0;                      ///< value − rest
  stats::RateInterval difference_interval{};  ///< 95%: Newcombe for rates, Welch for means
  bool tested = false;                        ///< the group and the rest are large enough
  double log_p = 0;                           ///< two-sided: Fisher for rates, Welch for means
  double log_p_adjusted = 0;                  ///< Benjamini–Hochberg over all that is tested
  bool differs = false;                       ///< adjusted p <= fdr
};

struct Group {
  std::vector<table::Predicate> where;  ///< one a column; empty for the whole log
  std::string sql;                      ///< WHERE condition
  std::uint64_t n = 0;
  bool is_small = false;  ///< fewer cases than the minimum: shown, never tested
  std::vector<GroupFigure> figures;
  std::optional<double> ece{};  ///< expected calibration error in 15 bins; larger by chance in smaller groups
};

/// How far groups are apart in one measure: the largest difference between any two.
struct GroupSpread {
  GroupMeasure measure = GroupMeasure::failure_rate;
  double difference = 0;           ///< highest − lowest, >= 0
  stats::RateInterval interval{};  ///< holds the largest true difference with 95%, all pairs together
  std::size_t highest = 0, lowest = 0;
  std::size_t groups = 0;  ///< those with at least the minimum of cases that the measure is of
};

/// All groups that the values of some columns make.
struct GroupTable {
  std::vector<std::string> columns;  ///< several: crossed
  std::vector<Group> groups;         ///< in the order of the values, missing last; only those with cases
  std::vector<GroupSpread> spreads;  ///< of the measures for which two groups are large enough
  /// The larger spread of true and false positive rate (equalized odds difference); `measure` says whose.
  std::optional<GroupSpread> equalized_odds{};
};

struct GroupOptions {
  std::uint64_t min_cases = 30;  ///< >= 2; a group with fewer is not tested
  std::size_t bins = 4;          ///< quantile ranges of a column of many numbers
  double fdr = 0.05;             ///< (0, 1)
};

/// A log's groups compared, as fairness tools do, with intervals and tests.
struct GroupComparison {
  GroupOptions options;
  std::optional<std::string> positive{};  ///< the class that rates of two classes speak of
  std::string calibration_of{};           ///< what the calibration gap speaks of; empty without scores
  Group whole;                            ///< figures without a rest
  std::vector<GroupTable> tables;         ///< [log.roles.groups]
  std::size_t tested = 0;
};

/// Compares the groups of log.roles.groups, each with the rest of the log. Counts are of cases, without weights. A
/// column of numbers is cut at quantiles, unless it holds at most 20 different whole numbers; missing is a group.
/// Differences between two groups: Newcombe (rates) or Welch (means) at 1 − .05/pairs, so that the intervals of all
/// pairs hold together, and the largest true difference lies between their greatest low and their greatest high end.
/// @return invalid_argument naming columns with more than kMaxGroups groups
/// Cost: one pass over the log a table, then O(groups²).
/// Reference of the names: M. Hardt, E. Price, N. Srebro, NeurIPS 2016 (equalized odds); docs/methods/groups.md.
[[nodiscard]] Result<GroupComparison> compare_groups(const table::PredictionLog& log, const GroupOptions& options);

inline constexpr std::size_t kMaxGroups = 300;

}  // namespace errata::slice

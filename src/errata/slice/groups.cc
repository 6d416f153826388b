// Every measure is either a count of counted cases (a rate) or a mean of numbers, so that one pass over the log adds
// every case to the sums of its group, the rest of a group is the sum of the other groups, and intervals and tests know
// two kinds only. What the cases of a measure are (those labelled positive, those with a score) is settled once, in
// CaseMeasures.
#include "errata/slice/groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "errata/base/limits.h"
#include "errata/slice/case_metrics.h"
#include "errata/stats/calibration.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/rate_difference.h"
#include "errata/stats/tests.h"
#include "errata/stats/welch.h"
#include "errata/table/classes.h"
#include "errata/table/coding.h"

namespace errata::slice {
namespace {

using stats::FailureCount;
using stats::Moments;
using stats::RateInterval;

constexpr RateInterval kNone{.low = kNaN, .high = kNaN};
constexpr double kConfidence = 0.95;
constexpr std::size_t kWholeNumbers = 20;

constexpr std::array<std::string_view, kGroupMeasures> kMeasureNames{
    "failure_rate", "base_rate",       "selection_rate", "false_negative_rate", "false_positive_rate",
    "precision",    "calibration_gap", "bias",           "mean_absolute_error", "mean_loss"};

std::size_t index_of(GroupMeasure measure) { return static_cast<std::size_t>(measure); }

/// The sums of one measure over some cases.
struct Sums {
  FailureCount counts{};
  Moments values{};

  void merge(const Sums& other) {
    counts.failures += other.counts.failures;
    counts.trials += other.counts.trials;
    values.merge(other.values);
  }
};

struct GroupSums {
  std::uint64_t n = 0;
  std::array<Sums, kGroupMeasures> measures{};
  stats::Calibration calibration{};

  void merge(const GroupSums& other) {
    n += other.n;
    for (std::size_t m = 0; m < kGroupMeasures; ++m) measures[m].merge(other.measures[m]);
  }
};

/// What each case adds to each measure.
class CaseMeasures {
 public:
  explicit CaseMeasures(const table::PredictionLog& log)
      : log_(log), classes_(class_terms(log)), numbers_(number_terms(log)) {
    const bool two = log.classes.size() <= 2 && log.positive;
    if (!classes_ || !two) return;
    positive_ = static_cast<std::uint32_t>(std::ranges::find(log.classes, *log.positive) - log.classes.begin());
    is_binary_ = true;
  }

  [[nodiscard]] bool is_binary() const { return is_binary_; }
  [[nodiscard]] std::string calibration_of() const { return classes_ ? classes_->calibration_of : std::string(); }

  [[nodiscard]] std::vector<GroupMeasure> present() const {
    std::vector<GroupMeasure> measures{GroupMeasure::failure_rate};
    if (!log_.loss.empty()) measures.push_back(GroupMeasure::mean_loss);
    if (is_binary_)
      for (auto m = GroupMeasure::base_rate; is_rate(m); m = static_cast<GroupMeasure>(std::to_underlying(m) + 1))
        measures.push_back(m);
    if (classes_ && classes_->has_scores()) measures.push_back(GroupMeasure::calibration_gap);
    if (numbers_) measures.insert(measures.end(), {GroupMeasure::bias, GroupMeasure::mean_absolute_error});
    return measures;
  }

  void add(std::size_t row, GroupSums& sums) const {
    sums.n += 1;
    count(GroupMeasure::failure_rate, log_.failed[row] != 0, sums);
    if (!log_.loss.empty()) value(GroupMeasure::mean_loss, log_.loss[row], sums);
    if (is_binary_) add_binary(row, sums);
    if (classes_ && classes_->has_scores() && classes_->is_scored(row)) {
      const double probability = classes_->probability[row];
      const bool happened = classes_->happened(row);
      value(GroupMeasure::calibration_gap, probability - static_cast<double>(happened), sums);
      sums.calibration.add(probability, happened);
    }
    if (numbers_ && std::isfinite(numbers_->label[row]) && std::isfinite(numbers_->prediction[row])) {
      const double error = numbers_->prediction[row] - numbers_->label[row];
      value(GroupMeasure::bias, error, sums);
      value(GroupMeasure::mean_absolute_error, std::abs(error), sums);
    }
  }

 private:
  static void count(GroupMeasure measure, bool counts, GroupSums& sums) {
    FailureCount& rate = sums.measures[index_of(measure)].counts;
    rate.trials += 1;
    rate.failures += static_cast<std::uint64_t>(counts);
  }
  static void value(GroupMeasure measure, double value, GroupSums& sums) {
    sums.measures[index_of(measure)].values.add(value);
  }

  void add_binary(std::size_t row, GroupSums& sums) const {
    const std::uint32_t label = log_.label_class[row], predicted = log_.predicted_class[row];
    if (label == table::kNoClass || predicted == table::kNoClass) return;
    const bool is_positive = label == positive_, is_selected = predicted == positive_;
    count(GroupMeasure::base_rate, is_positive, sums);
    count(GroupMeasure::selection_rate, is_selected, sums);
    if (is_positive)
      count(GroupMeasure::false_negative_rate, !is_selected, sums);
    else
      count(GroupMeasure::false_positive_rate, is_selected, sums);
    if (is_selected) count(GroupMeasure::precision, is_positive, sums);
  }

  const table::PredictionLog& log_;
  std::optional<ClassTerms> classes_;
  std::optional<NumberTerms> numbers_;
  std::uint32_t positive_ = 0;
  bool is_binary_ = false;
};

/// The groups of a table before anything is measured: which one each row is in, and what they are called.
struct Grouping {
  std::vector<std::vector<table::Predicate>> where;
  std::vector<std::uint32_t> of_row;
};

Result<table::CodedFeature> code_groups(const table::PredictionLog& log, const std::string& name, std::size_t bins) {
  const table::Column* column = log.find(name);
  if (column == nullptr) return invalid_argument(fmt::format("group column {}: it was not read", name));
  if (column->kind == table::ColumnKind::timestamp)
    return invalid_argument(fmt::format(
        "group column {}: it holds times; groups are told by text or numbers, and failures over time are told anyway",
        name));
  const bool whole = column->kind == table::ColumnKind::numeric && column->infinite == 0 &&
                     table::distinct_integers(*column, kWholeNumbers).has_value();
  return table::code_column(*column, {.bins = whole ? 0 : bins});
}

Result<Grouping> group_rows(const table::PredictionLog& log, const std::vector<std::string>& columns,
                            std::size_t bins) {
  std::vector<table::CodedFeature> coded;
  for (const std::string& name : columns) {
    ERRATA_ASSIGN(auto feature, code_groups(log, name, bins));
    coded.push_back(std::move(feature));
  }
  std::map<std::vector<table::Code>, std::uint32_t> numbers;
  Grouping grouping{.where = {}, .of_row = std::vector<std::uint32_t>(log.rows)};
  std::vector<table::Code> codes(coded.size());
  for (std::size_t row = 0; row < log.rows; ++row) {
    for (std::size_t c = 0; c < coded.size(); ++c) codes[c] = coded[c].codes[row];
    grouping.of_row[row] = numbers.try_emplace(codes, static_cast<std::uint32_t>(numbers.size())).first->second;
    if (numbers.size() > kMaxGroups)
      return invalid_argument(
          fmt::format("--groups {}: it makes more than {} groups; name columns with fewer different values",
                      fmt::join(columns, "*"), kMaxGroups));
  }
  // Numbered as they came; told in the order of their values.
  std::vector<std::uint32_t> renumbered(numbers.size());
  for (const auto& [values, number] : numbers) {
    renumbered[number] = static_cast<std::uint32_t>(grouping.where.size());
    std::vector<table::Predicate> where;
    for (std::size_t c = 0; c < coded.size(); ++c) where.push_back(predicate_of(coded[c], values[c], values[c]));
    grouping.where.push_back(std::move(where));
  }
  for (std::uint32_t& group : grouping.of_row) group = renumbered[group];
  return grouping;
}

GroupFigure figure_of(GroupMeasure measure, const Sums& sums) {
  GroupFigure figure{
      .measure = measure, .interval = kNone, .rest = kNaN, .difference = kNaN, .difference_interval = kNone};
  if (is_rate(measure)) {
    figure.n = sums.counts.trials;
    figure.count = sums.counts.failures;
    figure.value = stats::failure_rate(sums.counts);
    figure.interval = stats::wilson_interval(sums.counts, kConfidence).value_or(kNone);
  } else {
    figure.n = sums.values.n();
    figure.value = sums.values.mean();
    figure.interval = stats::mean_interval(sums.values, kConfidence);
  }
  return figure;
}

/// The difference of second − first in one measure.
stats::MeanDifference difference_of(GroupMeasure measure, const Sums& first, const Sums& second, double confidence) {
  if (!is_rate(measure)) return stats::welch_test(first.values, second.values, confidence);
  const FailureCount a = first.counts, b = second.counts;
  return {.difference = stats::failure_rate(b) - stats::failure_rate(a),
          .interval = stats::rate_difference_interval(a, b, confidence).value_or(kNone),
          .log_p = stats::two_rates_test(a.failures, a.trials, b.failures, b.trials).log_p};
}

void compare_with_rest(const Sums& sums, const Sums& rest, bool is_testable, GroupFigure& figure) {
  figure.rest = figure_of(figure.measure, rest).value;
  if (figure.n == 0 || std::isnan(figure.rest)) return;
  const auto found = difference_of(figure.measure, rest, sums, kConfidence);
  figure.difference = found.difference;
  figure.difference_interval = found.interval;
  figure.tested = is_testable && !std::isnan(found.interval.low);
  figure.log_p = figure.log_p_adjusted = figure.tested ? found.log_p : 0;
}

/// The largest difference between any two groups that have enough cases for the measure.
/// @param confidence  of all pairs together
std::optional<GroupSpread> spread_of(GroupMeasure measure, const std::vector<GroupSums>& groups,
                                     std::uint64_t min_cases, double confidence) {
  std::vector<std::size_t> large;
  const auto sums_of = [&](std::size_t g) -> const Sums& { return groups[g].measures[index_of(measure)]; };
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (figure_of(measure, sums_of(g)).n >= min_cases) large.push_back(g);
  if (large.size() < 2) return std::nullopt;
  const double pairs = static_cast<double>(large.size() * (large.size() - 1)) / 2;
  const double each = 1 - (1 - confidence) / pairs;
  GroupSpread spread{.measure = measure, .difference = -1, .groups = large.size()};
  for (std::size_t i = 0; i < large.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto value = [&](std::size_t g) { return figure_of(measure, sums_of(g)).value; };
      auto [low, high] = std::pair(large[j], large[i]);
      if (value(low) > value(high)) std::swap(low, high);
      const double difference = value(high) - value(low);
      const RateInterval interval =
          is_rate(measure)
              ? stats::rate_difference_interval(sums_of(low).counts, sums_of(high).counts, each).value_or(kNone)
              : stats::welch_test(sums_of(low).values, sums_of(high).values, each).interval;
      spread.interval.low = std::max(spread.interval.low, interval.low);
      spread.interval.high = spread.difference < 0 ? interval.high : std::max(spread.interval.high, interval.high);
      if (difference <= spread.difference) continue;
      spread.difference = difference;
      spread.highest = high;
      spread.lowest = low;
    }
  }
  return spread;
}

void add_spreads(const std::vector<GroupSums>& sums, std::span<const GroupMeasure> measures, std::uint64_t min_cases,
                 GroupTable& table) {
  for (const GroupMeasure measure : measures)
    if (auto spread = spread_of(measure, sums, min_cases, kConfidence)) table.spreads.push_back(*spread);
  // Both odds together: each at half the error. True positive rates are as far apart as false negative rates.
  const double half = 1 - (1 - kConfidence) / 2;
  const auto negatives = spread_of(GroupMeasure::false_negative_rate, sums, min_cases, half);
  const auto positives = spread_of(GroupMeasure::false_positive_rate, sums, min_cases, half);
  if (!negatives || !positives) return;
  table.equalized_odds = negatives->difference >= positives->difference ? negatives : positives;
  table.equalized_odds->interval = {.low = std::max(negatives->interval.low, positives->interval.low),
                                    .high = std::max(negatives->interval.high, positives->interval.high)};
}

Group group_of(const GroupSums& sums, std::span<const GroupMeasure> measures, std::uint64_t min_cases) {
  Group group{.where = {}, .sql = {}, .n = sums.n, .is_small = sums.n < min_cases, .figures = {}};
  for (const GroupMeasure measure : measures)
    group.figures.push_back(figure_of(measure, sums.measures[index_of(measure)]));
  group.ece = if_defined(sums.calibration.expected_error());
  return group;
}

GroupTable measure_table(std::vector<std::string> columns, Grouping grouping, const std::vector<GroupSums>& sums,
                         std::span<const GroupMeasure> measures, std::uint64_t min_cases) {
  GroupTable table{.columns = std::move(columns), .groups = {}, .spreads = {}};
  for (std::size_t g = 0; g < sums.size(); ++g) {
    Group group = group_of(sums[g], measures, min_cases);
    group.where = std::move(grouping.where[g]);
    group.sql = table::where_clause(group.where);
    GroupSums rest;
    for (std::size_t other = 0; other < sums.size(); ++other)
      if (other != g) rest.merge(sums[other]);
    const bool is_testable = sums[g].n >= min_cases && rest.n >= min_cases;
    for (GroupFigure& figure : group.figures)
      compare_with_rest(sums[g].measures[index_of(figure.measure)], rest.measures[index_of(figure.measure)],
                        is_testable, figure);
    table.groups.push_back(std::move(group));
  }
  add_spreads(sums, measures, min_cases, table);
  return table;
}

/// Two groups are each other's rest: their differences are one hypothesis, tested once.
void adjust(GroupComparison& comparison) {
  std::vector<GroupFigure*> tested;
  std::vector<double> log_p;
  for (GroupTable& table : comparison.tables) {
    const std::size_t hypotheses = table.groups.size() == 2 ? 1 : table.groups.size();
    for (std::size_t g = 0; g < hypotheses; ++g)
      for (GroupFigure& figure : table.groups[g].figures)
        if (figure.tested) tested.push_back(&figure);
  }
  for (const GroupFigure* figure : tested) log_p.push_back(figure->log_p);
  const auto adjusted = stats::benjamini_hochberg(log_p);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    tested[i]->log_p_adjusted = adjusted[i];
    tested[i]->differs = adjusted[i] <= std::log(comparison.options.fdr);
  }
  comparison.tested = tested.size();
  for (GroupTable& table : comparison.tables) {
    if (table.groups.size() != 2) continue;
    for (std::size_t f = 0; f < table.groups[0].figures.size(); ++f) {
      const GroupFigure& first = table.groups[0].figures[f];
      GroupFigure& second = table.groups[1].figures[f];
      second.log_p_adjusted = first.log_p_adjusted;
      second.differs = first.differs;
    }
  }
}

}  // namespace

std::string_view name_of(GroupMeasure measure) { return kMeasureNames[index_of(measure)]; }

Result<GroupComparison> compare_groups(const table::PredictionLog& log, const GroupOptions& options) {
  if (options.min_cases < 2)
    return invalid_argument(fmt::format("--min-group {}: a group needs at least 2 cases", options.min_cases));
  const CaseMeasures cases(log);
  const std::vector<GroupMeasure> measures = cases.present();
  GroupComparison comparison{.options = options, .calibration_of = cases.calibration_of(), .whole = {}, .tables = {}};
  if (cases.is_binary()) comparison.positive = log.positive;
  for (const auto& columns : log.roles.groups) {
    ERRATA_ASSIGN(Grouping grouping, group_rows(log, columns, options.bins));
    std::vector<GroupSums> sums(grouping.where.size());
    for (std::size_t row = 0; row < log.rows; ++row) cases.add(row, sums[grouping.of_row[row]]);
    comparison.tables.push_back(measure_table(columns, std::move(grouping), sums, measures, options.min_cases));
  }
  GroupSums whole;
  for (std::size_t row = 0; row < log.rows; ++row) cases.add(row, whole);
  comparison.whole = group_of(whole, measures, 0);
  adjust(comparison);
  return comparison;
}

}  // namespace errata::slice

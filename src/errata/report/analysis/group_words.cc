#include "errata/report/analysis/group_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/report/analysis/comparison_words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"

namespace errata::report {

namespace {

using slice::GroupMeasure;

struct MeasureWords {
  std::string_view words, in_short, spread, spread_key;
};

constexpr std::array<MeasureWords, slice::kGroupMeasures> kWords{{
    {"failure rate", "fail", "failure rate difference", "failure_rate_difference"},
    {"base rate", "base", "base rate difference", "base_rate_difference"},
    {"selection rate", "selected", "demographic parity difference", "demographic_parity_difference"},
    {"false negative rate", "FNR", "equal opportunity difference (FNR)", "equal_opportunity_difference"},
    {"false positive rate", "FPR", "false positive rate difference", "false_positive_rate_difference"},
    {"precision", "prec.", "predictive parity difference (precision)", "predictive_parity_difference"},
    {"calibration gap", "gap", "calibration gap difference", "calibration_gap_difference"},
    {"bias", "bias", "bias difference", "bias_difference"},
    {"mean absolute error", "MAE", "MAE difference", "mean_absolute_error_difference"},
    {"mean loss", "loss", "mean loss difference", "mean_loss_difference"},
}};

const MeasureWords& entry(GroupMeasure measure) { return kWords[static_cast<std::size_t>(measure)]; }

}  // namespace

std::string_view words_of(GroupMeasure measure) { return entry(measure).words; }
std::string_view short_name(GroupMeasure measure) { return entry(measure).in_short; }

std::string value_text(GroupMeasure measure, double value) {
  if (slice::is_rate(measure)) return percent_text(value);
  if (measure == GroupMeasure::calibration_gap && !std::isnan(value)) return fmt::format("{:+.3f}", value + 0.0);
  return number_text(value, 3);
}

std::string difference_text(GroupMeasure measure, double difference) {
  if (std::isnan(difference)) return "–";
  if (slice::is_rate(measure)) return points_text(difference) + " points";
  return (difference > 0 ? "+" : "") + number_text(difference, 3);
}

std::string interval_words(GroupMeasure measure, const stats::RateInterval& interval) {
  if (std::isnan(interval.low)) return {};
  return fmt::format("{} to {}", value_text(measure, interval.low), value_text(measure, interval.high));
}

std::string title_of(const slice::GroupTable& table) {
  std::string title;
  for (const std::string& column : table.columns)
    title += fmt::format("{}`{}`", title.empty() ? "" : " × ", plain_text(column));
  return title;
}

std::vector<std::string> group_labels(const slice::GroupTable& table) {
  std::vector<std::string> labels(table.groups.size());
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::vector<table::Predicate> values;  // each once, so that their labels differ
    for (const slice::Group& group : table.groups)
      if (std::ranges::find(values, group.where[c]) == values.end()) values.push_back(group.where[c]);
    const std::vector<std::string> texts = axis_labels(values);
    for (std::size_t g = 0; g < labels.size(); ++g) {
      const auto value = std::ranges::find(values, table.groups[g].where[c]) - values.begin();
      labels[g] += (c > 0 ? ", " : "") + texts[static_cast<std::size_t>(value)];
    }
  }
  return labels;
}

std::vector<GroupFinding> findings_of(const slice::GroupTable& table) {
  std::vector<GroupFinding> findings;
  const bool mirrored = table.groups.size() == 2;
  for (std::size_t g = 0; g < table.groups.size(); ++g)
    for (const slice::GroupFigure& figure : table.groups[g].figures)
      if (figure.differs && (!mirrored || figure.difference > 0)) findings.push_back({.group = g, .figure = &figure});
  std::ranges::stable_sort(findings, std::ranges::less{}, [](const auto& one) { return one.figure->log_p; });
  return findings;
}

std::string finding_words(const std::string& label, const slice::GroupFigure& figure) {
  const GroupMeasure measure = figure.measure;
  const auto end = [&](double value) {
    return slice::is_rate(measure) ? points_text(value) : difference_text(measure, value);
  };
  return fmt::format("{}: {} {}, the rest {}: {} (95% interval {} to {}, adjusted {})", label, words_of(measure),
                     value_text(measure, figure.value), value_text(measure, figure.rest),
                     difference_text(measure, figure.difference), end(figure.difference_interval.low),
                     end(figure.difference_interval.high), p_equation(figure.log_p_adjusted));
}

std::string method_words(const slice::GroupComparison& groups) {
  const bool means =
      std::ranges::any_of(groups.whole.figures, [](const auto& f) { return !slice::is_rate(f.measure); });
  std::string text = fmt::format(
      "Each group against the rest of the log: Fisher's exact test{}, {} together, Benjamini–Hochberg at {}.",
      means ? " (of means: Welch's)" : "", counted(groups.tested, "test", "tests"), level_text(groups.options.fdr));
  if (groups.positive) text += fmt::format(" Positive is {}.", plain_text(*groups.positive));
  if (!groups.calibration_of.empty())
    text += groups.calibration_of.starts_with("P(")
                ? fmt::format(" The gap is mean {} minus the share that is.", plain_text(groups.calibration_of))
                : std::string(" The gap is mean confidence minus accuracy.");
  return text;
}

std::string small_words(const slice::GroupComparison& groups, const slice::GroupTable& table) {
  const auto small = static_cast<std::uint64_t>(
      std::ranges::count_if(table.groups, [](const slice::Group& group) { return group.is_small; }));
  if (small == 0) return {};
  return fmt::format("{} fewer than {} cases: shown, not tested.",
                     small == 1 ? "1 group has" : fmt::format("{} groups have", small), groups.options.min_cases);
}

std::vector<NamedSpread> named_spreads(const slice::GroupTable& table) {
  std::vector<NamedSpread> named;
  for (const slice::GroupSpread& spread : table.spreads)
    named.push_back({.name = entry(spread.measure).spread, .key = entry(spread.measure).spread_key, .spread = spread});
  if (table.equalized_odds)
    named.push_back(
        {.name = "equalized odds difference", .key = "equalized_odds_difference", .spread = *table.equalized_odds});
  return named;
}

}  // namespace errata::report

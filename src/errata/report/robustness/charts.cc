#include "errata/report/robustness/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/kit/interval_points.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/reliability_chart.h"
#include "errata/report/kit/vega_lite.h"
#include "errata/report/robustness/words.h"

namespace errata::report {
namespace {

using robustness::Quantity;
using robustness::Robustness;

constexpr std::size_t kNameLength = 24, kSliceLength = 60;

Json interval_row(const std::string& name, double value, const stats::RateInterval& interval, double limit) {
  return {{"name", name},
          {"mean", value},
          {"low", std::isfinite(interval.low) ? interval.low : value},
          {"high", std::isfinite(interval.high) ? interval.high : value},
          {"passes", value <= limit},
          {"text", fmt::format("{} ({})", measured_text(value), measured_interval(interval))}};
}

DrawnGate gate_at(double limit) { return {.limit = limit, .words = fmt::format("at most {}", number_text(limit, 3))}; }

void add_sweep(const Robustness& made, std::vector<Chart>& charts) {
  Json rows = Json::array(), corruptions = Json::array(), levels = Json::array();
  for (const std::string& level : made.levels) levels.push_back(plain_text(level, kNameLength));
  for (const robustness::SweepRow& row : made.sweep) {
    corruptions.push_back(plain_text(row.corruption, kNameLength));
    for (std::size_t level = 0; level < row.accuracy.size(); ++level) {
      const double accuracy = row.accuracy[level];
      if (!std::isfinite(accuracy)) continue;
      rows.push_back({{"corruption", corruptions.back()},
                      {"level", levels[level]},
                      {"accuracy", accuracy},
                      {"text", fmt::format("{:.2f}", accuracy)},
                      {"dark", accuracy > 0.6},
                      {"accuracy_text", measured_text(accuracy)}});
    }
  }
  if (rows.empty()) return;
  const Json colour{
      {"field", "accuracy"},
      {"type", "quantitative"},
      {"scale", {{"domain", {0, 0.5, 1}}, {"clamp", true}, {"interpolate", "rgb"}, {"range", blue_cells()}}},
      {"legend", nullptr}};
  const Json hints = tooltip({{"corruption", "corruption"}, {"level", "severity"}, {"accuracy_text", "accuracy"}});
  charts.push_back(chart_of({.name = "accuracy_by_severity",
                             .section = "corruption",
                             .title = "Accuracy by corruption and severity",
                             .caption = "Severity grows from left to right; gates look at the middle one."},
                            {{"height", {{"step", 24}}},
                             {"data", named_data("rows", std::move(rows))},
                             {"layer", heat_layers(cell_axis("level", "severity", levels, 0),
                                                   cell_axis("corruption", "", corruptions, 0), colour, hints)}}));
}

void add_calibration(const Robustness& made, std::vector<Chart>& charts) {
  Json rows = Json::array();
  for (const robustness::LevelRow& row : made.calibration)
    if (std::isfinite(row.ece))
      rows.push_back(
          interval_row(plain_text(row.level, kNameLength), row.ece, row.ece_interval, made.options.gates.max_ece));
  if (rows.empty()) return;
  const bool all = made.levels.empty();
  charts.push_back(chart_of(
      {.name = "ece_by_severity",
       .section = "calibration",
       .title = all ? "Expected calibration error" : "Expected calibration error by severity",
       .caption = all ? "95% interval; dashed: its gate." : "95% interval; dashed: the gate of the middle severity."},
      interval_points(std::move(rows), "severity", "ECE", gate_at(made.options.gates.max_ece))));
  for (const std::size_t level : {std::size_t{0}, made.middle + 1}) {
    if (level >= made.calibration.size()) continue;
    const robustness::LevelRow& row = made.calibration[level];
    if (row.reliability.empty()) continue;
    charts.push_back(chart_of(
        {.name = level == 0 ? "reliability_clean" : "reliability_shifted",
         .section = "calibration",
         .title = level == 0 ? fmt::format("Confidence and accuracy, {}", row.level)
                             : fmt::format("Confidence and accuracy, severity {}", plain_text(row.level, kNameLength)),
         .caption =
             "A point a bin of confidence, larger with more cases; on the dashed line it is as right as it is sure."},
        reliability_drawing(row.reliability, {.score = "confidence", .observed = "accuracy", .risk = false})));
  }
}

void add_intervals(const Chart& words, Json rows, const char* name, const char* value, double limit,
                   std::vector<Chart>& charts) {
  if (!rows.empty()) charts.push_back(chart_of(words, interval_points(std::move(rows), name, value, gate_at(limit))));
}

}  // namespace

std::vector<Chart> robustness_charts(const Robustness& made) {
  const robustness::Gates& gates = made.options.gates;
  constexpr const char* kCaption = "95% interval; dashed: the gate of the figure over all.";
  std::vector<Chart> charts;
  add_sweep(made, charts);
  add_calibration(made, charts);
  Json foreign = Json::array(), flips = Json::array(), gaps = Json::array();
  for (const robustness::ForeignRow& row : made.foreign)
    foreign.push_back(interval_row(plain_text(row.set, kNameLength), row.fpr95, row.fpr95_interval, gates.max_fpr95));
  for (const robustness::FlipRow& row : made.flips)
    if (std::isfinite(row.rate))
      flips.push_back(
          interval_row(plain_text(row.perturbation, kNameLength), row.rate, row.interval, gates.max_flip_rate));
  for (std::size_t i = 0; i < made.gaps.size(); ++i)
    gaps.push_back(
        interval_row(fmt::format("{} {}", i + 1, plain_text(chart_words(words_of(made.gaps[i].where)), kSliceLength)),
                     made.gaps[i].gap, made.gaps[i].interval, gates.max_slice_gap));
  add_intervals(
      {.name = "fpr95", .section = "rejection", .title = "Foreign pictures taken for own ones", .caption = kCaption},
      std::move(foreign), "set", "FPR95", gates.max_fpr95, charts);
  add_intervals({.name = "flip_rate",
                 .section = "stability",
                 .title = "Neighbouring frames with different answers",
                 .caption = kCaption},
                std::move(flips), "perturbation", "flip rate", gates.max_flip_rate, charts);
  add_intervals({.name = "slice_gap",
                 .section = "slices",
                 .title = "Failure rate less that of the other cases",
                 .caption = kCaption},
                std::move(gaps), "slice", "gap", gates.max_slice_gap, charts);
  return charts;
}

}  // namespace errata::report

#include "errata/report/improve/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ranges>

#include "errata/report/improve/words.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/interval_points.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {
namespace {

using improve::Evaluation;
using improve::Improvement;

constexpr std::size_t kSkillName = 24;

Json accuracy_row(std::string name, const stats::FailureCount& skill, double start) {
  const double value = improve::accuracy(skill);
  const stats::RateInterval wrong = interval_of(skill.failures, skill.trials);
  const stats::RateInterval right{.low = 1 - wrong.high, .high = 1 - wrong.low};
  return {{"name", std::move(name)},
          {"mean", value},
          {"low", right.low},
          {"high", right.high},
          {"passes", value >= start},
          {"text",
           fmt::format("{} ({} to {})", accuracy_text(value), accuracy_text(right.low), accuracy_text(right.high))}};
}

/// A chart a skill: its start, and each round.
void add_accuracy(const Improvement& made, std::size_t skill, std::vector<Chart>& charts) {
  const stats::FailureCount& at_start = made.start_held_out[skill];
  if (at_start.trials == 0) return;
  const double start = improve::accuracy(at_start);
  Json rows = Json::array({accuracy_row("start", at_start, start)});
  for (const improve::Round& round : made.rounds)
    rows.push_back(accuracy_row(fmt::format("round {}", round.number), round.held_out[skill], start));
  const std::string name = plain_text(made.skills[skill], kSkillName);
  charts.push_back(
      chart_of({.name = fmt::format("held_out_{}", skill + 1),
                .section = "held-out",
                .title = fmt::format("Held-out accuracy: {}", name),
                .caption = "95% intervals; dashed: the start; in the warning colour: below it."},
               interval_points(std::move(rows), "round", "accuracy",
                               DrawnGate{.limit = start, .words = fmt::format("start: {}", accuracy_text(start))})));
}

/// The signals of the last round that has figures, with their intervals.
void add_detection(const Improvement& made, std::vector<Chart>& charts) {
  for (const improve::Round& round : std::views::reverse(made.rounds)) {
    Json rows = Json::array();
    const double mean = round.detection[improve::Signal::mean].auroc;
    for (std::size_t s = 0; s < improve::kSignals; ++s) {
      const improve::SignalQuality& one = round.detection.signals[s];
      if (std::isnan(one.auroc)) continue;
      rows.push_back({{"name", signal_words(static_cast<improve::Signal>(s))},
                      {"mean", one.auroc},
                      {"low", one.low},
                      {"high", one.high},
                      {"passes", !(one.auroc < mean)},
                      {"text", fmt::format("{} ({} to {})", accuracy_text(one.auroc), accuracy_text(one.low),
                                           accuracy_text(one.high))}});
    }
    if (rows.empty()) continue;
    charts.push_back(chart_of(
        {.name = "detection",
         .section = "detection",
         .title = fmt::format("What tells wrong answers, round {}", round.number),
         .caption = "AUROC with 95% intervals; dashed: the mean log-probability; in the warning colour: below it."},
        interval_points(
            std::move(rows), "signal", "AUROC",
            DrawnGate{.limit = mean, .words = fmt::format("mean log-probability: {}", accuracy_text(mean))})));
    return;
  }
}

/// What the alarm watched, a chart a quantity.
void add_alarm(const Improvement& made, std::vector<Chart>& charts) {
  if (made.rounds.empty()) return;
  struct Watched {
    const char *name, *title;
    double improve::Watch::* of;
  };
  for (const Watched& watched : {Watched{"margin", "Margin of the votes", &improve::Watch::margin},
                                 Watched{"auditor", "The auditor's trust", &improve::Watch::auditor},
                                 Watched{"inverse", "The inverse check agrees", &improve::Watch::inverse}}) {
    Json rows = Json::array();
    const double start = made.rounds.front().before.*watched.of;
    const auto add = [&](std::string name, double value) {
      if (std::isnan(value)) return;
      rows.push_back({{"name", std::move(name)},
                      {"mean", value},
                      {"low", value},
                      {"high", value},
                      {"passes", !(value < start)},
                      {"text", accuracy_text(value)}});
    };
    add("start", start);
    for (const improve::Round& round : made.rounds) add(fmt::format("round {}", round.number), round.watch.*watched.of);
    if (std::isnan(start) || rows.size() < 2) continue;
    charts.push_back(
        chart_of({.name = fmt::format("alarm_{}", watched.name),
                  .section = "alarm",
                  .title = watched.title,
                  .caption = "Dashed: the start; in the warning colour: below it."},
                 interval_points(std::move(rows), "after", watched.title,
                                 DrawnGate{.limit = start, .words = fmt::format("start: {}", accuracy_text(start))})));
  }
}

/// Failures of each mode, round by round.
void add_modes(const Improvement& made, std::vector<Chart>& charts) {
  constexpr std::size_t kMostModes = 6, kName = 48;
  for (std::size_t m = 0; m < std::min(made.modes.size(), kMostModes); ++m) {
    const improve::FailureMode& mode = made.modes[m];
    Json rows = Json::array();
    for (std::size_t r = 0; r < mode.failures.size(); ++r) {
      const auto count = static_cast<double>(mode.failures[r]);
      rows.push_back({{"name", fmt::format("round {}", r + 1)},
                      {"mean", count},
                      {"low", 0},
                      {"high", count},
                      {"passes", true},
                      {"text", fmt::format("{} failures", mode.failures[r])}});
    }
    charts.push_back(chart_of({.name = fmt::format("mode_{}", m + 1),
                               .section = "modes",
                               .title = plain_text(mode.name, kName),
                               .caption = "Failures of each round."},
                              interval_points(std::move(rows), "round", "failures", std::nullopt)));
  }
}

}  // namespace

std::vector<Chart> improve_charts(const Improvement& made) {
  std::vector<Chart> charts;
  for (std::size_t skill = 0; skill < made.skills.size(); ++skill) add_accuracy(made, skill, charts);
  add_modes(made, charts);
  add_detection(made, charts);
  add_alarm(made, charts);
  return charts;
}

}  // namespace errata::report

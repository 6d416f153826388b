#include "errata/report/improve/charts.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

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

void add_detection(const Improvement& made, std::vector<Chart>& charts) {
  Json rows = Json::array();
  for (const improve::Round& round : made.rounds) {
    const double value = round.detection[improve::Signal::least].auroc;
    if (std::isnan(value)) continue;
    rows.push_back({{"name", fmt::format("round {}", round.number)},
                    {"mean", value},
                    {"low", value},
                    {"high", value},
                    {"passes", true},
                    {"text", accuracy_text(value)}});
  }
  if (rows.empty()) return;
  charts.push_back(chart_of({.name = "detection",
                             .section = "rounds",
                             .title = "Do log-probabilities tell wrong answers?",
                             .caption = "AUROC of the least log-probability of a token; 0.5 would be chance."},
                            interval_points(std::move(rows), "round", "AUROC", std::nullopt)));
}

}  // namespace

std::vector<Chart> improve_charts(const Improvement& made) {
  std::vector<Chart> charts;
  for (std::size_t skill = 0; skill < made.skills.size(); ++skill) add_accuracy(made, skill, charts);
  add_detection(made, charts);
  return charts;
}

}  // namespace errata::report

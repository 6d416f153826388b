#include "errata/report/checklist/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/checklist/words.h"
#include "errata/report/kit/interval_points.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

using checklist::Figure;
using checklist::ModeResult;

Json rows_of(const ModeResult& result, const std::string& name) {
  Json rows = Json::array();
  for (const checklist::Contender& contender : result.contenders) {
    const auto figure = std::ranges::find(contender.figures, name, &Figure::name);
    if (figure == contender.figures.end() || !std::isfinite(figure->mean)) continue;
    rows.push_back({{"name", plain_text(contender.name, 24)},
                    {"mean", figure->mean},
                    {"low", figure->low},
                    {"high", figure->high},
                    {"passes", figure->passes()},
                    {"text", fmt::format("{} ({} to {})", figure_text(figure->mean), figure_text(figure->low),
                                         figure_text(figure->high))}});
  }
  return rows;
}

std::optional<DrawnGate> drawn_gate(const Figure& figure) {
  if (!figure.gate) return std::nullopt;
  return DrawnGate{.limit = figure.gate->limit, .words = gate_words(*figure.gate)};
}

}  // namespace

std::string mode_section(const ModeResult& result) { return fmt::format("mode-{}", result.mode->number); }

std::vector<Chart> checklist_charts(const checklist::Checklist& made) {
  std::vector<Chart> charts;
  for (const ModeResult& result : made.modes) {
    const auto& figures = result.contenders.front().figures;
    for (std::size_t i = 0; i < figures.size(); ++i) {
      Json rows = rows_of(result, figures[i].name);
      if (rows.empty()) continue;
      charts.push_back(chart_of({.name = fmt::format("mode_{}_{}", result.mode->number, i + 1),
                                 .section = mode_section(result),
                                 .title = chart_words(plain_text(figures[i].name)) +
                                          (figures[i].gate ? ", " + gate_words(*figures[i].gate) : std::string()),
                                 .caption = "Mean, 95% interval; dashed: the gate."},
                                interval_points(std::move(rows), "allocator", "mean", drawn_gate(figures[i]))));
    }
  }
  return charts;
}

}  // namespace errata::report

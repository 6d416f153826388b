#include "errata/report/checklist/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/checklist/words.h"
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

Json names_of(const Json& rows) {
  Json names = Json::array();
  for (const Json& row : rows) names.push_back(row["name"]);
  return names;
}

Json drawing_of(Json rows, const Figure& figure) {
  constexpr std::size_t kRow = 22, kAxis = 40;
  const std::size_t height = rows.size() * kRow + kAxis;
  const Json y{{"field", "name"},
               {"type", "nominal"},
               {"title", nullptr},
               {"sort", names_of(rows)},
               {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 6}}}};
  const auto x = [](const char* field) { return Json{{"field", field}, {"type", "quantitative"}, {"title", nullptr}}; };
  const auto points = [&](const char* style, const char* test) {
    Json point = mark("point", style);
    point["filled"] = true;
    point["size"] = 70;
    return Json{
        {"transform", {{{"filter", test}}}},
        {"mark", point},
        {"encoding", {{"x", x("mean")}, {"y", y}, {"tooltip", tooltip({{"name", "allocator"}, {"text", "mean"}})}}}};
  };
  Json layers{
      {{"mark", mark("rule", "interval")}, {"encoding", {{"x", x("low")}, {"x2", {{"field", "high"}}}, {"y", y}}}},
      points("rate", "datum.passes"),
      points("raised", "!datum.passes")};
  if (figure.gate)
    layers.push_back(
        {{"data", named_data("gate", {{{"gate", figure.gate->limit}, {"words", gate_words(*figure.gate)}}})},
         {"mark", mark("rule", "reference")},
         {"encoding", {{"x", x("gate")}, {"tooltip", tooltip({{"words", "gate"}})}}}});
  return {{"height", height}, {"data", named_data("rows", std::move(rows))}, {"layer", std::move(layers)}};
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
                                drawing_of(std::move(rows), figures[i])));
    }
  }
  return charts;
}

}  // namespace errata::report

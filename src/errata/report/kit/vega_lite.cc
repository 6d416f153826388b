// Charts are data: each is a Vega-Lite specification that any notebook can open. What a mark means (a rate, an
// interval, the whole log's rate, a warning) is a style name, and "config" says what the styles look like on white
// paper; the page replaces that one object to follow a dark screen. Blue against vermilion is told apart by
// colour-blind readers, and every difference in colour is also a difference in place or length.
#include "errata/report/kit/vega_lite.h"
#include "errata/report/kit/chart.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

const char* const kBlue = "#0068a8";
const char* const kVermilion = "#c2410c";
const char* const kInk = "#1f2933";
const char* const kGrey = "#66727f";

/// What the styles look like on white paper.
Json paper_config() {
  const Json axis{{"labelColor", kGrey},      {"titleColor", kGrey},    {"gridColor", "#e4e8ec"},
                  {"domainColor", "#b8c0c8"}, {"tickColor", "#b8c0c8"}, {"titleFontWeight", "normal"},
                  {"labelLimit", 260},        {"titlePadding", 8}};
  return {
      {"background", "white"},
      {"font", "system-ui, 'DejaVu Sans', sans-serif"},
      {"view", {{"stroke", nullptr}}},
      {"axis", axis},
      {"axisQuantitative", {{"tickCount", 5}}},
      {"legend", {{"labelColor", kGrey}, {"titleColor", kGrey}, {"titleFontWeight", "normal"}}},
      {"title", {{"color", kInk}, {"anchor", "start"}, {"fontWeight", 600}, {"subtitleColor", kGrey}}},
      {"range",
       {{"category", {kBlue, kVermilion, kGrey, kGrey}}, {"heatmap", {"#f3f6f8", "#f7c9a3", "#e2762f", "#8f2d04"}}}},
      {"style",
       {{"rate", {{"color", kBlue}}},
        {"raised", {{"color", kVermilion}}},
        {"rate-line", {{"color", kBlue}, {"strokeWidth", 1.5}}},
        {"level-line", {{"color", kVermilion}, {"strokeWidth", 2.5}}},
        {"band", {{"color", kBlue}, {"opacity", 0.16}}},
        {"thin-line", {{"color", kBlue}, {"strokeWidth", 1}, {"opacity", 0.8}}},
        {"thick-line", {{"color", kVermilion}, {"strokeWidth", 2.5}}},
        {"risk-line", {{"color", kVermilion}, {"strokeWidth", 1.75}}},
        {"raised-band", {{"color", kVermilion}, {"opacity", 0.14}}},
        {"regime", {{"color", kVermilion}, {"opacity", 0.13}}},
        {"regime-line", {{"color", kInk}, {"strokeWidth", 2.5}}},
        {"online", {{"color", kBlue}, {"size", 42}}},
        {"hint", {{"opacity", 0}, {"size", 90}}},
        {"usual-place", {{"color", kBlue}, {"fillOpacity", 0.3}, {"stroke", kBlue}}},
        {"raised-place", {{"color", kVermilion}, {"fillOpacity", 0.35}, {"stroke", kVermilion}}},
        {"retired-place", {{"color", kGrey}, {"fillOpacity", 0.2}, {"stroke", kGrey}}},
        {"place-name", {{"color", kInk}, {"fontSize", 12}, {"fontWeight", 600}}},
        {"interval", {{"color", kInk}, {"strokeWidth", 1.25}}},
        {"reference", {{"color", kGrey}, {"strokeDash", {4, 4}}, {"strokeWidth", 1.25}}},
        {"words", {{"color", kInk}, {"fontSize", 12}, {"align", "left"}}},
        {"dark-cell-text", {{"color", "#ffffff"}, {"fontSize", 11}}},
        {"light-cell-text", {{"color", "#1f2a33"}, {"fontSize", 11}}}}}};
}

}  // namespace

std::string chart_text(Json spec) {
  Json whole{{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
             {"width", "container"},
             {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}}};
  whole.update(spec);
  whole["config"] = paper_config();
  return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json inline_data(Json rows) { return {{"values", std::move(rows)}}; }

Json mark(const char* type, const char* style) { return {{"type", type}, {"style", style}}; }

Json tooltip(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Json list = Json::array();
  for (const auto& [field, title] : fields) {
    list.push_back({{"field", field}, {"type", "nominal"}, {"title", title}});
  }
  return list;
}

Json percent_axis(const char* title) { return {{"format", "~%"}, {"title", title}}; }

Json reference_line(double value, const char* channel, const std::string& name) {
  return {{"data", inline_data({{{"whole", value}, {"name", name}}})},
          {"mark", mark("rule", "reference")},
          {"encoding",
           {{channel, {{"field", "whole"}, {"type", "quantitative"}}}, {"tooltip", tooltip({{"name", "whole log"}})}}}};
}

std::string Measure::text(double value) const { return losses ? number_text(value, 3) : percent_text(value); }

Json Measure::axis() const { return losses ? Json{{"title", "mean loss"}} : percent_axis("cases that fail"); }

std::string chart_words(std::string words) {
  std::erase(words, '`');
  return words;
}

Json ranked_bars(Json rows, const char* title, const Json& hints, const std::vector<double>& thresholds) {
  const Json y{{"field", "name"},
               {"type", "nominal"},
               {"title", nullptr},
               {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 6}, {"labelLimit", 200}}}};
  const auto bars = [&](const char* style, const char* test) {
    Json bar = mark("bar", style);
    bar["height"] = {{"band", 0.65}};
    return Json{{"transform", {{{"filter", test}}}},
                {"mark", bar},
                {"encoding",
                 {{"y", y},
                  {"x", {{"field", "value"}, {"type", "quantitative"}, {"stack", nullptr}, {"title", title}}},
                  {"tooltip", hints}}}};
  };
  Json layers{bars("rate", "!datum.strong"), bars("raised", "datum.strong")};
  for (const double threshold : thresholds) {
    layers.push_back({{"data", inline_data({{{"whole", threshold}}})},
                      {"mark", mark("rule", "reference")},
                      {"encoding", {{"x", {{"field", "whole"}, {"type", "quantitative"}}}}}});
  }
  // Each layer sees only some of the names: all are told the same order.
  Json order = Json::array();
  for (const Json& row : rows) order.push_back(row["name"]);
  for (Json& layer : layers) {
    if (layer["encoding"].contains("y")) {
      layer["encoding"]["y"]["sort"] = order;
      layer["encoding"]["y"]["scale"] = {{"domain", order}};
    }
  }
  return {{"height", {{"step", 24}}}, {"data", inline_data(std::move(rows))}, {"layer", std::move(layers)}};
}

Json heat_layers(const Json& x, const Json& y, const Json& colour, const Json& hints) {
  const auto text = [&](const char* style, const char* test) {
    return Json{
        {"transform", {{{"filter", test}}}},
        {"mark", mark("text", style)},
        {"encoding", {{"x", x}, {"y", y}, {"text", {{"field", "text"}, {"type", "nominal"}}}, {"tooltip", hints}}}};
  };
  return {{{"mark", {{"type", "rect"}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"tooltip", hints}}}},
          text("light-cell-text", "!datum.dark"),
          text("dark-cell-text", "datum.dark")};
}

Json cell_axis(const char* field, const std::string& title, Json order, int label_angle) {
  Json axis{{"ticks", false},        {"domain", false},   {"labelLimit", 140},
            {"labelOverlap", false}, {"labelPadding", 6}, {"labelAngle", label_angle}};
  return {
      {"field", field}, {"type", "nominal"}, {"sort", std::move(order)}, {"title", title}, {"axis", std::move(axis)}};
}

}  // namespace errata::report

// Charts are data: each is a Vega-Lite specification and its rows, which chart_text() joins for a notebook. What a mark
// means (a rate, an interval, the whole log's rate, a warning) is a style name, and "config" says what the styles look
// like on white paper, in the colours of web/kit/theme.json; the page replaces that one object to follow a dark screen.
// Blue against vermilion is told apart by colour-blind readers, and every difference in colour is also a difference in
// place or length.
#include "errata/report/kit/vega_lite.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/base/error.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/page_assets.h"

namespace errata::report {

namespace {

const Json& theme() {
  static const Json parsed = Json::parse(theme_json());
  return parsed;
}

/// What the styles look like on white paper.
Json paper_config() {
  const Json ink = chart_colour("ink"), grey = chart_colour("soft"), line = chart_colour("line"),
             blue = chart_colour("blue"), vermilion = chart_colour("alert"), cells = theme()["cells"];
  const Json axis{{"labelColor", grey},  {"titleColor", grey}, {"gridColor", chart_colour("grid")},
                  {"domainColor", line}, {"tickColor", line},  {"titleFontWeight", "normal"},
                  {"labelLimit", 260},   {"titlePadding", 8}};
  return {{"background", "white"},
          {"font", "system-ui, 'DejaVu Sans', sans-serif"},
          {"view", {{"stroke", nullptr}}},
          {"axis", axis},
          {"axisQuantitative", {{"tickCount", 5}}},
          {"legend", {{"labelColor", grey}, {"titleColor", grey}, {"titleFontWeight", "normal"}}},
          {"title", {{"color", ink}, {"anchor", "start"}, {"fontWeight", 600}, {"subtitleColor", grey}}},
          {"range", {{"category", {blue, vermilion, grey, grey}}, {"heatmap", cells["alert"]}}},
          {"style",
           {{"rate", {{"color", blue}}},
            {"raised", {{"color", vermilion}}},
            {"rate-line", {{"color", blue}, {"strokeWidth", 1.5}}},
            {"level-line", {{"color", vermilion}, {"strokeWidth", 2.5}}},
            {"band", {{"color", blue}, {"opacity", 0.16}}},
            {"thin-line", {{"color", blue}, {"strokeWidth", 1}, {"opacity", 0.8}}},
            {"thick-line", {{"color", vermilion}, {"strokeWidth", 2.5}}},
            {"risk-line", {{"color", vermilion}, {"strokeWidth", 1.75}}},
            {"raised-band", {{"color", vermilion}, {"opacity", 0.14}}},
            {"regime", {{"color", vermilion}, {"opacity", 0.13}}},
            {"regime-line", {{"color", ink}, {"strokeWidth", 2.5}}},
            {"online", {{"color", blue}, {"size", 42}}},
            {"hint", {{"opacity", 0}, {"size", 90}}},
            {"usual-place", {{"color", blue}, {"fillOpacity", 0.3}, {"stroke", blue}}},
            {"raised-place", {{"color", vermilion}, {"fillOpacity", 0.35}, {"stroke", vermilion}}},
            {"retired-place", {{"color", grey}, {"fillOpacity", 0.2}, {"stroke", grey}}},
            {"place-name", {{"color", ink}, {"fontSize", 12}, {"fontWeight", 600}}},
            {"interval", {{"color", ink}, {"strokeWidth", 1.25}}},
            {"reference", {{"color", grey}, {"strokeDash", {4, 4}}, {"strokeWidth", 1.25}}},
            {"words", {{"color", ink}, {"fontSize", 12}, {"align", "left"}}},
            {"dark-cell-text", {{"color", cells["dark-text"]}, {"fontSize", 11}}},
            {"light-cell-text", {{"color", cells["light-text"]}, {"fontSize", 11}}}}}};
}

/// Takes the rows out of a specification and its layers; their names stay.
void take_rows(Json& spec, Json& data) {
  if (const auto source = spec.find("data"); source != spec.end() && source->contains("values")) {
    const auto [set, is_new] = data.emplace((*source)["name"].get<std::string>(), Json());
    ERRATA_CHECK(is_new);
    *set = std::move((*source)["values"]);
    source->erase("values");
  }
  if (const auto layers = spec.find("layer"); layers != spec.end()) {
    for (Json& layer : *layers) take_rows(layer, data);
  }
}

std::string one_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string chart_text(const Chart& chart) {
  Json whole = Json::parse(chart.spec);
  whole["datasets"] = Json::parse(chart.data);
  return one_line(whole);
}

Chart chart_of(Chart words, Json drawing) {
  Json whole{{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
             {"width", "container"},
             {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}}};
  whole.update(drawing);
  whole["config"] = paper_config();
  Json data = Json::object();
  take_rows(whole, data);
  words.spec = one_line(whole);
  words.data = one_line(data);
  return words;
}

Json named_data(const std::string& name, Json rows) { return {{"name", name}, {"values", std::move(rows)}}; }

Json named_data(const std::string& name) { return Json::object({{"name", name}}); }

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
  return {{"data", named_data("whole", {{{"whole", value}, {"name", name}}})},
          {"mark", mark("rule", "reference")},
          {"encoding",
           {{channel, {{"field", "whole"}, {"type", "quantitative"}}}, {"tooltip", tooltip({{"name", "whole log"}})}}}};
}

Json hint_points(const Json& x, const Json& y, const Json& hints) {
  Json point = mark("point", "hint");
  point["filled"] = true;
  return {{"mark", std::move(point)}, {"encoding", {{"x", x}, {"y", y}, {"tooltip", hints}}}};
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
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    layers.push_back({{"data", named_data(fmt::format("threshold_{}", i + 1), {{{"whole", thresholds[i]}}})},
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
  return {{"height", {{"step", 24}}}, {"data", named_data("rows", std::move(rows))}, {"layer", std::move(layers)}};
}

Json chart_colour(const char* name) { return theme()["chart"][name]; }

Json blue_cells() { return theme()["cells"]["blue"]; }

Json heat_layers(const Json& x, const Json& y, const Json& colour, const Json& hints) {
  const auto text = [&](const char* style, const char* test) {
    Json drawn = mark("text", style);
    drawn["opacity"] = {{"expr", "bandwidth('x') < 26 ? 0 : 1"}};  // a phone has no room for text in narrow cells
    return Json{
        {"transform", {{{"filter", test}}}},
        {"mark", drawn},
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

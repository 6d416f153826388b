#include "errata/report/kit/curve_chart.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace errata::report {

namespace {

/// Colour, width and dash of a curve by its kind, told by one legend.
Json kind_channels(const std::vector<CurveKind>& kinds, std::size_t legend_columns) {
  Json names = Json::array(), told = Json::array(), widths = Json::array(), dashes = Json::array();
  for (const CurveKind& kind : kinds) {
    names.push_back(kind.name);
    if (kind.told) told.push_back(kind.name);
    widths.push_back(kind.width);
    dashes.push_back(kind.dash);
  }
  Json legend{{"title", nullptr}, {"orient", "top"}, {"symbolType", "stroke"}, {"symbolSize", 300}};
  if (told != names) legend["values"] = told;
  if (legend_columns > 0) legend["columns"] = legend_columns;
  const auto channel = [&](const Json& range) {
    Json scale{{"domain", names}};
    if (!range.is_null()) {
      scale["type"] = "ordinal";  // numbers would be taken as the ends of a range
      scale["range"] = range;
    }
    return Json{{"field", "kind"}, {"type", "nominal"}, {"scale", std::move(scale)}, {"legend", legend}};
  };
  return {{"color", channel(nullptr)}, {"strokeWidth", channel(widths)}, {"strokeDash", channel(dashes)}};
}

}  // namespace

Json curve_layer(const Json& x, const Json& y, const Json& grouping, const std::vector<CurveKind>& kinds,
                 std::size_t legend_columns) {
  Json encoding{{"x", x}, {"y", y}};
  encoding.update(grouping);
  encoding.update(kind_channels(kinds, legend_columns));
  return {{"mark", {{"type", "line"}}}, {"encoding", std::move(encoding)}};
}

Json percent_channel(const char* field, const char* title) {
  return {{"field", field}, {"type", "quantitative"}, {"title", title}, {"axis", {{"format", "~%"}}}};
}

}  // namespace errata::report

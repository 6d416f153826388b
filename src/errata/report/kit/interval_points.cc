#include "errata/report/kit/interval_points.h"

#include <nlohmann/json.hpp>

namespace errata::report {

Json interval_points(Json rows, const char* name, const char* value, const std::optional<DrawnGate>& gate) {
  constexpr std::size_t kRow = 22, kAxis = 40;
  const std::size_t height = rows.size() * kRow + kAxis;
  Json order = Json::array();
  for (const Json& row : rows) order.push_back(row["name"]);
  const Json y{{"field", "name"},
               {"type", "nominal"},
               {"title", nullptr},
               {"sort", std::move(order)},
               {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 6}}}};
  const auto x = [](const char* field) { return Json{{"field", field}, {"type", "quantitative"}, {"title", nullptr}}; };
  const auto points = [&](const char* style, const char* test) {
    Json point = mark("point", style);
    point["filled"] = true;
    point["size"] = 70;
    return Json{{"transform", {{{"filter", test}}}},
                {"mark", point},
                {"encoding", {{"x", x("mean")}, {"y", y}, {"tooltip", tooltip({{"name", name}, {"text", value}})}}}};
  };
  Json layers{
      {{"mark", mark("rule", "interval")}, {"encoding", {{"x", x("low")}, {"x2", {{"field", "high"}}}, {"y", y}}}},
      points("rate", "datum.passes"),
      points("raised", "!datum.passes")};
  if (gate)
    layers.push_back({{"data", named_data("gate", {{{"gate", gate->limit}, {"words", gate->words}}})},
                      {"mark", mark("rule", "reference")},
                      {"encoding", {{"x", x("gate")}, {"tooltip", tooltip({{"words", "gate"}})}}}});
  return {{"height", height}, {"data", named_data("rows", std::move(rows))}, {"layer", std::move(layers)}};
}

}  // namespace errata::report

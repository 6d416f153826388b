#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "errata/report/analysis/chart_kinds.h"
#include "errata/report/analysis/group_words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

using slice::GroupMeasure;

constexpr std::size_t kGroupsDrawn = 16;

Json rows_of(const slice::GroupTable& table, std::size_t measure, const std::vector<std::string>& labels) {
  Json rows = Json::array();
  for (std::size_t g = 0; g < std::min(labels.size(), kGroupsDrawn); ++g) {
    const slice::GroupFigure& figure = table.groups[g].figures[measure];
    if (figure.n == 0) continue;
    rows.push_back({{"name", labels[g]},
                    {"rate", figure.value},
                    {"low", figure.interval.low},
                    {"high", figure.interval.high},
                    {"differs", figure.differs},
                    {"rate_text", value_text(figure.measure, figure.value)},
                    {"interval_text", interval_words(figure.measure, figure.interval)},
                    {"cases", count_text(figure.n)},
                    {"p", figure.tested ? p_text(figure.log_p_adjusted) : "not tested"}});
  }
  return rows;
}

/// One measure of every group: a bar with its interval, orange where it differs from the rest.
Chart measure_chart(const slice::GroupComparison& groups, std::size_t t, std::size_t measure,
                    const std::vector<std::string>& labels) {
  const slice::GroupTable& table = groups.tables[t];
  const slice::GroupFigure& whole = groups.whole.figures[measure];
  const Json y{{"field", "name"},
               {"type", "nominal"},
               {"sort", labels},
               {"title", nullptr},
               {"axis", {{"ticks", false}, {"domain", false}, {"labelLimit", 110}}}};
  const Json hints = tooltip({{"name", "group"},
                              {"rate_text", std::string(words_of(whole.measure)).c_str()},
                              {"interval_text", "95% interval"},
                              {"cases", "of cases"},
                              {"p", "adjusted p"}});
  Json axis = slice::is_rate(whole.measure) ? percent_axis("") : Json::object();
  axis["title"] = nullptr;
  const auto bar = [&](const char* style, const char* test) {
    Json drawn = mark("bar", style);
    drawn["height"] = 12;
    return Json{{"mark", drawn},
                {"transform", {{{"filter", test}}}},
                {"encoding",
                 {{"y", y}, {"x", {{"field", "rate"}, {"type", "quantitative"}, {"axis", axis}}}, {"tooltip", hints}}}};
  };
  Json layers{bar("rate", "!datum.differs"),
              bar("raised", "datum.differs"),
              {{"mark", mark("rule", "interval")},
               {"encoding",
                {{"y", y},
                 {"x", {{"field", "low"}, {"type", "quantitative"}}},
                 {"x2", {{"field", "high"}}},
                 {"tooltip", hints}}}},
              reference_line(whole.value, "x", value_text(whole.measure, whole.value))};
  const std::size_t left_out = labels.size() - std::min(labels.size(), kGroupsDrawn);
  return chart_of({.name = fmt::format("groups_{}_{}", t + 1, slice::name_of(whole.measure)),
                   .section = fmt::format("groups_{}", t + 1),
                   .title = std::string(words_of(whole.measure)),
                   .caption = left_out == 0 ? std::string() : fmt::format("{} more groups are not drawn.", left_out)},
                  {{"height", {{"step", 20}}},
                   {"data", named_data("rows", rows_of(table, measure, labels))},
                   {"layer", std::move(layers)}});
}

}  // namespace

std::vector<Chart> group_charts(const slice::GroupComparison& groups) {
  constexpr std::array kDrawn{GroupMeasure::failure_rate,
                              GroupMeasure::selection_rate,
                              GroupMeasure::false_negative_rate,
                              GroupMeasure::false_positive_rate,
                              GroupMeasure::bias,
                              GroupMeasure::mean_absolute_error,
                              GroupMeasure::mean_loss};
  std::vector<Chart> charts;
  for (std::size_t t = 0; t < groups.tables.size(); ++t) {
    const auto labels = group_labels(groups.tables[t]);
    for (std::size_t m = 0; m < groups.whole.figures.size(); ++m)
      if (std::ranges::find(kDrawn, groups.whole.figures[m].measure) != kDrawn.end())
        charts.push_back(measure_chart(groups, t, m, labels));
  }
  return charts;
}

}  // namespace errata::report

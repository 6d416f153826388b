#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/analysis/chart_kinds.h"
#include "errata/report/analysis/figures.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

constexpr std::size_t kHotspotBars = 12;

Json hotspot_rows(const slice::Analysis& analysis, Measure measure, double whole) {
  Json rows = Json::array();
  for (const slice::NamedHotspot& hotspot : analysis.hotspots) {
    if (rows.size() == kHotspotBars) break;
    const SliceFigures figures = figures_of(analysis, hotspot.slice.slice.whole);
    rows.push_back({{"rank", rows.size() + 1},
                    {"words", chart_words(words_of(hotspot.slice.where))},
                    {"rate", figures.rate},
                    {"low", figures.interval.low},
                    {"high", figures.interval.high},
                    {"rate_text", measure.text(figures.rate)},
                    {"interval_text", interval_text(figures.interval)},
                    {"cases", count_text(figures.n)},
                    {"failures", count_text(figures.failures)},
                    {"lift", lift_words(figures.lift, measure.losses)},
                    {"whole", whole},
                    {"whole_text", measure.text(whole)}});
  }
  return rows;
}

Json hints_of(Measure measure) {
  if (measure.losses) {
    return tooltip({{"words", "hotspot"}, {"rate_text", "mean loss"}, {"cases", "cases"}, {"lift", "× rest"}});
  }
  return tooltip({{"words", "hotspot"},
                  {"rate_text", "fail"},
                  {"interval_text", "95% interval"},
                  {"cases", "cases"},
                  {"failures", "failures"},
                  {"lift", "× rest"}});
}

Json layers_of(Measure measure) {
  const Json hints = hints_of(measure);
  const Json y{{"field", "rank"},
               {"type", "ordinal"},
               {"title", nullptr},
               {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 8}}}};
  const Json x{{"field", "rate"}, {"type", "quantitative"}, {"axis", measure.axis()}, {"title", measure.name()}};
  // The words stand above their bar, as long as the chart is wide: an axis label would have to be short.
  Json words = mark("text", "words");
  words["dy"] = -17;
  words["limit"] = {{"expr", "width"}};
  Json bar = mark("bar", "raised");
  bar["height"] = 16;
  Json layers{
      {{"mark", words},
       {"encoding",
        {{"y", y}, {"x", {{"value", 0}}}, {"text", {{"field", "words"}, {"type", "nominal"}}}, {"tooltip", hints}}}},
      {{"mark", bar}, {"encoding", {{"y", y}, {"x", x}, {"tooltip", hints}}}}};
  if (!measure.losses) {
    layers.push_back({{"mark", mark("rule", "interval")},
                      {"encoding",
                       {{"y", y},
                        {"x", {{"field", "low"}, {"type", "quantitative"}}},
                        {"x2", {{"field", "high"}}},
                        {"tooltip", hints}}}});
  }
  // A mark on each bar: a line across the chart would run through the words.
  Json whole_mark = mark("tick", "interval");
  whole_mark["size"] = 22;
  whole_mark["thickness"] = 2;
  layers.push_back({{"mark", whole_mark},
                    {"encoding",
                     {{"y", y},
                      {"x", {{"field", "whole"}, {"type", "quantitative"}}},
                      {"tooltip", tooltip({{"whole_text", "whole log"}})}}}});
  return layers;
}

}  // namespace

Chart hotspot_chart(const slice::Analysis& analysis) {
  const Measure measure{by_loss(analysis)};
  const double whole = whole_rate(analysis);
  const Json rows = hotspot_rows(analysis, measure, whole);
  const std::size_t more = analysis.hotspots.size() - rows.size();
  return chart_of(
      {.name = "hotspots",
       .section = "hotspots",
       .title = fmt::format("Hotspots against the whole log's {} of {}", measure.name(), measure.text(whole)),
       .caption = fmt::format("{} of each confirmed hotspot{}; the upright mark is the whole log.{}", measure.title(),
                              measure.losses ? "" : " with its 95% interval",
                              more > 0 ? fmt::format(" {} more are in the table.", more) : std::string())},
      {{"height", {{"step", 50}}}, {"data", named_data("rows", rows)}, {"layer", layers_of(measure)}});
}

}  // namespace errata::report

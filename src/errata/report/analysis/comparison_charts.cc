#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/analysis/comparison.h"
#include "errata/report/analysis/comparison_words.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {
namespace {

constexpr std::size_t kSlicesDrawn = 12;

Json row_of(std::size_t index, const std::string& words, stats::FailureCount first, stats::FailureCount second,
            const stats::RateInterval& difference, const std::string& p) {
  const double a = failure_rate(first), b = failure_rate(second);
  return {{"place", index},
          {"words", chart_words(words)},
          {"first", a},
          {"second", b},
          {"difference", 100 * (b - a)},
          {"low", 100 * difference.low},
          {"high", 100 * difference.high},
          {"first_text", fmt::format("{} of {} cases", percent_text(a), count_text(first.trials))},
          {"second_text", fmt::format("{} of {} cases", percent_text(b), count_text(second.trials))},
          {"difference_text", points_text(b - a) + " points"},
          {"interval_text", points_text(difference)},
          {"p", p}};
}

/// All cases, then the slices, in the order of the table.
Json rows_of(const slice::Comparison& comparison) {
  Json rows = Json::array();
  rows.push_back(row_of(0, "all cases", comparison.first.compared, comparison.second.compared, comparison.difference,
                        p_text(comparison.log_p)));
  for (const auto& compared : comparison.slices) {
    if (!is_comparable(compared) || rows.size() > kSlicesDrawn) continue;
    rows.push_back(row_of(rows.size(), fmt::format("{}: {}", slice::name_of(compared.change), words_of(compared.where)),
                          {.failures = compared.first.failures, .trials = compared.first.n},
                          {.failures = compared.second.failures, .trials = compared.second.n}, compared.difference,
                          p_text(compared.log_p_adjusted)));
  }
  return rows;
}

Json place_axis() { return {{"field", "place"}, {"type", "ordinal"}, {"title", nullptr}, {"axis", nullptr}}; }

/// The words of a row above its marks.
Json row_words(const Json& hints) {
  Json words = mark("text", "words");
  words["dy"] = -15;
  words["limit"] = {{"expr", "width"}};
  return {{"mark", words},
          {"encoding",
           {{"y", place_axis()},
            {"x", {{"value", 0}}},
            {"text", {{"field", "words"}, {"type", "nominal"}}},
            {"tooltip", hints}}}};
}

Json point_layer(const char* style, const char* field, const Json& axis, const Json& hints) {
  Json point = mark("point", style);
  point["filled"] = true;
  point["opacity"] = 1;
  point["size"] = 90;
  return {
      {"mark", point},
      {"encoding",
       {{"y", place_axis()}, {"x", {{"field", field}, {"type", "quantitative"}, {"axis", axis}}}, {"tooltip", hints}}}};
}

Json span_layer(const char* style, const char* from, const char* to, const Json& hints) {
  return {{"mark", mark("rule", style)},
          {"encoding",
           {{"y", place_axis()},
            {"x", {{"field", from}, {"type", "quantitative"}}},
            {"x2", {{"field", to}}},
            {"tooltip", hints}}}};
}

Json drawing(const slice::Comparison& comparison, Json layers) {
  return {{"height", {{"step", 46}}}, {"data", named_data("rows", rows_of(comparison))}, {"layer", std::move(layers)}};
}

Chart rates_chart(const slice::Comparison& comparison) {
  const Json hints =
      tooltip({{"words", "cases"}, {"first_text", "first log"}, {"second_text", "second log"}, {"p", "p"}});
  const Json axis = percent_axis("cases that fail");
  return chart_of(
      {.name = "rates",
       .section = "slices",
       .title = "Failure rates on the first log (blue) and on the second (orange)",
       .caption = "Each line joins the two rates of the same slice; its length is the change."},
      drawing(comparison, {row_words(hints), span_layer("interval", "first", "second", hints),
                           point_layer("rate", "first", axis, hints), point_layer("raised", "second", axis, hints)}));
}

Chart differences_chart(const slice::Comparison& comparison) {
  const Json hints =
      tooltip({{"words", "cases"}, {"difference_text", "difference"}, {"interval_text", "95% interval"}, {"p", "p"}});
  const Json axis{{"title", "second less first, percentage points"}};
  return chart_of({.name = "differences",
                   .section = "slices",
                   .title = "How much more the second log fails, in percentage points",
                   .caption = "Differences of the two rates with their 95% intervals; right of the dashed line the "
                              "second log fails more. The intervals are not adjusted for how many there are."},
                  drawing(comparison, {reference_line(0, "x", "no difference"), row_words(hints),
                                       span_layer("interval", "low", "high", hints),
                                       point_layer("rate", "difference", axis, hints)}));
}

}  // namespace

std::vector<Chart> comparison_charts(const slice::Comparison& comparison) {
  if (comparison.first.compared.trials == 0 || comparison.second.compared.trials == 0) return {};
  return {rates_chart(comparison), differences_chart(comparison)};
}

}  // namespace errata::report

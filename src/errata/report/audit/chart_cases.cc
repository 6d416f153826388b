#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/audit/chart_kinds.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

constexpr std::size_t kBins = 25;
constexpr const char* kRight = "right";
constexpr const char* kFailed = "failed";
constexpr int kHeight = 240;

double rounded(double value) { return std::round(1e3 * value) / 1e3; }

/// Shares of the right and of the failed cases in equal bins of [0, 1], as the corners of a staircase.
Json staircase_rows(const audit::SetResult& set, float audit::CasePoint::* value) {
  std::array<std::array<double, kBins>, 2> counts{};
  std::array<double, 2> sums{};
  for (const audit::CasePoint& point : set.sample) {
    const auto at = static_cast<double>(point.*value);
    if (!std::isfinite(at)) continue;
    const auto bin = std::min(kBins - 1, static_cast<std::size_t>(std::clamp(at, 0.0, 1.0) * kBins));
    counts[point.failed ? 1 : 0][bin] += 1;
    sums[point.failed ? 1 : 0] += 1;
  }
  Json rows = Json::array();
  for (const std::size_t outcome : {0U, 1U}) {
    for (std::size_t i = 0; i <= kBins && sums[outcome] > 0; ++i) {
      const double share = counts[outcome][std::min(i, kBins - 1)] / sums[outcome];
      const double low = static_cast<double>(i) / kBins;
      rows.push_back({{"x", rounded(low)},
                      {"share", rounded(share)},
                      {"outcome", outcome == 1 ? kFailed : kRight},
                      {"from", fmt::format("{} to {}", level_text(low), level_text(low + 1.0 / kBins))},
                      {"share_text", percent_text(share)}});
    }
  }
  return rows;
}

Json outcome_channel() {
  return {{"field", "outcome"},
          {"type", "nominal"},
          {"scale", {{"domain", {kRight, kFailed}}}},
          {"legend", {{"title", nullptr}, {"orient", "top"}, {"symbolType", "stroke"}, {"symbolSize", 300}}}};
}

Json staircase_spec(const audit::SetResult& set, float audit::CasePoint::* value, const char* title) {
  const Json area{
      {"type", "area"}, {"interpolate", "step-after"}, {"fillOpacity", 0.14}, {"line", {{"strokeWidth", 2}}}};
  const Json layers{
      {{"mark", area},
       {"encoding",
        {{"x",
          {{"field", "x"},
           {"type", "quantitative"},
           {"title", title},
           {"scale", {{"domain", {0, 1}}}},
           {"axis", {{"format", "~%"}, {"grid", false}}}}},
         {"y",
          {{"field", "share"},
           {"type", "quantitative"},
           {"stack", nullptr},
           {"title", "share of the cases"},
           {"axis", {{"format", "~%"}}}}},
         {"color", outcome_channel()},
         {"tooltip", tooltip({{"outcome", "the model was"}, {"from", title}, {"share_text", "of these cases"}})}}}}};
  return {{"height", kHeight}, {"data", named_data("rows", staircase_rows(set, value))}, {"layer", layers}};
}

std::string sample_words(const audit::SetResult& set) {
  return fmt::format("{} of {}.", counted(set.sample.size(), "case", "cases"), plain_text(set.name, 40));
}

/// Mean of a value over the cases of one outcome.
double mean_of(const audit::SetResult& set, float audit::CasePoint::* value, bool failed) {
  double sum = 0, count = 0;
  for (const audit::CasePoint& point : set.sample) {
    if (point.failed != failed || !std::isfinite(point.*value)) continue;
    sum += static_cast<double>(point.*value);
    count += 1;
  }
  return count == 0 ? std::nan("") : sum / count;
}

}  // namespace

Chart confidence_chart(const audit::SetResult& set) {
  const double where_it_fails = mean_of(set, &audit::CasePoint::confidence, true);
  return chart_of(
      {.name = "confidence",
       .section = "cases",
       .title =
           std::isfinite(where_it_fails)
               ? fmt::format("Where it fails, the model is still {} confident on average", percent_text(where_it_fails))
               : std::string("How confident the model is"),
       .caption = fmt::format("The model's confidence where it was right (mean {}) and where it failed. {}",
                              percent_text(mean_of(set, &audit::CasePoint::confidence, false)), sample_words(set))},
      staircase_spec(set, &audit::CasePoint::confidence, "confidence"));
}

Chart risk_chart(const audit::SetResult& set) {
  return chart_of(
      {.name = "auditor_risk",
       .section = "cases",
       .title = fmt::format("The auditor's risk is {} on average where the model fails, {} elsewhere",
                            percent_text(mean_of(set, &audit::CasePoint::risk, true)),
                            percent_text(mean_of(set, &audit::CasePoint::risk, false))),
       .caption = fmt::format("The auditor's calibrated risk where the model was right and where it failed. {}",
                              sample_words(set))},
      staircase_spec(set, &audit::CasePoint::risk, "risk"));
}

Chart latent_chart(const audit::SetResult& set) {
  Json rows = Json::array();
  for (const audit::CasePoint& point : set.sample) {
    rows.push_back({{"x", rounded(point.pca1)},
                    {"y", rounded(point.pca2)},
                    {"risk", rounded(point.risk)},
                    {"outcome", point.failed ? kFailed : kRight}});
  }
  const auto axis = [](const char* field, const char* title) {
    return Json{{"field", field},
                {"type", "quantitative"},
                {"title", title},
                {"scale", {{"zero", false}}},
                {"axis", {{"labels", false}, {"ticks", false}, {"grid", false}}}};
  };
  const Json layers{
      {{"mark", {{"type", "point"}, {"filled", true}, {"size", 26}, {"opacity", 0.75}}},
       {"encoding",
        {{"x", axis("x", "first principal axis")},
         {"y", axis("y", "second principal axis")},
         {"color",
          {{"field", "risk"},
           {"type", "quantitative"},
           {"scale",
            {{"domain", {0, 0.5, 1}},
             {"interpolate", "rgb"},
             {"range", {chart_colour("blue"), chart_colour("line"), chart_colour("alert")}}}},
           {"legend", {{"title", "risk"}, {"format", "~%"}, {"orient", "top"}, {"gradientLength", 140}}}}},
         {"shape",
          {{"field", "outcome"},
           {"type", "nominal"},
           {"scale", {{"domain", {kRight, kFailed}}, {"range", {"circle", "triangle-up"}}}},
           {"legend", {{"title", "the model was"}, {"orient", "top"}}}}},
         {"tooltip",
          {{{"field", "outcome"}, {"type", "nominal"}, {"title", "the model was"}},
           {{"field", "risk"}, {"type", "quantitative"}, {"format", ".1%"}, {"title", "risk"}}}}}}}};
  return chart_of(
      {.name = "latents",
       .section = "cases",
       .title = "Where failures lie among the latents",
       .caption = fmt::format("The block before the logits along its first two principal axes, coloured by the "
                              "auditor's risk. {}",
                              sample_words(set))},
      {{"height", 380}, {"data", named_data("rows", std::move(rows))}, {"layer", layers}});
}

}  // namespace errata::report

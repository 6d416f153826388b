#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/audit/chart_kinds.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

using audit::Figure;

constexpr std::size_t kBars = 20, kNameLength = 24;
/// From this AUROC on a cell of the heat map is so dark that its text is light.
constexpr double kDark = 0.84;

Chart evidence_bars(const std::vector<audit::EvidenceResult>& evidence, bool lost) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(evidence.size(), kBars); ++i) {
    const audit::EvidenceResult& one = evidence[i];
    rows.push_back({{"name", plain_text(one.name, kNameLength)},
                    {"value", lost ? one.auroc_lost : one.integrated},
                    {"strong", false},
                    {"lost", fmt::format("{:.4f} ± {:.4f}", one.auroc_lost, one.auroc_lost_sd)},
                    {"share", fmt::format("{} ± {}", percent_text(one.integrated), percent_text(one.integrated_sd))}});
  }
  Json bars =
      ranked_bars(std::move(rows), lost ? "AUROC lost" : "share of the gradients",
                  tooltip({{"name", "columns"}, {"lost", "AUROC lost"}, {"share", "share of the gradients"}}), {});
  if (!lost)
    for (Json& layer : bars["layer"]) layer["encoding"]["x"]["axis"] = {{"format", "~%"}};
  return chart_of({.name = {}, .section = "evidence", .title = {}, .caption = {}}, std::move(bars));
}

}  // namespace

Chart detector_chart(const audit::Audit& audit) {
  const std::vector<std::string> names = detector_names(audit);
  Json rows = Json::array(), sets = Json::array(), detectors = Json::array();
  for (const std::string& name : names) detectors.push_back(plain_text(name, kNameLength));
  for (const audit::SetResult& set : audit.sets) {
    sets.push_back(plain_text(set.name, kNameLength));
    for (const audit::DetectorResult& detector : set.detectors) {
      const audit::Estimate& area = detector.metrics[Figure::auroc];
      if (!std::isfinite(area.value)) continue;
      rows.push_back({{"set", sets.back()},
                      {"detector", plain_text(detector.name, kNameLength)},
                      {"auroc", area.value},
                      {"text", fmt::format("{:.3f}", area.value).substr(area.value < 1 ? 1 : 0, 4)},
                      {"dark", area.value > kDark},
                      {"auroc_text", fmt::format("{} ({} to {})", auroc_text(area.value), auroc_text(area.interval.low),
                                                 auroc_text(area.interval.high))},
                      {"words", plain_text(detector.words, 100)}});
    }
  }
  const Json hints = tooltip({{"detector", "detector"}, {"words", "its risk"}, {"set", "on"}, {"auroc_text", "AUROC"}});
  const Json colour{
      {"field", "auroc"},
      {"type", "quantitative"},
      {"scale", {{"domain", {0.5, 0.75, 1}}, {"clamp", true}, {"interpolate", "rgb"}, {"range", blue_cells()}}},
      {"legend", nullptr}};
  return chart_of(
      {.name = "detectors",
       .section = "detectors",
       .title = "AUROC of every detector on every set",
       .caption = "How well each risk tells failures from successes: .5 is chance and white, 1 is perfect and dark."},
      {{"height", {{"step", 24}}},
       {"data", named_data("rows", std::move(rows))},
       {"layer", heat_layers(cell_axis("set", "", sets, audit.sets.size() > 2 ? -40 : 0),
                             cell_axis("detector", "", detectors, 0), colour, hints)}});
}

Chart left_out_chart(const audit::Audit& audit) {
  Json lines = Json::array(), points = Json::array(), order = Json::array();
  double least = 1;
  for (const std::size_t i : left_out_order(audit)) {
    const audit::LeftOutResult& result = audit.left_out[i];
    const std::string name = plain_text(result.group, kNameLength);
    if (!std::isfinite(result.auditor_auroc)) continue;
    order.push_back(name);
    if (std::isfinite(result.msp_auroc))
      lines.push_back({{"name", name}, {"low", result.msp_auroc}, {"high", result.auditor_auroc}});
    for (const bool own : {false, true}) {
      const double area = own ? result.auditor_auroc : result.msp_auroc;
      if (!std::isfinite(area)) continue;
      least = std::min(least, area);
      points.push_back({{"name", name},
                        {"value", area},
                        {"kind", own ? "auditor" : "softmax"},
                        {"text", auroc_text(area)},
                        {"family", plain_text(result.family, kNameLength)},
                        {"cases", fmt::format("{}, {} fail", count_text(result.cases),
                                              percent_text(failure_share(result.failures, result.cases)))}});
    }
  }
  const double start = std::floor(20 * least) / 20;
  const Json y{{"field", "name"},
               {"type", "nominal"},
               {"title", nullptr},
               {"sort", order},
               {"scale", {{"domain", order}}},
               {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 6}, {"labelLimit", 160}}}};
  const auto x = [&](const char* field) {
    return Json{{"field", field}, {"type", "quantitative"}, {"title", "AUROC"}, {"scale", {{"domain", {start, 1}}}}};
  };
  const Json layers{{{"data", named_data("differences", std::move(lines))},
                     {"mark", mark("rule", "interval")},
                     {"encoding", {{"y", y}, {"x", x("low")}, {"x2", {{"field", "high"}}}}}},
                    {{"mark", {{"type", "point"}, {"filled", true}, {"size", 75}, {"opacity", 1}}},
                     {"encoding",
                      {{"y", y},
                       {"x", x("value")},
                       {"color",
                        {{"field", "kind"},
                         {"type", "nominal"},
                         {"scale", {{"domain", {"auditor", "softmax"}}}},
                         {"legend", {{"title", nullptr}, {"orient", "top"}}}}},
                       {"tooltip", tooltip({{"name", "left out"},
                                            {"family", "family"},
                                            {"kind", "detector"},
                                            {"text", "AUROC"},
                                            {"cases", "cases"}})}}}}};
  return chart_of(
      {.name = "left_out",
       .section = "left_out",
       .title = "AUROC on what was left out of training, the hardest first",
       .caption = "One auditor a row, trained without that kind of input and measured on it alone. The axis does not "
                  "start at 0."},
      {{"height", {{"step", 24}}}, {"data", named_data("rows", std::move(points))}, {"layer", layers}});
}

Chart evidence_chart(const audit::Audit& audit) {
  Chart chart = evidence_bars(audit.evidence, true);
  chart.name = "evidence";
  chart.title = fmt::format("`{}` carries the most evidence", plain_text(audit.evidence.front().name, kNameLength));
  chart.caption = "How much AUROC is lost when the columns of a block are exchanged between cases, all at once.";
  return chart;
}

Chart channel_chart(const audit::Audit& audit) {
  Chart chart = evidence_bars(audit.channels, false);
  chart.name = "channels";
  chart.title = "Columns that the auditor looks at most";
  chart.caption = "Share of each column in the integrated gradients of the auditor's risk.";
  return chart;
}

}  // namespace errata::report

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/audit/chart_kinds.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/curve_chart.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/reliability_chart.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

using audit::Figure;

constexpr double kAskedRisk = 0.05;
constexpr const char *kAuditorKind = "auditor", *kSoftmaxKind = "softmax", *kOtherKind = "best other",
                     *kSourceKind = "source's auditor";

std::string kind_of(const audit::DetectorResult& detector) {
  if (detector.name == kAuditor) return kAuditorKind;
  if (detector.name == kSoftmax) return kSoftmaxKind;
  return detector.name == kSourceAuditor ? kSourceKind : kOtherKind;
}

/// Four decimals: more than a picture shows, in half the room.
double rounded_finely(double value) { return std::round(1e4 * value) / 1e4; }

Json unit_channel(const char* field, const char* title) {
  Json channel = percent_channel(field, title);
  channel["scale"] = {{"domain", {0, 1}}};
  return channel;
}

Json hint(const char* field, const char* title) {
  return {{"field", field}, {"type", "quantitative"}, {"format", ".1%"}, {"title", title}};
}

/// The kinds of which the set has a detector are told by the legend, in the order of kinds.
std::vector<CurveKind> kinds_of(const audit::SetResult& set) {
  std::vector<CurveKind> kinds{{.name = kAuditorKind, .width = 2.75},
                               {.name = kSoftmaxKind, .width = 2},
                               {.name = kOtherKind, .width = 1.25},
                               {.name = kSourceKind, .width = 1.5, .dash = {2, 3}}};
  for (CurveKind& kind : kinds) {
    kind.told = std::ranges::any_of(shown_detectors(set), [&](const auto* one) { return kind_of(*one) == kind.name; });
  }
  return kinds;
}

/// Curves of rows {"kind", "x", "y"} over a dashed line.
Json curves_drawing(const audit::SetResult& set, Json rows, Json dashed, const Json& x, const Json& y) {
  const Json hints{{{"field", "name"}, {"type", "nominal"}, {"title", "detector"}},
                   hint("x", x["title"].get<std::string>().c_str()),
                   hint("y", y["title"].get<std::string>().c_str())};
  // Rows lie on each curve in their order: a ROC curve goes straight up where x stands still.
  const Json order{{"order", {{"field", "i"}, {"type", "quantitative"}}}};
  return {{"height", 300},
          {"data", named_data("rows", std::move(rows))},
          {"layer",
           {{{"data", named_data("reference", std::move(dashed))},
             {"mark", mark("line", "reference")},
             {"encoding", {{"x", x}, {"y", y}}}},
            curve_layer(x, y, order, kinds_of(set), 2),
            hint_points(x, y, hints)}}};
}

void add_row(Json& rows, const audit::DetectorResult& detector, double x, double y) {
  rows.push_back({{"kind", kind_of(detector)},
                  {"name", plain_text(detector.name, 24)},
                  {"i", rows.size()},
                  {"x", rounded_finely(x)},
                  {"y", rounded_finely(y)}});
}

std::string other_words(const audit::SetResult& set) {
  const audit::DetectorResult* other = best_other(set);
  return other == nullptr ? std::string() : fmt::format(" Best other: `{}`.", plain_text(other->name, 24));
}

/// For a title: "0.966 {what}, softmax 0.813"; without an auditor "0.813 {what} by softmax".
std::string leading(const audit::SetResult& set, Figure figure, std::string (*text)(double), const char* what) {
  const audit::DetectorResult& first = *shown_detectors(set).front();
  std::string words = fmt::format("{}{}", text(first.metrics[figure].value), what);
  if (first.name != kAuditor) return words + " by " + kind_of(first);
  const double softmax = figure_of(set, kSoftmax, figure);
  return std::isfinite(softmax) ? words + ", softmax " + text(softmax) : words;
}

}  // namespace

Chart roc_chart(const audit::SetResult& set, const SetNames& names) {
  Json rows = Json::array();
  for (const auto* detector : shown_detectors(set))
    for (const audit::RocPoint& point : detector->roc)
      add_row(rows, *detector, point.false_positive_rate, point.true_positive_rate);
  return chart_of(
      {.name = "roc_" + names.file,
       .section = names.section,
       .title =
           fmt::format("ROC on {}: AUROC {}", plain_text(set.name, 40), leading(set, Figure::auroc, auroc_text, "")),
       .caption = "Failures found against successes flagged with them, from the most risky case down; chance lies "
                  "on the dashed line." +
                  other_words(set)},
      curves_drawing(set, std::move(rows), {{{"x", 0}, {"y", 0}}, {{"x", 1}, {"y", 1}}},
                     unit_channel("x", "successes flagged"), unit_channel("y", "failures found")));
}

Chart audit_risk_coverage_chart(const audit::SetResult& set, const SetNames& names) {
  Json rows = Json::array();
  for (const auto* detector : shown_detectors(set))
    for (const stats::RiskCoveragePoint& point : detector->risk_coverage)
      add_row(rows, *detector, point.coverage, point.error);
  return chart_of(
      {.name = "risk_coverage_" + names.file,
       .section = names.section,
       .title = fmt::format("{}: {}", plain_text(set.name, 40),
                            leading(set, Figure::coverage_at_5_percent, percent_text, " accepted at 5% failures")),
       .caption =
           "Failure rate of the accepted cases when the safest come first; lower is better, thresholds are set in "
           "hindsight. Dashed: 5%." +
           other_words(set)},
      curves_drawing(set, std::move(rows), {{{"x", 0}, {"y", kAskedRisk}}, {{"x", 1}, {"y", kAskedRisk}}},
                     unit_channel("x", "cases accepted"), percent_channel("y", "of these fail")));
}

Chart audit_reliability_chart(const audit::SetResult& set, const SetNames& names) {
  return chart_of(
      {.name = "reliability_" + names.file,
       .section = names.section,
       .title = fmt::format("On {} the risk is off by {} on average (ECE)", plain_text(set.name, 40),
                            percent_text(figure_of(set, kAuditor, Figure::ece))),
       .caption = "The auditor's risk against the failure rate, with 95% intervals; a calibrated risk lies on the "
                  "dashed line. Larger points hold more cases."},
      reliability_drawing(set.reliability, {.score = "mean risk", .observed = "cases that fail"}));
}

}  // namespace errata::report

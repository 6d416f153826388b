#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/kit/interval.h"
#include "errata/report/audit/chart_kinds.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

using audit::Figure;

constexpr double kAskedRisk = 0.05;
const Json kKinds{"auditor", "softmax", "best other", "source's auditor"};

std::string kind_of(const audit::DetectorResult& detector) {
  if (detector.name == kAuditor) return kKinds[0];
  if (detector.name == kSoftmax) return kKinds[1];
  return detector.name == kSourceAuditor ? kKinds[3] : kKinds[2];
}

/// Four decimals: more than a picture shows, in half the room.
double rounded(double value) { return std::round(1e4 * value) / 1e4; }

Json percent_channel(const char* field, const char* title, Json domain = nullptr) {
  Json channel{{"field", field}, {"type", "quantitative"}, {"title", title}, {"axis", {{"format", "~%"}}}};
  if (!domain.is_null()) channel["scale"] = {{"domain", std::move(domain)}};
  return channel;
}

Json hint(const char* field, const char* title) {
  return {{"field", field}, {"type", "quantitative"}, {"format", ".1%"}, {"title", title}};
}

/// Colour, width and dash of a curve by its kind, told by one legend of the kinds that there are.
Json kind_channels(const audit::SetResult& set) {
  Json kinds = Json::array();
  for (const auto& kind : kKinds)
    for (const auto* detector : shown_detectors(set))
      if (kind_of(*detector) == kind.get<std::string>()) kinds.push_back(kind);
  const auto channel = [&](const Json& range) {
    Json scale{{"domain", kKinds}};
    if (!range.is_null()) {
      scale["type"] = "ordinal";  // numbers would be taken as the ends of a range
      scale["range"] = range;
    }
    return Json{{"field", "kind"},
                {"type", "nominal"},
                {"scale", std::move(scale)},
                {"legend",
                 {{"title", nullptr},
                  {"orient", "top"},
                  {"symbolType", "stroke"},
                  {"symbolSize", 300},
                  {"values", kinds},
                  {"columns", 2}}}};
  };
  return {{"color", channel(nullptr)},
          {"strokeWidth", channel({2.75, 2, 1.25, 1.5})},
          {"strokeDash", channel({{1, 0}, {1, 0}, {1, 0}, {2, 3}})}};
}

/// Curves of rows {"kind", "x", "y"} over a dashed line.
std::string curves_spec(const audit::SetResult& set, Json rows, Json dashed, const Json& x, const Json& y) {
  Json encoding{{"x", x}, {"y", y}};
  encoding.update(kind_channels(set));
  // Rows lie on each curve in their order: a ROC curve goes straight up where x stands still.
  Json line{{"type", "line"}};
  encoding["order"] = {{"field", "i"}, {"type", "quantitative"}};
  Json point = mark("point", "hint");
  point["filled"] = true;
  Json layers{{{"data", inline_data(std::move(dashed))},
               {"mark", mark("line", "reference")},
               {"encoding", {{"x", x}, {"y", y}}}},
              {{"mark", line}, {"encoding", encoding}},
              {{"mark", point},
               {"encoding",
                {{"x", x},
                 {"y", y},
                 {"tooltip",
                  {{{"field", "name"}, {"type", "nominal"}, {"title", "detector"}},
                   hint("x", x["title"].get<std::string>().c_str()),
                   hint("y", y["title"].get<std::string>().c_str())}}}}}};
  return chart_text({{"height", 300}, {"data", inline_data(std::move(rows))}, {"layer", std::move(layers)}});
}

void add_row(Json& rows, const audit::DetectorResult& detector, double x, double y) {
  rows.push_back({{"kind", kind_of(detector)},
                  {"name", plain_text(detector.name, 24)},
                  {"i", rows.size()},
                  {"x", rounded(x)},
                  {"y", rounded(y)}});
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

Chart roc_chart(const audit::SetResult& set, const SetPlace& place) {
  Json rows = Json::array();
  for (const auto* detector : shown_detectors(set))
    for (const audit::RocPoint& point : detector->roc)
      add_row(rows, *detector, point.false_positive_rate, point.true_positive_rate);
  return {.name = "roc_" + place.file,
          .section = place.section,
          .title =
              fmt::format("ROC on {}: AUROC {}", plain_text(set.name, 40), leading(set, Figure::auroc, auroc_text, "")),
          .caption =
              "Failures found against successes flagged with them, from the most risky case down; chance lies "
              "on the dashed line." +
              other_words(set),
          .spec = curves_spec(set, std::move(rows), {{{"x", 0}, {"y", 0}}, {{"x", 1}, {"y", 1}}},
                              percent_channel("x", "successes flagged", {0, 1}),
                              percent_channel("y", "failures found", {0, 1}))};
}

Chart audit_risk_coverage_chart(const audit::SetResult& set, const SetPlace& place) {
  Json rows = Json::array();
  for (const auto* detector : shown_detectors(set))
    for (const stats::RiskCoveragePoint& point : detector->risk_coverage)
      add_row(rows, *detector, point.coverage, point.error);
  return {.name = "risk_coverage_" + place.file,
          .section = place.section,
          .title = fmt::format("{}: {}", plain_text(set.name, 40),
                               leading(set, Figure::coverage_at_5_percent, percent_text, " accepted at 5% failures")),
          .caption =
              "Failure rate of the accepted cases when the safest come first; lower is better, thresholds are set in "
              "hindsight. Dashed: 5%." +
              other_words(set),
          .spec = curves_spec(set, std::move(rows), {{{"x", 0}, {"y", kAskedRisk}}, {{"x", 1}, {"y", kAskedRisk}}},
                              percent_channel("x", "cases accepted", {0, 1}), percent_channel("y", "of these fail"))};
}

Chart audit_reliability_chart(const audit::SetResult& set, const SetPlace& place) {
  Json rows = Json::array();
  for (const stats::ReliabilityBin& bin : set.reliability) {
    const auto failures = static_cast<std::uint64_t>(std::llround(bin.observed * static_cast<double>(bin.n)));
    const stats::RateInterval interval = interval_of(std::min(failures, bin.n), bin.n);
    rows.push_back({{"risk", rounded(bin.mean_score)},
                    {"rate", rounded(bin.observed)},
                    {"low", rounded(interval.low)},
                    {"high", rounded(interval.high)},
                    {"n", bin.n},
                    {"risk_text", percent_text(bin.mean_score)},
                    {"rate_text", fmt::format("{} ({})", percent_text(bin.observed), interval_text(interval))},
                    {"cases", count_text(bin.n)}});
  }
  const Json x = percent_channel("risk", "mean risk", {0, 1}), y = percent_channel("rate", "cases that fail", {0, 1});
  const Json hints = tooltip({{"risk_text", "mean risk"}, {"rate_text", "fail"}, {"cases", "cases"}});
  Json point = mark("point", "rate");
  point["filled"] = true;
  const Json layers{{{"data", inline_data({{{"risk", 0}, {"rate", 0}}, {{"risk", 1}, {"rate", 1}}})},
                     {"mark", mark("line", "reference")},
                     {"encoding", {{"x", x}, {"y", y}}}},
                    {{"mark", mark("rule", "interval")},
                     {"encoding",
                      {{"x", x},
                       {"y", percent_channel("low", "cases that fail", {0, 1})},
                       {"y2", {{"field", "high"}}},
                       {"tooltip", hints}}}},
                    {{"mark", point},
                     {"encoding",
                      {{"x", x},
                       {"y", y},
                       {"size",
                        {{"field", "n"},
                         {"type", "quantitative"},
                         {"legend", nullptr},
                         {"scale", {{"range", {14, 110}}, {"zero", true}}}}},
                       {"tooltip", hints}}}}};
  return {.name = "reliability_" + place.file,
          .section = place.section,
          .title = fmt::format("On {} the risk is off by {} on average (ECE)", plain_text(set.name, 40),
                               percent_text(figure_of(set, kAuditor, Figure::ece))),
          .caption =
              "The auditor's risk against the failure rate, with 95% intervals; a calibrated risk lies on the "
              "dashed line. Larger points hold more cases.",
          .spec = chart_text({{"height", 300}, {"data", inline_data(std::move(rows))}, {"layer", layers}})};
}

}  // namespace errata::report

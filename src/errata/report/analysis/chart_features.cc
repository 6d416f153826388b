#include <fmt/format.h>

#include <algorithm>
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

constexpr std::size_t kFeatureCharts = 6;
constexpr std::size_t kFeatureBins = 24;

/// The failure rate in every bin of one feature.
Chart feature_chart(const slice::Analysis& analysis, const slice::SingleSlices& feature, std::size_t rank) {
  const Measure measure{by_loss(analysis)};
  Json rows = Json::array();
  std::vector<table::Predicate> bins;
  for (const slice::SingleSlice& single : feature.slices) bins.push_back(single.where);
  bins.resize(std::min(bins.size(), kFeatureBins));
  const std::vector<std::string> labels = axis_labels(bins);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const slice::SingleSlice& single = feature.slices[i];
    const double rate = measure.losses ? single.mean_loss : single.rate;
    rows.push_back({{"name", labels[i]},
                    {"rate", rate},
                    {"low", single.interval.low},
                    {"high", single.interval.high},
                    {"rate_text", measure.text(rate)},
                    {"interval_text", interval_text(single.interval)},
                    {"cases", count_text(single.n)},
                    {"p", p_text(single.log_p_adjusted)}});
  }
  const Json x{{"field", "name"},
               {"type", "nominal"},
               {"sort", labels},
               {"title", nullptr},
               {"axis", {{"labelAngle", -40}, {"labelLimit", 90}, {"labelOverlap", false}, {"ticks", false}}}};
  const Json hints = tooltip({{"name", "value"},
                              {"rate_text", measure.name()},
                              {"interval_text", "95% interval"},
                              {"cases", "cases"},
                              {"p", "adjusted p"}});
  Json axis = measure.axis();
  axis["title"] = nullptr;
  Json layers{{{"mark", mark("bar", "rate")},
               {"encoding",
                {{"x", x}, {"y", {{"field", "rate"}, {"type", "quantitative"}, {"axis", axis}}}, {"tooltip", hints}}}}};
  if (!measure.losses) {
    layers.push_back({{"mark", mark("rule", "interval")},
                      {"encoding",
                       {{"x", x},
                        {"y", {{"field", "low"}, {"type", "quantitative"}}},
                        {"y2", {{"field", "high"}}},
                        {"tooltip", hints}}}});
  }
  const double whole = whole_rate(analysis);
  layers.push_back(reference_line(whole, "y", measure.text(whole)));
  const std::size_t left_out = feature.slices.size() - labels.size();
  return chart_of({.name = fmt::format("feature_{}", rank),
                   .section = "each_feature",
                   .title = plain_text(feature.feature),
                   .caption = left_out == 0 ? std::string() : fmt::format("{} more values are not drawn.", left_out)},
                  {{"height", 150}, {"data", named_data("rows", rows)}, {"layer", std::move(layers)}});
}

}  // namespace

std::vector<Chart> feature_charts(const slice::Analysis& analysis) {
  std::vector<Chart> charts;
  for (const slice::Association& association : analysis.associations) {
    if (charts.size() == kFeatureCharts) break;
    const auto feature = std::ranges::find_if(analysis.singles, [&](const slice::SingleSlices& candidate) {
      return candidate.feature == association.feature && candidate.source == table::FeatureSource::feature;
    });
    if (feature != analysis.singles.end()) charts.push_back(feature_chart(analysis, *feature, charts.size() + 1));
  }
  return charts;
}

Chart pair_chart(const slice::Analysis& analysis) {
  const slice::PairRates& pair = *analysis.pair_rates;
  const std::vector<std::string> labels_x = axis_labels(pair.bins_x);
  const std::vector<std::string> labels_y = axis_labels(pair.bins_y);
  std::vector<std::string> order_y = labels_y;
  if (pair.bins_y.size() > 1 && pair.bins_y.front().kind == table::Predicate::Kind::range) {
    std::ranges::reverse(order_y);  // large values on top
  }
  const auto rate_of = [&](std::size_t cell) {
    return static_cast<double>(pair.failures[cell]) / static_cast<double>(pair.n[cell]);
  };
  double highest = 0;
  for (std::size_t cell = 0; cell < pair.n.size(); ++cell) {
    if (pair.n[cell] > 0) highest = std::max(highest, rate_of(cell));
  }
  const bool room_for_text = pair.bins_x.size() <= 12;
  Json rows = Json::array();
  for (std::size_t cell = 0; cell < pair.n.size(); ++cell) {
    if (pair.n[cell] == 0) continue;
    const double rate = rate_of(cell);
    rows.push_back({{"x", labels_x[cell % labels_x.size()]},
                    {"y", labels_y[cell / labels_x.size()]},
                    {"rate", rate},
                    {"dark", rate > 0.55 * highest},
                    {"text", room_for_text ? fmt::format("{:.0f}%", 100 * rate) : std::string()},
                    {"rate_text", percent_text(rate)},
                    {"interval_text", interval_text(interval_of(pair.failures[cell], pair.n[cell]))},
                    {"cases", count_text(pair.n[cell])},
                    {"failures", count_text(pair.failures[cell])}});
  }
  const std::string name_x = plain_text(pair.feature_x);
  const std::string name_y = plain_text(pair.feature_y);
  const Json hints = tooltip({{"x", "across"},
                              {"y", "down"},
                              {"rate_text", "fail"},
                              {"interval_text", "95% interval"},
                              {"cases", "cases"},
                              {"failures", "failures"}});
  const Json colour{{"field", "rate"},
                    {"type", "quantitative"},
                    {"scale", {{"domainMin", 0}, {"interpolate", "rgb"}}},
                    {"legend", {{"title", "fail"}, {"format", "~%"}}}};
  const std::string left_out =
      pair.left_out == 0 ? std::string()
                         : fmt::format(" {} with rarer values are not shown.", counted(pair.left_out, "case", "cases"));
  return chart_of(
      {.name = "two_features",
       .section = "two_features",
       .title = fmt::format("Failure rate by `{}` and `{}`", name_x, name_y),
       .caption = fmt::format("Darker cells fail more often; cells without cases are left empty.{}", left_out)},
      {{"height", {{"step", 26}}},
       {"data", named_data("rows", std::move(rows))},
       {"layer",
        heat_layers(cell_axis("x", name_x, labels_x, -40), cell_axis("y", name_y, order_y, 0), colour, hints)}});
}

}  // namespace errata::report

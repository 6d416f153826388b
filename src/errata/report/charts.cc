// Charts are data: each is a Vega-Lite specification that any notebook can open. What a mark means (a rate, an
// interval, the whole log's rate, a warning) is a style name, and "config" says what the styles look like on white
// paper; the page replaces that one object to follow a dark screen. Blue against vermilion is told apart by
// colour-blind readers, and every difference in colour is also a difference in place or length.
#include "errata/report/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "errata/report/figures.h"
#include "errata/report/numbers.h"
#include "errata/report/words.h"

namespace errata::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHotspotBars = 12;
constexpr std::size_t kRankedBars = 15;
constexpr std::size_t kFeatureCharts = 6;
constexpr std::size_t kFeatureBins = 24;
constexpr std::size_t kConfusionClasses = 24;

const char* const kBlue = "#0068a8";
const char* const kVermilion = "#c2410c";
const char* const kInk = "#1f2933";
const char* const kGrey = "#66727f";

/// What the styles look like on white paper.
Json paper_config() {
  const Json axis{{"labelColor", kGrey},      {"titleColor", kGrey},    {"gridColor", "#e4e8ec"},
                  {"domainColor", "#b8c0c8"}, {"tickColor", "#b8c0c8"}, {"titleFontWeight", "normal"},
                  {"labelLimit", 260},        {"titlePadding", 8}};
  return {{"background", "white"},
          {"font", "system-ui, 'DejaVu Sans', sans-serif"},
          {"view", {{"stroke", nullptr}}},
          {"axis", axis},
          {"axisQuantitative", {{"tickCount", 5}}},
          {"legend", {{"labelColor", kGrey}, {"titleColor", kGrey}, {"titleFontWeight", "normal"}}},
          {"title", {{"color", kInk}, {"anchor", "start"}, {"fontWeight", 600}, {"subtitleColor", kGrey}}},
          {"range", {{"category", {kBlue, kVermilion}}, {"heatmap", {"#f3f6f8", "#f7c9a3", "#e2762f", "#8f2d04"}}}},
          {"style",
           {{"rate", {{"color", kBlue}, {"fill", kBlue}}},
            {"raised", {{"color", kVermilion}, {"fill", kVermilion}}},
            {"rate-line", {{"stroke", kBlue}, {"strokeWidth", 1.5}}},
            {"level-line", {{"stroke", kVermilion}, {"strokeWidth", 2.5}}},
            {"band", {{"fill", kBlue}, {"fillOpacity", 0.16}}},
            {"interval", {{"stroke", kInk}, {"strokeWidth", 1.25}}},
            {"reference", {{"stroke", kGrey}, {"strokeDash", {4, 4}}, {"strokeWidth", 1.25}}},
            {"reference-text", {{"fill", kGrey}, {"fontSize", 11}}},
            {"value-text", {{"fill", kInk}, {"fontSize", 11}}},
            {"dark-cell-text", {{"fill", "#ffffff"}, {"fontSize", 11}}},
            {"light-cell-text", {{"fill", kInk}, {"fontSize", 11}}}}}};
}

std::string chart_text(Json spec) {
  Json whole{{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
             {"width", "container"},
             {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}}};
  whole.update(spec);
  whole["config"] = paper_config();
  return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json values(Json rows) { return {{"values", std::move(rows)}}; }

Json mark(const char* type, const char* style) { return {{"type", type}, {"style", style}}; }

Json tooltip(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Json list = Json::array();
  for (const auto& [field, title] : fields) {
    list.push_back({{"field", field}, {"type", "nominal"}, {"title", title}});
  }
  return list;
}

Json percent_axis(const char* title) { return {{"format", "~%"}, {"title", title}}; }

/// What is measured, for titles: failure rate, or mean loss.
struct Measure {
  bool losses = false;
  [[nodiscard]] const char* name() const { return losses ? "mean loss" : "failure rate"; }
  [[nodiscard]] const char* title() const { return losses ? "Mean loss" : "Failure rate"; }
  [[nodiscard]] std::string text(double value) const { return losses ? number_text(value, 3) : percent_text(value); }
  [[nodiscard]] Json axis() const { return losses ? Json{{"title", "mean loss"}} : percent_axis("cases that fail"); }
};

std::string interval_text(const stats::RateInterval& interval) {
  return fmt::format("{} to {}", percent_text(interval.low), percent_text(interval.high));
}

/// A line that marks the whole log's rate, with its name.
Json whole_rule(double rate, const char* channel, const std::string& name) {
  return {{"data", values({{{"whole", rate}, {"name", name}}})},
          {"mark", mark("rule", "reference")},
          {"encoding",
           {{channel, {{"field", "whole"}, {"type", "quantitative"}}}, {"tooltip", tooltip({{"name", "whole log"}})}}}};
}

Chart hotspot_chart(const slice::Analysis& analysis) {
  const Measure measure{by_loss(analysis)};
  const double whole = whole_rate(analysis);
  Json rows = Json::array();
  const std::size_t shown = std::min(analysis.hotspots.size(), kHotspotBars);
  for (std::size_t i = 0; i < shown; ++i) {
    const slice::NamedHotspot& hotspot = analysis.hotspots[i];
    const SliceFigures figures = figures_of(analysis, hotspot.slice.slice.whole);
    Json lines = Json::array();
    for (const table::Predicate& predicate : hotspot.slice.where) lines.push_back(words_of(predicate));
    rows.push_back({{"rank", i + 1},
                    {"name", fmt::format("{}", i + 1)},
                    {"lines", std::move(lines)},
                    {"words", words_of(hotspot.slice.where)},
                    {"rate", figures.rate},
                    {"low", figures.interval.low},
                    {"high", figures.interval.high},
                    {"rate_text", measure.text(figures.rate)},
                    {"interval_text", interval_text(figures.interval)},
                    {"cases", count_text(figures.n)},
                    {"failures", count_text(figures.failures)},
                    {"lift", lift_words(figures.lift, measure.losses)}});
  }
  // The axis shows each hotspot's predicates on lines of their own; the lines are looked up by its rank.
  Json lines_by_rank = Json::array();
  for (const Json& row : rows) lines_by_rank.push_back(row["lines"]);
  const Json y{
      {"field", "rank"},
      {"type", "ordinal"},
      {"title", nullptr},
      {"axis",
       {{"labelExpr", lines_by_rank.dump(-1, ' ', false, Json::error_handler_t::replace) + "[datum.value - 1]"},
        {"labelLimit", 300},
        {"ticks", false},
        {"domain", false},
        {"labelPadding", 8}}}};
  const Json hints =
      measure.losses
          ? tooltip(
                {{"words", "hotspot"}, {"rate_text", "mean loss"}, {"cases", "cases"}, {"lift", "against the rest"}})
          : tooltip({{"words", "hotspot"},
                     {"rate_text", "fail"},
                     {"interval_text", "95% interval"},
                     {"cases", "cases"},
                     {"failures", "failures"},
                     {"lift", "against the rest"}});
  Json bar = mark("bar", "raised");
  bar["height"] = {{"band", 0.55}};
  Json layers{
      {{"mark", bar},
       {"encoding",
        {{"y", y},
         {"x", {{"field", "rate"}, {"type", "quantitative"}, {"axis", measure.axis()}, {"title", measure.name()}}},
         {"tooltip", hints}}}}};
  if (!measure.losses) {
    layers.push_back({{"mark", mark("rule", "interval")},
                      {"encoding",
                       {{"y", y},
                        {"x", {{"field", "low"}, {"type", "quantitative"}}},
                        {"x2", {{"field", "high"}}},
                        {"tooltip", hints}}}});
  }
  layers.push_back(whole_rule(whole, "x", measure.text(whole)));
  const std::size_t more = analysis.hotspots.size() - shown;
  return {.name = "hotspots",
          .section = "hotspots",
          .title = fmt::format("Hotspots against the whole log's {} of {}", measure.name(), measure.text(whole)),
          .caption = fmt::format("{} of each confirmed hotspot{}; the dashed line is the whole log.{}", measure.title(),
                                 measure.losses ? "" : " with its 95% interval",
                                 more > 0 ? fmt::format(" {} more are in the table.", more) : std::string()),
          .spec = chart_text({{"height", {{"step", 44}}}, {"data", values(rows)}, {"layer", std::move(layers)}})};
}

/// Where a period lies on the time axis: milliseconds for Vega, or the plain number.
double axis_time(const slice::OverTime& over_time, double time) { return over_time.steps ? time : time / 1000; }

Json time_axis(const slice::OverTime& over_time, const char* field) {
  Json axis{{"field", field}, {"type", over_time.steps ? "quantitative" : "temporal"}, {"title", over_time.column}};
  axis["scale"] = over_time.steps ? Json{{"zero", false}, {"nice", false}} : Json{{"type", "utc"}};
  axis["axis"] = {{"grid", false}, {"labelOverlap", true}};
  return axis;
}

Chart time_chart(const slice::Analysis& analysis) {
  const slice::OverTime& over_time = *analysis.over_time;
  Json periods = Json::array();
  for (const slice::Period& period : over_time.periods) {
    if (period.n == 0) continue;
    periods.push_back({{"middle", axis_time(over_time, (period.begin + period.end) / 2)},
                       {"label", period.label},
                       {"rate", period.rate},
                       {"low", period.interval.low},
                       {"high", period.interval.high},
                       {"rate_text", percent_text(period.rate)},
                       {"interval_text", interval_text(period.interval)},
                       {"cases", count_text(period.n)},
                       {"failures", count_text(period.failures)}});
  }
  Json segments = Json::array();
  Json changes = Json::array();
  for (const slice::Segment& segment : over_time.segments) {
    const slice::Period& first = over_time.periods[segment.first];
    const slice::Period& last = over_time.periods[segment.last];
    segments.push_back({{"begin", axis_time(over_time, first.begin)},
                        {"end", axis_time(over_time, last.end)},
                        {"rate", segment.rate},
                        {"span", fmt::format("{} to {}", first.label, last.label)},
                        {"rate_text", percent_text(segment.rate)},
                        {"interval_text", interval_text(segment.interval)},
                        {"cases", count_text(segment.n)}});
    if (segment.first > 0) {
      changes.push_back({{"at", axis_time(over_time, first.begin)}, {"label", first.label}});
    }
  }
  const Json hints = tooltip({{"label", "period"},
                              {"rate_text", "fail"},
                              {"interval_text", "95% interval"},
                              {"cases", "cases"},
                              {"failures", "failures"}});
  const Json rate{{"field", "rate"}, {"type", "quantitative"}, {"axis", percent_axis("cases that fail")}};
  Json line = mark("line", "rate-line");
  Json point = mark("point", "rate");
  point["filled"] = true;
  point["size"] = 22;
  Json level = mark("rule", "level-line");
  Json change = mark("rule", "reference");
  const Json layers{
      {{"mark", mark("area", "band")},
       {"encoding",
        {{"x", time_axis(over_time, "middle")},
         {"y",
          {{"field", "low"},
           {"type", "quantitative"},
           {"title", "cases that fail"},
           {"axis", percent_axis("cases that fail")}}},
         {"y2", {{"field", "high"}}}}}},
      {{"data", values(changes)},
       {"mark", change},
       {"encoding", {{"x", time_axis(over_time, "at")}, {"tooltip", tooltip({{"label", "rate changes at"}})}}}},
      {{"mark", line}, {"encoding", {{"x", time_axis(over_time, "middle")}, {"y", rate}}}},
      {{"data", values(segments)},
       {"mark", level},
       {"encoding",
        {{"x", time_axis(over_time, "begin")},
         {"x2", {{"field", "end"}}},
         {"y", rate},
         {"tooltip", tooltip({{"span", "from … to"},
                              {"rate_text", "fail"},
                              {"interval_text", "95% interval"},
                              {"cases", "cases"}})}}}},
      {{"mark", point}, {"encoding", {{"x", time_axis(over_time, "middle")}, {"y", rate}, {"tooltip", hints}}}}};
  const std::size_t count = changes.size();
  return {.name = "failure_rate_over_time",
          .section = "time",
          .title = count == 0 ? std::string("The failure rate keeps one level")
                              : fmt::format("The failure rate changes {}", times_text(count)),
          .caption = fmt::format("Failure rate a {} with its 95% interval (blue), its level between change points "
                                 "(thick line) and the change points (dashed).",
                                 slice::name_of(over_time.granularity)),
          .spec = chart_text({{"height", 260}, {"data", values(periods)}, {"layer", layers}})};
}

/// Horizontal bars, one a name, those that matter in the warning colour.
Json ranked_bars(Json rows, const char* title, Json hints, std::vector<double> thresholds) {
  const Json y{{"field", "name"},
               {"type", "nominal"},
               {"title", nullptr},
               {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 6}, {"labelLimit", 200}}}};
  const auto bars = [&](const char* style, const char* test) {
    Json bar = mark("bar", style);
    bar["height"] = {{"band", 0.65}};
    return Json{
        {"transform", {{{"filter", test}}}},
        {"mark", bar},
        {"encoding",
         {{"y", y}, {"x", {{"field", "value"}, {"type", "quantitative"}, {"title", title}}}, {"tooltip", hints}}}};
  };
  Json layers{bars("rate", "!datum.strong"), bars("raised", "datum.strong")};
  for (const double threshold : thresholds) {
    layers.push_back({{"data", values({{{"whole", threshold}}})},
                      {"mark", mark("rule", "reference")},
                      {"encoding", {{"x", {{"field", "whole"}, {"type", "quantitative"}}}}}});
  }
  // Each layer sees only some of the names: all are told the same order.
  Json order = Json::array();
  for (const Json& row : rows) order.push_back(row["name"]);
  for (Json& layer : layers) {
    if (layer["encoding"].contains("y")) {
      layer["encoding"]["y"]["sort"] = order;
      layer["encoding"]["y"]["scale"] = {{"domain", order}};
    }
  }
  return {{"height", {{"step", 24}}}, {"data", values(std::move(rows))}, {"layer", std::move(layers)}};
}

Chart drift_chart(const slice::Analysis& analysis) {
  const slice::Drift& drift = *analysis.drift;
  Json rows = Json::array();
  std::size_t drifted = 0;
  for (const slice::ColumnDrift& column : drift.columns) drifted += column.psi >= 0.1 ? 1 : 0;
  for (std::size_t i = 0; i < std::min(drift.columns.size(), kRankedBars); ++i) {
    const slice::ColumnDrift& column = drift.columns[i];
    rows.push_back({{"name", plain_text(column.column)},
                    {"value", column.psi},
                    {"strong", column.psi >= 0.25},
                    {"psi", number_text(column.psi, 3)},
                    {"test", column.test},
                    {"p", p_text(column.log_p_adjusted)}});
  }
  return {.name = "drift",
          .section = "drift",
          .title = drifted == 0 ? std::string("No column has drifted noticeably")
                                : fmt::format("{} {} drifted", counted(drifted, "column", "columns"),
                                              drifted == 1 ? "has" : "have"),
          .caption =
              "Population stability index between the earliest third of the cases and the rest; the dashed "
              "lines mark 0.1 (noticeable) and 0.25 (large, orange).",
          .spec = chart_text(ranked_bars(
              std::move(rows), "population stability index",
              tooltip({{"name", "column"}, {"psi", "PSI"}, {"test", "test"}, {"p", "adjusted p"}}), {0.1, 0.25}))};
}

Chart association_chart(const slice::Analysis& analysis) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(analysis.associations.size(), kRankedBars); ++i) {
    const slice::Association& association = analysis.associations[i];
    rows.push_back({{"name", plain_text(association.feature)},
                    {"value", association.mutual_information},
                    {"strong", association.log_p_adjusted <= std::log(analysis.options.confirm.fdr)},
                    {"bits", number_text(association.mutual_information, 3) + " bits"},
                    {"effect", fmt::format("{} {}", association.effect_name, number_text(association.effect, 2))},
                    {"p", p_text(association.log_p_adjusted)}});
  }
  return {.name = "association",
          .section = "features",
          .title = fmt::format("`{}` goes most with failure", plain_text(analysis.associations.front().feature)),
          .caption = fmt::format("Mutual information between each feature and the failure flag; orange where the "
                                 "adjusted p-value is at most {}.",
                                 number_text(analysis.options.confirm.fdr)),
          .spec = chart_text(ranked_bars(
              std::move(rows), "mutual information with failure, bits",
              tooltip({{"name", "feature"}, {"bits", "mutual information"}, {"effect", "effect"}, {"p", "adjusted p"}}),
              {}))};
}

/// The failure rate in every bin of one feature.
Chart feature_chart(const slice::Analysis& analysis, const slice::SingleSlices& feature, std::size_t rank) {
  const Measure measure{by_loss(analysis)};
  Json rows = Json::array();
  Json order = Json::array();
  for (std::size_t i = 0; i < std::min(feature.slices.size(), kFeatureBins); ++i) {
    const slice::SingleSlice& single = feature.slices[i];
    const double rate = measure.losses ? single.mean_loss : single.rate;
    const std::string name = short_words_of(single.where);
    order.push_back(name);
    rows.push_back({{"name", name},
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
               {"sort", order},
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
  layers.push_back(whole_rule(whole, "y", measure.text(whole)));
  const std::size_t left_out = feature.slices.size() - order.size();
  return {.name = fmt::format("feature_{}", rank),
          .section = "features",
          .title = plain_text(feature.feature),
          .caption = left_out == 0 ? std::string() : fmt::format("{} more values are not drawn.", left_out),
          .spec = chart_text({{"height", 150}, {"data", values(rows)}, {"layer", std::move(layers)}})};
}

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

/// A cell's colour and its text: light text on dark cells.
Json heat_layers(const Json& x, const Json& y, const Json& colour, const Json& hints) {
  const auto text = [&](const char* style, const char* test) {
    return Json{
        {"transform", {{{"filter", test}}}},
        {"mark", mark("text", style)},
        {"encoding", {{"x", x}, {"y", y}, {"text", {{"field", "text"}, {"type", "nominal"}}}, {"tooltip", hints}}}};
  };
  return {{{"mark", {{"type", "rect"}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"tooltip", hints}}}},
          text("light-cell-text", "!datum.dark"),
          text("dark-cell-text", "datum.dark")};
}

Json cell_axis(const char* field, const std::string& title, Json order, int label_angle) {
  Json axis{{"ticks", false}, {"domain", false}, {"labelLimit", 140}, {"labelOverlap", false}};
  if (label_angle != 0) axis["labelAngle"] = label_angle;
  return {
      {"field", field}, {"type", "nominal"}, {"sort", std::move(order)}, {"title", title}, {"axis", std::move(axis)}};
}

Chart pair_chart(const slice::Analysis& analysis) {
  const slice::PairRates& pair = *analysis.pair_rates;
  Json order_x = Json::array();
  Json order_y = Json::array();
  for (const table::Predicate& bin : pair.bins_x) order_x.push_back(short_words_of(bin));
  for (const table::Predicate& bin : pair.bins_y) order_y.push_back(short_words_of(bin));
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
    rows.push_back({{"x", short_words_of(pair.bins_x[cell % pair.bins_x.size()])},
                    {"y", short_words_of(pair.bins_y[cell / pair.bins_x.size()])},
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
                    {"scale", {{"domainMin", 0}}},
                    {"legend", {{"title", "fail"}, {"format", "~%"}}}};
  const std::string left_out =
      pair.left_out == 0 ? std::string()
                         : fmt::format(" {} with rarer values are not shown.", counted(pair.left_out, "case", "cases"));
  return {.name = "two_features",
          .section = "features",
          .title = fmt::format("Failure rate by `{}` and `{}`", name_x, name_y),
          .caption = fmt::format("Darker cells fail more often; cells without cases are left empty.{}", left_out),
          .spec = chart_text({{"height", {{"step", 26}}},
                              {"data", values(std::move(rows))},
                              {"layer", heat_layers(cell_axis("x", name_x, order_x, -40),
                                                    cell_axis("y", name_y, order_y, 0), colour, hints)}})};
}

Chart reliability_chart(const slice::Analysis& analysis) {
  const slice::ClassMetrics& metrics = *analysis.classes;
  Json rows = Json::array();
  for (const slice::ReliabilityBin& bin : metrics.reliability) {
    rows.push_back({{"score", bin.mean_score},
                    {"observed", bin.observed},
                    {"n", bin.n},
                    {"bin", fmt::format("{:.2f} to {:.2f}", bin.low, bin.high)},
                    {"score_text", percent_text(bin.mean_score)},
                    {"observed_text", percent_text(bin.observed)},
                    {"cases", count_text(bin.n)}});
  }
  const std::string of = plain_text(metrics.calibration_of);
  const Json unit_scale{{"domain", {0, 1}}};
  const Json x{{"field", "score"}, {"type", "quantitative"}, {"scale", unit_scale}, {"title", "mean " + of}};
  const Json y{
      {"field", "observed"}, {"type", "quantitative"}, {"scale", unit_scale}, {"title", "share observed to hold"}};
  Json point = mark("point", "rate");
  point["filled"] = true;
  const Json layers{
      {{"data", values({{{"score", 0}, {"observed", 0}}, {{"score", 1}, {"observed", 1}}})},
       {"mark", mark("line", "reference")},
       {"encoding", {{"x", x}, {"y", y}}}},
      {{"mark", mark("line", "rate-line")}, {"encoding", {{"x", x}, {"y", y}}}},
      {{"mark", point},
       {"encoding",
        {{"x", x},
         {"y", y},
         {"size", {{"field", "n"}, {"type", "quantitative"}, {"legend", nullptr}, {"scale", {{"range", {20, 320}}}}}},
         {"tooltip", tooltip({{"bin", "scores from"},
                              {"score_text", "mean score"},
                              {"observed_text", "observed"},
                              {"cases", "cases"}})}}}}};
  return {.name = "reliability",
          .section = "quality",
          .title = metrics.ece ? fmt::format("Scores are off by {} on average (ECE)", percent_text(*metrics.ece))
                               : std::string("Reliability of the scores"),
          .caption = fmt::format("{} against what was observed, in {} bins of equal width; a calibrated score lies on "
                                 "the dashed line. Larger points hold more cases.",
                                 of, metrics.reliability.size()),
          .spec = chart_text({{"height", 300}, {"data", values(rows)}, {"layer", layers}})};
}

Chart confusion_chart(const slice::Analysis& analysis) {
  const slice::ClassMetrics& metrics = *analysis.classes;
  const std::size_t classes = metrics.per_class.size();
  Json order = Json::array();
  for (const slice::OneClass& one : metrics.per_class) order.push_back(plain_text(one.name, 24));
  Json rows = Json::array();
  for (std::size_t label = 0; label < classes; ++label) {
    double row_sum = 0;
    for (std::size_t i = 0; i < classes; ++i) row_sum += metrics.confusion[label * classes + i];
    if (row_sum == 0) continue;
    for (std::size_t predicted = 0; predicted < classes; ++predicted) {
      const double cases = metrics.confusion[label * classes + predicted];
      const double share = cases / row_sum;
      rows.push_back({{"label", order[label]},
                      {"predicted", order[predicted]},
                      {"share", share},
                      {"dark", share > 0.55},
                      {"text", classes <= 10 ? percent_text(share) : std::string()},
                      {"cases", number_text(cases, 10)},
                      {"share_text", percent_text(share)}});
    }
  }
  const Json hints = tooltip(
      {{"label", "label"}, {"predicted", "prediction"}, {"cases", "cases"}, {"share_text", "of the label's cases"}});
  const Json colour{{"field", "share"},
                    {"type", "quantitative"},
                    {"scale", {{"domain", {0, 1}}}},
                    {"legend", {{"title", "of the label"}, {"format", "~%"}}}};
  return {.name = "confusion",
          .section = "quality",
          .title = "What is predicted for each label",
          .caption =
              "Shares of the cases with a label (down) that get each prediction (across); right answers lie on "
              "the diagonal.",
          .spec = chart_text({{"height", {{"step", classes <= 4 ? 56 : 28}}},
                              {"data", values(std::move(rows))},
                              {"layer", heat_layers(cell_axis("predicted", "prediction", order, 0),
                                                    cell_axis("label", "label", order, 0), colour, hints)}})};
}

}  // namespace

std::vector<Chart> make_charts(const slice::Analysis& analysis) {
  std::vector<Chart> charts;
  if (!analysis.hotspots.empty()) charts.push_back(hotspot_chart(analysis));
  if (analysis.over_time && !analysis.over_time->periods.empty()) charts.push_back(time_chart(analysis));
  if (analysis.drift && !analysis.drift->columns.empty()) charts.push_back(drift_chart(analysis));
  if (!analysis.associations.empty()) charts.push_back(association_chart(analysis));
  std::ranges::move(feature_charts(analysis), std::back_inserter(charts));
  if (analysis.pair_rates && !analysis.pair_rates->n.empty()) charts.push_back(pair_chart(analysis));
  if (analysis.classes && !analysis.classes->reliability.empty()) charts.push_back(reliability_chart(analysis));
  if (analysis.classes && analysis.classes->per_class.size() <= kConfusionClasses) {
    charts.push_back(confusion_chart(analysis));
  }
  return charts;
}

}  // namespace errata::report

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/analysis/chart_kinds.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

namespace {

/// Where a period lies on the time axis: milliseconds for Vega, or the plain number.
double axis_time(const slice::OverTime& over_time, double time) { return over_time.steps ? time : time / 1000; }

Json time_axis(const slice::OverTime& over_time, const char* field) {
  Json axis{{"field", field},
            {"type", over_time.steps ? "quantitative" : "temporal"},
            {"title", plain_text(over_time.column)}};
  axis["scale"] = over_time.steps ? Json{{"zero", false}, {"nice", false}} : Json{{"type", "utc"}};
  axis["axis"] = {{"grid", false}, {"labelOverlap", true}};
  return axis;
}

Json period_rows(const slice::OverTime& over_time) {
  Json rows = Json::array();
  for (const slice::Period& period : over_time.periods) {
    if (period.n == 0) continue;
    rows.push_back({{"middle", axis_time(over_time, (period.begin + period.end) / 2)},
                    {"label", plain_text(period.label)},
                    {"rate", period.rate},
                    {"low", period.interval.low},
                    {"high", period.interval.high},
                    {"rate_text", percent_text(period.rate)},
                    {"interval_text", interval_text(period.interval)},
                    {"cases", count_text(period.n)},
                    {"failures", count_text(period.failures)}});
  }
  return rows;
}

Json segment_rows(const slice::OverTime& over_time) {
  Json rows = Json::array();
  for (const slice::Segment& segment : over_time.segments) {
    const slice::Period& first = over_time.periods[segment.first];
    const slice::Period& last = over_time.periods[segment.last];
    rows.push_back({{"begin", axis_time(over_time, first.begin)},
                    {"end", axis_time(over_time, last.end)},
                    {"rate", segment.rate},
                    {"span", fmt::format("{} to {}", plain_text(first.label), plain_text(last.label))},
                    {"rate_text", percent_text(segment.rate)},
                    {"interval_text", interval_text(segment.interval)},
                    {"cases", count_text(segment.n)}});
  }
  return rows;
}

/// A change point is where a segment begins, but for the first.
Json change_rows(const slice::OverTime& over_time) {
  Json rows = Json::array();
  for (const slice::Segment& segment : over_time.segments) {
    if (segment.first == 0) continue;
    const slice::Period& first = over_time.periods[segment.first];
    rows.push_back({{"at", axis_time(over_time, first.begin)}, {"label", plain_text(first.label)}});
  }
  return rows;
}

Json layers_of(const slice::OverTime& over_time) {
  const Json axis = percent_axis("cases that fail");
  const Json middle = time_axis(over_time, "middle");
  const Json rate{{"field", "rate"}, {"type", "quantitative"}, {"axis", axis}};
  const Json low{{"field", "low"}, {"type", "quantitative"}, {"title", "cases that fail"}, {"axis", axis}};
  const Json segment_hints =
      tooltip({{"span", "from … to"}, {"rate_text", "fail"}, {"interval_text", "95% interval"}, {"cases", "cases"}});
  const Json period_hints = tooltip({{"label", "period"},
                                     {"rate_text", "fail"},
                                     {"interval_text", "95% interval"},
                                     {"cases", "cases"},
                                     {"failures", "failures"}});
  Json point = mark("point", "rate");
  point["filled"] = true;
  point["size"] = 22;
  return {
      {{"mark", mark("area", "band")}, {"encoding", {{"x", middle}, {"y", low}, {"y2", {{"field", "high"}}}}}},
      {{"data", named_data("changes", change_rows(over_time))},
       {"mark", mark("rule", "reference")},
       {"encoding", {{"x", time_axis(over_time, "at")}, {"tooltip", tooltip({{"label", "rate changes at"}})}}}},
      {{"mark", mark("line", "rate-line")}, {"encoding", {{"x", middle}, {"y", rate}}}},
      {{"data", named_data("segments", segment_rows(over_time))},
       {"mark", mark("rule", "level-line")},
       {"encoding",
        {{"x", time_axis(over_time, "begin")}, {"x2", {{"field", "end"}}}, {"y", rate}, {"tooltip", segment_hints}}}},
      {{"mark", point}, {"encoding", {{"x", middle}, {"y", rate}, {"tooltip", period_hints}}}}};
}

}  // namespace

Chart time_chart(const slice::Analysis& analysis) {
  const slice::OverTime& over_time = *analysis.over_time;
  const std::size_t changes = over_time.segments.empty() ? 0 : over_time.segments.size() - 1;
  return chart_of(
      {.name = "failure_rate_over_time",
       .section = "time",
       .title = changes == 0 ? std::string("The failure rate keeps one level")
                             : fmt::format("The failure rate changes {}", times_text(changes)),
       .caption = fmt::format("Failure rate a {} with its 95% interval (blue), its level between change points "
                              "(thick line) and the change points (dashed).",
                              slice::name_of(over_time.granularity))},
      {{"height", 260}, {"data", named_data("rows", period_rows(over_time))}, {"layer", layers_of(over_time)}});
}

}  // namespace errata::report

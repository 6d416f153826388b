#include "errata/report/kit/reliability_chart.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/kit/interval.h"
#include "errata/report/kit/json_values.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

Json bin_row(const stats::ReliabilityBin& bin, bool risk) {
  Json row{{"score", bin.mean_score},
           {"observed", bin.observed},
           {"n", bin.n},
           {"score_text", percent_text(bin.mean_score)},
           {"observed_text", percent_text(bin.observed)},
           {"cases", count_text(bin.n)}};
  if (risk) {
    const stats::RateInterval interval = interval_of(bin.happened, bin.n);
    row["low"] = interval.low;
    row["high"] = interval.high;
    row["observed_text"] = fmt::format("{} ({})", percent_text(bin.observed), interval_text(interval));
  } else {
    row["bin"] = fmt::format("{:.2f} to {:.2f}", bin.low, bin.high);
  }
  return row;
}

Json hints_of(bool risk) {
  if (risk) return tooltip({{"score_text", "mean risk"}, {"observed_text", "fail"}, {"cases", "cases"}});
  return tooltip(
      {{"bin", "scores from"}, {"score_text", "mean score"}, {"observed_text", "observed"}, {"cases", "cases"}});
}

}  // namespace

Json reliability_drawing(const std::vector<stats::ReliabilityBin>& bins, const ReliabilityLooks& looks) {
  const auto channel = [&](const char* field, const std::string& title) {
    Json made{{"field", field},
              {"type", "quantitative"},
              {"title", title},
              {"scale", {{"domain", {0, looks.end}}, {"nice", false}}}};
    if (looks.risk) made["axis"] = {{"format", "~%"}};
    return made;
  };
  const Json x = channel("score", looks.score), y = channel("observed", looks.observed);
  const Json hints = hints_of(looks.risk);
  Json spread = {{"mark", mark("line", "rate-line")}, {"encoding", {{"x", x}, {"y", y}}}};
  if (looks.risk) {
    spread = {{"mark", mark("rule", "interval")},
              {"encoding",
               {{"x", x}, {"y", channel("low", looks.observed)}, {"y2", {{"field", "high"}}}, {"tooltip", hints}}}};
  }
  // Points of a risk leave room for their intervals.
  const Json sizes = looks.risk ? Json{{"range", {14, 110}}, {"zero", true}} : Json{{"range", {20, 320}}};
  Json point = mark("point", "rate");
  point["filled"] = true;
  const Json size{{"field", "n"}, {"type", "quantitative"}, {"legend", nullptr}, {"scale", sizes}};
  return {{"height", looks.height},
          {"data", named_data("rows", array_of(bins, [&](const auto& bin) { return bin_row(bin, looks.risk); }))},
          {"layer",
           {{{"data", named_data("calibrated",
                                 {{{"score", 0}, {"observed", 0}}, {{"score", looks.end}, {"observed", looks.end}}})},
             {"mark", mark("line", "reference")},
             {"encoding", {{"x", x}, {"y", y}}}},
            std::move(spread),
            {{"mark", std::move(point)}, {"encoding", {{"x", x}, {"y", y}, {"size", size}, {"tooltip", hints}}}}}}};
}

}  // namespace errata::report

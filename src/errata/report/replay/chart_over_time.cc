#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/replay/chart_kinds.h"
#include "errata/report/replay/chart_time.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

Json failure_rows(const replay::Replay& replay) {
  Json rows = Json::array();
  for (const replay::TimeBin& bin : replay.bins) {
    if (bin.cases == 0) continue;
    const stats::RateInterval interval = interval_of(bin.failures, bin.cases);
    rows.push_back(
        {{"at", middle_of(replay, bin)},
         {"rate", rate_of(bin.failures, bin.cases)},
         {"low", interval.low},
         {"high", interval.high},
         {"risk", bin.mean_risk},
         {"when", bin_words(replay, bin)},
         {"rate_text", fmt::format("{} ({})", percent_text(rate_of(bin.failures, bin.cases)), interval_text(interval))},
         {"risk_text", percent_text(bin.mean_risk)}});
  }
  return rows;
}

/// Mean danger in the stretches that overlap a shaded regime, over that in the others; 0 when it cannot be said.
double danger_ratio(const replay::Replay& replay) {
  double sum[2] = {0, 0};
  double cases[2] = {0, 0};
  const auto regimes = shaded_regimes(replay);
  for (const replay::TimeBin& bin : replay.bins) {
    const double at = middle_of(replay, bin);
    const bool inside = std::ranges::any_of(regimes, [&](const replay::Regime* regime) {
      return axis_time(replay, regime->onset) <= at && at <= end_of(replay, *regime);
    });
    sum[inside] += bin.mean_danger * static_cast<double>(bin.cases);
    cases[inside] += static_cast<double>(bin.cases);
  }
  if (cases[0] == 0 || cases[1] == 0 || !(sum[0] > 0)) return 0;
  return (sum[1] / cases[1]) / (sum[0] / cases[0]);
}

/// A share of cases of each stretch and of all stretches so far.
struct Running {
  std::vector<std::uint64_t> part, whole;  ///< [bins]
};

Json running_rows(const replay::Replay& replay, const Running& running) {
  Json rows = Json::array();
  std::uint64_t part = 0;
  std::uint64_t whole = 0;
  for (std::size_t i = 0; i < replay.bins.size(); ++i) {
    part += running.part[i];
    whole += running.whole[i];
    const double here = rate_of(running.part[i], running.whole[i]);
    const double so_far = rate_of(part, whole);
    rows.push_back({{"at", middle_of(replay, replay.bins[i])},
                    {"here", here},
                    {"so_far", so_far},
                    {"when", bin_words(replay, replay.bins[i])},
                    {"here_text", fmt::format("{} of {} ({})", count_text(running.part[i]),
                                              count_text(running.whole[i]), percent_text(here))},
                    {"so_far_text", percent_text(so_far)}});
  }
  return rows;
}

Json target_layer(double target) {
  return {{"data", named_data("target", {{{"target", target}, {"name", level_text(target)}}})},
          {"mark", mark("rule", "reference")},
          {"encoding",
           {{"y", {{"field", "target"}, {"type", "quantitative"}}}, {"tooltip", tooltip({{"name", "target"}})}}}};
}

/// Thin line: each stretch; thick line: since the start.
Json running_spec(const replay::Replay& replay, const Running& running, const char* title,
                  std::optional<double> target) {
  const Json domain{"each stretch", "since the start"};
  const Json x = time_channel(replay, "at");
  const Json here = value_channel("here", title, true);
  const Json so_far = value_channel("so_far", title, true);
  const auto line = [&](const char* style, const Json& y, const char* name) {
    return Json{{"mark", mark("line", style)},
                {"encoding", {{"x", x}, {"y", y}, {"color", legend_colour(name, domain)}}}};
  };
  Json layers{regime_layer(replay), line("thin-line", here, "each stretch"),
              line("thick-line", so_far, "since the start")};
  if (target) layers.push_back(target_layer(*target));
  layers.push_back(hint_points(
      x, so_far, tooltip({{"when", "stretch"}, {"here_text", "in it"}, {"so_far_text", "since the start"}})));
  return {{"height", 200}, {"data", named_data("rows", running_rows(replay, running))}, {"layer", layers}};
}

}  // namespace

Chart failures_chart(const replay::Replay& replay) {
  const Json domain{"failure rate", "mean risk"};
  const Json x = time_channel(replay, "at");
  const char* const title = "share of cases";
  const Json rate = value_channel("rate", title, true);
  const Json risk = value_channel("risk", title, true);
  const Json layers{
      regime_layer(replay),
      {{"mark", mark("area", "band")},
       {"encoding", {{"x", x}, {"y", value_channel("low", title, true)}, {"y2", {{"field", "high"}}}}}},
      {{"mark", mark("line", "rate-line")},
       {"encoding", {{"x", x}, {"y", rate}, {"color", legend_colour("failure rate", domain)}}}},
      {{"mark", mark("line", "risk-line")},
       {"encoding", {{"x", x}, {"y", risk}, {"color", legend_colour("mean risk", domain)}}}},
      hint_points(x, rate, tooltip({{"when", "stretch"}, {"rate_text", "fail"}, {"risk_text", "mean risk"}}))};
  const std::size_t regimes = shaded_regimes(replay).size();
  return chart_of(
      {.name = "failures_over_time",
       .section = "time",
       .title = percent_text(rate_of(replay.failures, known_cases(replay))) + " of the cases fail" +
                (replay.streams.empty()
                     ? fmt::format("; {} of raised failure",
                                   regimes == 0 ? std::string("no regime") : counted(regimes, "regime", "regimes"))
                     : std::string()),
       .caption = fmt::format("Failure rate of {} of evaluated cases with its 95% interval, and the mean of the risk "
                              "that was told before each outcome.{}",
                              counted(replay.bins.size(), "stretch", "stretches"), shading_words(replay))},
      {{"height", 240}, {"data", named_data("rows", failure_rows(replay))}, {"layer", layers}});
}

Chart danger_chart(const replay::Replay& replay) {
  Json rows = Json::array();
  for (const replay::TimeBin& bin : replay.bins) {
    rows.push_back({{"at", middle_of(replay, bin)},
                    {"danger", bin.mean_danger},
                    {"when", bin_words(replay, bin)},
                    {"text", number_text(bin.mean_danger, 3)}});
  }
  const Json x = time_channel(replay, "at");
  const Json y = value_channel("danger", "mean danger", false);
  const Json layers{regime_layer(replay),
                    {{"mark", mark("line", "rate-line")}, {"encoding", {{"x", x}, {"y", y}}}},
                    hint_points(x, y, tooltip({{"when", "stretch"}, {"text", "mean danger"}}))};
  const double ratio = danger_ratio(replay);
  return chart_of(
      {.name = "danger_over_time",
       .section = "time",
       .title = ratio > 0 ? fmt::format("Danger is {} times as high in regimes as outside", number_text(ratio, 2))
                          : std::string("Danger over time"),
       .caption = fmt::format("Danger of a case: recent confident failures of every mode, each weighted by how near "
                              "the mode is to the case.{}",
                              shading_words(replay))},
      {{"height", 140}, {"data", named_data("rows", std::move(rows))}, {"layer", layers}});
}

Chart policy_coverage_chart(const replay::Replay& replay) {
  Running running;
  for (const replay::TimeBin& bin : replay.bins) {
    running.part.push_back(bin.accepted);
    running.whole.push_back(bin.cases);
  }
  const auto& target = replay.policy.options.coverage;
  return chart_of(
      {.name = "coverage_over_time",
       .section = "policy",
       .title = fmt::format("{} of the cases are accepted{}",
                            percent_text(rate_of(replay.policy.accepted, replay.policy.cases)),
                            target ? fmt::format("; the target is {}", level_text(*target)) : std::string()),
       .caption = fmt::format("Share of accepted cases in each stretch and since the start{}.{}",
                              target ? "; the dashed line is the target" : "", shading_words(replay))},
      running_spec(replay, running, "accepted, share of cases", target));
}

Chart policy_risk_chart(const replay::Replay& replay) {
  Running running;
  for (const replay::TimeBin& bin : replay.bins) {
    running.part.push_back(bin.accepted_failures);
    running.whole.push_back(bin.accepted);
  }
  const auto& target = replay.policy.options.risk;
  const std::string realised =
      replay.policy.accepted == 0
          ? std::string("No case is accepted")
          : fmt::format("{} of the accepted cases fail",
                        percent_text(rate_of(replay.policy.accepted_failures, replay.policy.accepted)));
  return chart_of(
      {.name = "risk_over_time",
       .section = "policy",
       .title = realised + (target ? fmt::format("; the target is at most {}", level_text(*target)) : std::string()),
       .caption = fmt::format("Failure rate of the accepted cases in each stretch and since the start{}.{}",
                              target ? "; the dashed line is the target" : "", shading_words(replay))},
      running_spec(replay, running, "accepted cases that fail", target));
}

}  // namespace errata::report

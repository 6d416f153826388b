#include "errata/report/replay/chart_time.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/kit/numbers.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

/// Room for "100%" and "1,000": axes of this width begin at one line under each other.
constexpr int kAxisWidth = 40;

/// How the ticks of an axis over so many milliseconds are told, so that no date lacks what tells it apart.
const char* tick_format(double span) {
  constexpr double kDay = 86'400'000;
  if (span > 1500 * kDay) return "%Y";
  if (span > 100 * kDay) return "%b %Y";
  return span > 4 * kDay ? "%-d %b" : "%-d %b %H:%M";
}

std::vector<const replay::Regime*> regimes_where(const replay::Replay& replay, bool of_all_cases) {
  std::vector<const replay::Regime*> chosen;
  for (const replay::Regime& regime : replay.regimes) {
    if ((regime.mode == memory::kNoMode) == of_all_cases) chosen.push_back(&regime);
  }
  return chosen;
}

}  // namespace

double axis_time(const replay::Replay& replay, std::int64_t time) {
  const auto number = static_cast<double>(time);
  return replay.has_time ? number / 1000 : number;
}

double middle_of(const replay::Replay& replay, const replay::TimeBin& bin) {
  return (axis_time(replay, bin.begin) + axis_time(replay, bin.end)) / 2;
}

std::string bin_words(const replay::Replay& replay, const replay::TimeBin& bin) {
  return fmt::format("{} to {}, {}", moment_text(replay, bin.begin), moment_text(replay, bin.end),
                     counted(bin.cases, "case", "cases"));
}

Json time_channel(const replay::Replay& replay, const char* field) {
  Json scale{{"nice", false}};
  Json axis{{"grid", false}, {"labelOverlap", true}};
  double begin = 0;
  double end = 0;
  if (!replay.bins.empty()) {
    begin = axis_time(replay, replay.bins.front().begin);
    end = axis_time(replay, replay.bins.back().end);
    scale["domain"] = {begin, end};
  }
  if (replay.has_time) {
    scale["type"] = "utc";
    axis["format"] = tick_format(end - begin);
  } else {
    scale["zero"] = false;
  }
  return {{"field", field},
          {"type", replay.has_time ? "temporal" : "quantitative"},
          {"title", replay.has_time ? "time (UTC)" : "time (steps)"},
          {"scale", std::move(scale)},
          {"axis", std::move(axis)}};
}

Json value_channel(const char* field, const char* title, bool percent) {
  Json axis{{"minExtent", kAxisWidth}};
  if (percent) axis["format"] = "~%";
  return {{"field", field}, {"type", "quantitative"}, {"title", title}, {"axis", std::move(axis)}};
}

double end_of(const replay::Replay& replay, const replay::Regime& regime) {
  if (regime.ended) return axis_time(replay, *regime.ended);
  return axis_time(replay, replay.bins.empty() ? regime.known : replay.bins.back().end);
}

std::vector<const replay::Regime*> shaded_regimes(const replay::Replay& replay) {
  if (!replay.streams.empty()) return {};  // those of many streams would cover each other
  auto of_all_cases = regimes_where(replay, true);
  return of_all_cases.empty() ? regimes_where(replay, false) : of_all_cases;
}

Json regime_layer(const replay::Replay& replay) {
  Json rows = Json::array();
  for (const replay::Regime* regime : shaded_regimes(replay)) {
    rows.push_back({{"begin", axis_time(replay, regime->onset)},
                    {"end", end_of(replay, *regime)},
                    {"where", mode_name(regime->mode)},
                    {"span", span_words(replay, *regime)},
                    {"rates", fmt::format("{}, before {}", percent_text(regime_rate(*regime)),
                                          percent_text(regime->rate_before))}});
  }
  Json area = mark("rect", "regime");
  area["clip"] = true;
  return {{"data", named_data("regimes", std::move(rows))},
          {"mark", std::move(area)},
          {"encoding",
           {{"x", time_channel(replay, "begin")},
            {"x2", {{"field", "end"}}},
            {"tooltip", tooltip({{"where", "regime of"}, {"span", "when"}, {"rates", "fail"}})}}}};
}

std::string shading_words(const replay::Replay& replay) {
  const auto shaded = shaded_regimes(replay);
  if (shaded.empty()) return {};
  return shaded.front()->mode == memory::kNoMode ? " Regimes of raised failure are shaded."
                                                 : " Regimes of raised failure near a mode are shaded.";
}

Json legend_colour(const std::string& name, const Json& domain) {
  return {{"datum", name},
          {"type", "nominal"},
          {"scale", {{"domain", domain}}},
          {"legend", {{"title", nullptr}, {"orient", "top"}, {"symbolType", "stroke"}, {"symbolStrokeWidth", 3}}}};
}

}  // namespace errata::report

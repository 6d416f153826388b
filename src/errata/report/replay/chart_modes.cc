#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/kit/numbers.h"
#include "errata/report/replay/chart_kinds.h"
#include "errata/report/replay/chart_time.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

constexpr std::size_t kMapModes = 64;
constexpr std::size_t kActivityModes = 10;
constexpr std::size_t kWordsShown = 160;
/// Cells with less than this share of the largest activity are not drawn: nobody could see them.
constexpr double kLeastShare = 0.01;

std::vector<std::size_t> largest_modes(const replay::Replay& replay, std::size_t count) {
  std::vector<std::size_t> order = modes_by_size(replay);
  order.resize(std::min(order.size(), count));
  return order;
}

Json map_rows(const replay::Replay& replay) {
  const double overall = rate_of(replay.failures, known_cases(replay));
  Json rows = Json::array();
  for (const std::size_t i : largest_modes(replay, kMapModes)) {
    const replay::ModeResult& result = replay.modes[i];
    if (result.retired) continue;  // its place is not known any more
    rows.push_back({{"x", result.position[0]},
                    {"y", result.position[1]},
                    {"id", fmt::format("{}", result.mode.id)},
                    {"failures", result.mode.near.failures},
                    {"kind", near_rate(result.mode) > overall ? "raised" : "usual"},
                    {"mode", mode_name(result.mode.id)},
                    {"words", chart_words(plain_text(result.words, kWordsShown))},
                    {"near", near_counts(result.mode)},
                    {"activity", activity_text(result.mode.activity)}});
  }
  return rows;
}

/// Round numbers of failures whose circles the legend shows: about all and about a quarter of the largest mode's.
Json legend_sizes(std::uint64_t largest) {
  const auto rounded = [](double count) {
    const double unit = std::pow(10.0, std::floor(std::log10(std::max(count, 1.0))));
    return std::max(1.0, std::floor(count / unit) * unit);
  };
  const double most = rounded(static_cast<double>(largest));
  const double quarter = rounded(most / 4);
  return quarter < most ? Json{quarter, most} : Json::array({most});
}

/// A place axis says nothing by its numbers: only distances count.
Json place_channel(const char* field, const char* title) {
  return {{"field", field},
          {"type", "quantitative"},
          {"title", title},
          {"scale", {{"zero", false}, {"nice", true}, {"padding", 36}}},
          {"axis", {{"labels", false}, {"ticks", false}}}};
}

double most_activity(const replay::Replay& replay, const std::vector<std::size_t>& shown) {
  double most = 0;
  for (const replay::TimeBin& bin : replay.bins) {
    for (const std::size_t i : shown) {
      if (i < bin.mode_activity.size()) most = std::max(most, bin.mode_activity[i]);
    }
  }
  return most;
}

Json activity_rows(const replay::Replay& replay, const std::vector<std::size_t>& shown) {
  const double least = kLeastShare * most_activity(replay, shown);
  Json rows = Json::array();
  for (const std::size_t i : shown) {
    for (std::size_t b = 0; b < replay.bins.size(); ++b) {
      const replay::TimeBin& bin = replay.bins[b];
      const std::int64_t end = b + 1 < replay.bins.size() ? replay.bins[b + 1].begin : bin.end;
      const double activity = i < bin.mode_activity.size() ? bin.mode_activity[i] : 0;
      if (!(activity > least)) continue;
      rows.push_back({{"m", mode_name(replay.modes[i].mode.id)},
                      {"b", axis_time(replay, bin.begin)},
                      {"e", axis_time(replay, end)},
                      {"a", std::round(1000 * activity) / 1000}});
    }
  }
  return rows;
}

Json mode_regime_rows(const replay::Replay& replay, const std::vector<std::size_t>& shown) {
  Json rows = Json::array();
  for (const replay::Regime& regime : replay.regimes) {
    const bool is_shown =
        std::ranges::any_of(shown, [&](std::size_t i) { return replay.modes[i].mode.id == regime.mode; });
    if (!is_shown) continue;
    rows.push_back(
        {{"m", mode_name(regime.mode)},
         {"b", axis_time(replay, regime.onset)},
         {"e", end_of(replay, regime)},
         {"span", span_words(replay, regime)},
         {"rates", fmt::format("{}, before {}", percent_text(regime_rate(regime)), percent_text(regime.rate_before))}});
  }
  return rows;
}

std::string activity_title(const replay::Replay& replay) {
  const auto most = std::ranges::max_element(
      replay.modes, {}, [](const replay::ModeResult& result) { return result.retired ? 0 : result.mode.activity; });
  if (most->retired || !(most->mode.activity > 0)) return "No mode is active at the end of the log";
  return fmt::format("Mode {} is the most active at the end of the log", most->mode.id);
}

}  // namespace

Chart mode_map_chart(const replay::Replay& replay) {
  std::uint64_t all = 0;
  for (const replay::ModeResult& result : replay.modes) all += result.mode.near.failures;
  const replay::ModeResult& largest = replay.modes[largest_modes(replay, 1).front()];
  const Json x = place_channel("x", "first principal axis of the modes' centres");
  const Json y = place_channel("y", "second axis");
  const Json size{
      {"field", "failures"},
      {"type", "quantitative"},
      {"legend",
       {{"title", "failures near it"}, {"orient", "right"}, {"values", legend_sizes(largest.mode.near.failures)}}},
      {"scale", {{"range", {150, 2600}}, {"zero", true}}}};
  const Json hints =
      tooltip({{"mode", "mode"}, {"words", "what sets it apart"}, {"near", "near it"}, {"activity", "activity"}});
  const auto places = [&](const char* kind, const char* style) {
    return Json{{"transform", {{{"filter", fmt::format("datum.kind === '{}'", kind)}}}},
                {"mark", mark("circle", style)},
                {"encoding", {{"x", x}, {"y", y}, {"size", size}, {"tooltip", hints}}}};
  };
  const Json layers{
      places("usual", "usual-place"),
      places("raised", "raised-place"),
      {{"mark", mark("text", "place-name")},
       {"encoding", {{"x", x}, {"y", y}, {"text", {{"field", "id"}, {"type", "nominal"}}}, {"tooltip", hints}}}}};
  return chart_of(
      {.name = "mode_map",
       .section = "modes",
       .title =
           fmt::format("{}; mode {} holds {} of the failures near them", counted(replay.modes.size(), "mode", "modes"),
                       largest.mode.id, percent_text(rate_of(largest.mode.near.failures, all))),
       .caption = "Each place is a mode, as large as its number of failures near it; modes that lie near each other "
                  "are alike. Orange: the failure rate near it is above that of all cases; blue: it is not. "
                  "Retired modes are left out."},
      {{"height", 300}, {"data", named_data("rows", map_rows(replay))}, {"layer", layers}});
}

Chart mode_activity_chart(const replay::Replay& replay) {
  const std::vector<std::size_t> shown = largest_modes(replay, kActivityModes);
  Json order = Json::array();
  for (const std::size_t i : shown) order.push_back(mode_name(replay.modes[i].mode.id));
  const auto row = [&](double band) {
    return Json{{"field", "m"},
                {"type", "nominal"},
                {"title", nullptr},
                {"sort", order},
                {"scale", {{"domain", order}, {"paddingInner", 0.3}}},
                {"bandPosition", band},
                {"axis", {{"ticks", false}, {"domain", false}, {"labelPadding", 6}, {"minExtent", 56}}}};
  };
  Json y = row(0);
  y.erase("bandPosition");
  Json line = mark("rule", "regime-line");
  line["clip"] = true;
  const Json layers{{{"mark", mark("rect", "raised")},
                     {"encoding",
                      {{"x", time_channel(replay, "b")},
                       {"x2", {{"field", "e"}}},
                       {"y", y},
                       {"opacity",
                        {{"field", "a"},
                         {"type", "quantitative"},
                         {"scale", {{"range", {0.05, 1}}, {"zero", true}}},
                         {"legend", {{"title", "activity (recent failures)"}, {"orient", "top"}, {"tickCount", 4}}}}},
                       {"tooltip",
                        {{{"field", "m"}, {"type", "nominal"}, {"title", "mode"}},
                         {{"field", "a"}, {"type", "quantitative"}, {"title", "activity"}}}}}}},
                    {{"data", named_data("regimes", mode_regime_rows(replay, shown))},
                     {"mark", line},
                     {"encoding",
                      {{"x", time_channel(replay, "b")},
                       {"x2", {{"field", "e"}}},
                       {"y", row(1.15)},
                       {"tooltip", tooltip({{"m", "regime of"}, {"span", "when"}, {"rates", "fail"}})}}}}};
  return chart_of(
      {.name = "mode_activity",
       .section = "modes",
       .title = activity_title(replay),
       .caption = fmt::format("Activity of {}: its confident failures, recent ones counted more. A line under a row "
                              "is a regime in which cases near that mode failed more often than usual.",
                              shown.size() < replay.modes.size() ? fmt::format("the {} largest modes", shown.size())
                                                                 : std::string("each mode"))},
      {{"height", {{"step", 30}}}, {"data", named_data("rows", activity_rows(replay, shown))}, {"layer", layers}});
}

}  // namespace errata::report

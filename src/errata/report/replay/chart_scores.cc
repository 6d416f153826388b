#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/report/kit/curve_chart.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/reliability_chart.h"
#include "errata/report/kit/vega_lite.h"
#include "errata/report/replay/chart_kinds.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

constexpr std::size_t kExpertBars = 15;
constexpr const char *kBest = "best baseline", *kOthers = "other baselines";

/// What a curve is told as in the legend.
std::string kind_of(const replay::Replay& replay, const replay::ScoreResult& score) {
  if (score.name == kErrata || score.name == kOracle) return score.name;
  return &score == best_baseline(replay) ? kBest : kOthers;
}

Json curve_rows(const replay::Replay& replay) {
  Json rows = Json::array();
  for (const replay::ScoreResult& score : replay.scores) {
    const std::string kind = kind_of(replay, score);
    const std::string name = plain_text(score.name, 40);
    for (const stats::RiskCoveragePoint& point : score.curve) {
      rows.push_back({{"score", name}, {"kind", kind}, {"c", point.coverage}, {"e", point.error}});
    }
  }
  return rows;
}

/// The scores at the coverages of the tables, with bands where there are any: errata and the best baseline.
Json point_rows(const replay::Replay& replay) {
  Json rows = Json::array();
  for (const replay::ScoreResult& score : replay.scores) {
    const std::string kind = kind_of(replay, score);
    for (std::size_t i = 0; i < replay::kCoverages; ++i) {
      Json row{{"score", plain_text(score.name, 40)},
               {"kind", kind},
               {"c", replay::coverage_at(i)},
               {"e", score.error_at_coverage[i]},
               {"coverage", level_text(replay::coverage_at(i))},
               {"error", percent_text(score.error_at_coverage[i])}};
      if (score.bands && i < score.bands->error_at_coverage.size()) {
        const stats::RateInterval& band = score.bands->error_at_coverage[i];
        row["error"] = fmt::format("{} ({})", percent_text(score.error_at_coverage[i]), interval_text(band));
        if (kind == kErrata || kind == kBest) {
          row["low"] = band.low;
          row["high"] = band.high;
        }
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Json online_rows(const replay::Replay& replay) {
  Json rows = Json::array();
  for (const replay::OnlineCoverage& online : replay.online) {
    rows.push_back({{"c", online.coverage},
                    {"e", online.error},
                    {"target", level_text(online.target)},
                    {"coverage", percent_text(online.coverage)},
                    {"error", percent_text(online.error)},
                    {"hindsight", percent_text(online.hindsight_error)}});
  }
  return rows;
}

Json coverage_channel() {
  return {{"field", "c"},
          {"type", "quantitative"},
          {"title", "coverage: share of cases accepted, the safest first"},
          {"scale", {{"domain", {0, 1}}}},
          {"axis", {{"format", "~%"}, {"grid", false}}}};
}

Json error_channel(const char* field) { return percent_channel(field, "accepted cases that fail"); }

Json layers_of(const replay::Replay& replay) {
  const Json x = coverage_channel(), y = error_channel("e");
  const auto band = [&](const char* kind, const char* style) {
    return Json{{"data", named_data("points")},
                {"transform", {{{"filter", fmt::format("datum.kind === '{}' && isValid(datum.low)", kind)}}}},
                {"mark", mark("area", style)},
                {"encoding", {{"x", x}, {"y", error_channel("low")}, {"y2", {{"field", "high"}}}}}};
  };
  Json hints = hint_points(x, y, tooltip({{"score", "score"}, {"coverage", "coverage"}, {"error", "fail"}}));
  hints["data"] = named_data("points", point_rows(replay));
  Json online = mark("point", "online");
  online["filled"] = true;
  const Json online_hints = tooltip(
      {{"target", "online, target"}, {"coverage", "accepted"}, {"error", "fail"}, {"hindsight", "in hindsight"}});
  const Json a_curve{{"detail", {{"field", "score"}, {"type", "nominal"}}}};
  return {band(kBest, "raised-band"),
          band(kErrata, "band"),
          curve_layer(x, y, a_curve,
                      {{.name = kErrata, .width = 2.75},
                       {.name = kBest, .width = 2},
                       {.name = kOthers, .width = 1},
                       {.name = kOracle, .width = 1.5, .dash = {4, 4}}}),
          std::move(hints),
          {{"data", named_data("online", online_rows(replay))},
           {"mark", std::move(online)},
           {"encoding", {{"x", x}, {"y", y}, {"tooltip", online_hints}}}}};
}

std::string curve_title(const replay::Replay& replay) {
  constexpr std::size_t kTold = 3;  // 20%
  const replay::ScoreResult* errata = score_named(replay, kErrata);
  const replay::ScoreResult* best = best_baseline(replay);
  if (errata == nullptr) return "Risk against coverage";
  std::string title =
      fmt::format("Of the safest {} of cases {} fail by errata's risk", level_text(replay::coverage_at(kTold)),
                  percent_text(errata->error_at_coverage[kTold]));
  if (best != nullptr) {
    title += fmt::format(", {} by `{}`", percent_text(best->error_at_coverage[kTold]), plain_text(best->name, 40));
  }
  return title;
}

}  // namespace

Chart risk_coverage_chart(const replay::Replay& replay) {
  const replay::ScoreResult* best = best_baseline(replay);
  std::string caption =
      "Failure rate of the accepted cases when each score accepts its safest ones first; lower is "
      "better, thresholds are set in hindsight. The oracle knows every failure.";
  if (best != nullptr) caption += fmt::format(" The best baseline is `{}`.", plain_text(best->name, 40));
  if (!replay.online.empty()) caption += " Points: errata with thresholds from the past alone.";
  const bool has_bands = std::ranges::any_of(replay.scores, [](const auto& score) { return score.bands.has_value(); });
  if (has_bands) caption += " Bands: 95%, block bootstrap.";
  return chart_of(
      {.name = "risk_coverage", .section = "scores", .title = curve_title(replay), .caption = std::move(caption)},
      {{"height", 340}, {"data", named_data("rows", curve_rows(replay))}, {"layer", layers_of(replay)}});
}

Chart calibration_chart(const replay::Replay& replay) {
  double most = 0;
  for (const stats::ReliabilityBin& bin : replay.calibration) {
    most = std::max({most, bin.mean_score, interval_of(bin.happened, bin.n).high});
  }
  const double end = std::min(1.0, most > 0 ? 1.04 * most : 1.0);
  return chart_of(
      {.name = "risk_calibration",
       .section = "risk",
       .title = fmt::format("The risk is off by {} on average (ECE)", percent_text(replay.calibration_error)),
       .caption = fmt::format("Mean risk against the failure rate that followed, in {}, with 95% intervals; a "
                              "calibrated risk lies on the dashed line. Larger points hold more cases.",
                              counted(replay.calibration.size(), "bin", "bins"))},
      reliability_drawing(replay.calibration,
                          {.score = "mean risk", .observed = "cases that fail", .end = end, .height = 280}));
}

Chart expert_chart(const replay::Replay& replay) {
  std::vector<replay::ExpertShare> experts = replay.experts;
  std::ranges::stable_sort(experts, std::ranges::greater{}, &replay::ExpertShare::weight);
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(experts.size(), kExpertBars); ++i) {
    rows.push_back({{"name", plain_text(experts[i].name, 40)},
                    {"value", experts[i].weight},
                    {"strong", false},
                    {"share", percent_text(experts[i].weight)}});
  }
  Json bars = ranked_bars(std::move(rows), "mean share in the mixture",
                          tooltip({{"name", "expert"}, {"share", "mean share"}}), {});
  for (Json& layer : bars["layer"]) layer["encoding"]["x"]["axis"] = {{"format", "~%"}};
  return chart_of(
      {.name = "experts",
       .section = "risk",
       .title = fmt::format("`{}` has the largest share of the risk: {}", plain_text(experts.front().name, 40),
                            percent_text(experts.front().weight)),
       .caption = experts.size() > kExpertBars
                      ? fmt::format("Mean weight of each expert in the mixture over the evaluated cases; {} more "
                                    "have less.",
                                    experts.size() - kExpertBars)
                      : "Mean weight of each expert in the mixture over the evaluated cases."},
      std::move(bars));
}

}  // namespace errata::report

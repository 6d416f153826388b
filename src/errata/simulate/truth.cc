#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "errata/simulate/simulate.h"

namespace errata::simulate {
namespace {

using Json = nlohmann::ordered_json;

/// An open end of a range is null.
Json bound(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json conjunction_json(std::span<const table::Predicate> where) {
  Json list = Json::array();
  for (const auto& predicate : where) {
    Json one{{"feature", predicate.feature}};
    if (predicate.kind == table::Predicate::Kind::range) {
      one["above"] = bound(predicate.above);
      one["up_to"] = bound(predicate.up_to);
    } else if (predicate.value_is_integer) {
      one["equals"] = std::stoll(predicate.value);
    } else {
      one["equals"] = predicate.value;
    }
    list.push_back(std::move(one));
  }
  return list;
}

Json hotspot_json(const PlantedHotspot& hotspot) {
  return {{"where", conjunction_json(hotspot.where)},
          {"sql", table::where_clause(hotspot.where)},
          {"failure_rate", hotspot.failure_rate},
          {"n", hotspot.n},
          {"failures", hotspot.failures}};
}

/// What comes and goes; kinds without it do not have the keys.
void add_regimes(Json& json, const Truth& truth) {
  if (!truth.modes.empty()) {
    json["modes"] = Json::array();
    for (const auto& mode : truth.modes)
      json["modes"].push_back({{"words", mode.words},
                               {"where", conjunction_json(mode.where)},
                               {"sql", mode.where.empty() ? "true" : table::where_clause(mode.where)},
                               {"strength", mode.strength},
                               {"failure_rate", mode.failure_rate},
                               {"n", mode.n},
                               {"failures", mode.failures}});
    json["regimes"] = Json::array();
    for (const auto& regime : truth.regimes) {
      const bool timed = regime.end > 0;
      json["regimes"].push_back({{"mode", regime.mode},
                                 {"begin_row", regime.begin_row},
                                 {"end_row", regime.end_row},
                                 {"begin_micros", timed ? Json(regime.begin) : Json(nullptr)},
                                 {"end_micros", timed ? Json(regime.end) : Json(nullptr)},
                                 {"ramp_rows", regime.ramp_rows}});
    }
  }
  if (truth.delay)
    json["label_delay"] = {
        {"median_micros", truth.delay->median_micros}, {"spread", truth.delay->spread}, {"never", truth.delay->never}};
}

}  // namespace

std::string truth_json(const Truth& truth) {
  Json json{{"format", "errata-truth"},
            {"version", 1},
            {"kind", truth.kind},
            {"seed", truth.seed},
            {"rows", truth.rows},
            {"failures", truth.failures},
            {"failure", truth.failure},
            {"base_rate", truth.base_rate},
            {"failure_probability",
             {{"mean", truth.mean_rate}, {"lowest", truth.lowest_rate}, {"highest", truth.highest_rate}}}};
  json["hotspots"] = Json::array();
  for (const auto& hotspot : truth.hotspots) json["hotspots"].push_back(hotspot_json(hotspot));
  json["bad_periods"] = Json::array();
  for (const auto& period : truth.bad_periods)
    json["bad_periods"].push_back({{"begin_micros", period.begin},
                                   {"end_micros", period.end},
                                   {"failure_rate", period.failure_rate},
                                   {"n", period.n},
                                   {"failures", period.failures}});
  json["drifts"] = Json::array();
  for (const auto& drift : truth.drifts)
    json["drifts"].push_back({{"feature", drift.feature}, {"begin_micros", drift.begin}, {"shift", drift.shift}});
  json["miscalibrations"] = Json::array();
  for (const auto& part : truth.miscalibrations)
    json["miscalibrations"].push_back({{"where", conjunction_json(part.where)},
                                       {"sharpness", part.sharpness},
                                       {"n", part.n},
                                       {"mean_confidence", part.mean_confidence},
                                       {"accuracy", part.accuracy}});
  add_regimes(json, truth);
  return json.dump(2) + "\n";
}

std::string truth_path(const std::string& log_path) {
  const std::filesystem::path path(log_path);
  std::filesystem::path stem = path.stem();
  if (path.extension() == ".gz") stem = stem.stem();
  return (path.parent_path() / (stem.string() + ".truth.json")).string();
}

}  // namespace errata::simulate

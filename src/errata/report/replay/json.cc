// The replay as JSON. One function a struct, named after it, so that the file reads like the list of structs in
// replay/replay.h; docs/formats/replay-json.md documents the result and promises that keys are only ever added within
// a schema version. nlohmann writes the shortest digits that read back as the same double, and NaN and infinities as
// null.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/report/kit/interval.h"
#include "errata/report/kit/json_values.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/replay/advice.h"
#include "errata/report/replay/json.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

using Json = nlohmann::ordered_json;

Json mode_or_null(std::uint32_t mode) { return mode == memory::kNoMode ? Json(nullptr) : Json(mode); }

Json delay_json(const replay::Delay& delay) {
  return {{"steps", delay.steps}, {"micros", or_null(delay.micros)}, {"column", delay.column}};
}

Json bands_json(const stats::RiskCoverageBands& bands) {
  Json errors = Json::object();
  for (std::size_t i = 0; i < std::min(bands.error_at_coverage.size(), replay::kCoverages); ++i) {
    errors[coverage_key(i)] = interval_json(bands.error_at_coverage[i]);
  }
  return {{"aurc", interval_json(bands.aurc)},
          {"aurc_ratio_to_errata", interval_json(bands.ratio_to_reference)},
          {"error_at_coverage", std::move(errors)}};
}

Json online_json(const replay::OnlineCoverage& online) {
  return {{"target", online.target},
          {"coverage", online.coverage},
          {"error", online.error},
          {"hindsight_error", online.hindsight_error}};
}

Json score_json(const replay::ScoreResult& score) {
  Json errors = Json::object();
  for (std::size_t i = 0; i < replay::kCoverages; ++i) errors[coverage_key(i)] = score.error_at_coverage[i];
  Json coverage = Json::array();
  Json error = Json::array();
  for (const stats::RiskCoveragePoint& point : score.curve) {
    coverage.push_back(point.coverage);
    error.push_back(point.error);
  }
  return {{"aurc", score.areas.aurc},
          {"augrc", score.areas.augrc},
          {"oracle_aurc", score.areas.oracle_aurc},
          {"excess_aurc", score.areas.excess_aurc},
          {"error_at_coverage", std::move(errors)},
          {"bands", score.bands ? bands_json(*score.bands) : Json(nullptr)},
          {"curve", {{"coverage", std::move(coverage)}, {"error", std::move(error)}}}};
}

/// What was decided, and how much of it failed.
Json decisions_json(const replay::PolicyResult& policy) {
  return {{"accepted", policy.accepted},
          {"deferred", policy.deferred},
          {"abstained", policy.abstained},
          {"accepted_failures", policy.accepted_failures},
          {"deferred_failures", policy.deferred_failures},
          {"abstained_failures", policy.abstained_failures},
          {"accepted_without_outcome", policy.accepted_unknown},
          {"cold", policy.cold},
          {"cold_without_outcome", policy.cold_unknown},
          {"coverage", rate_of(policy.accepted, policy.cases)},
          {"risk", rate_of(policy.accepted_failures, policy.accepted)}};
}

Json policy_json(const replay::PolicyResult& policy, const std::string& guarantee) {
  const selective::SelectivePolicyOptions& options = policy.options;
  Json json{{"coverage_target", or_null(options.coverage)},
            {"risk_target", or_null(options.risk)},
            {"method", options.risk ? Json(selective::word(options.method)) : Json(nullptr)},
            {"delta", options.delta},
            {"step", options.step},
            {"rolling_window", options.rolling_window},
            {"defer_share", options.defer_share},
            {"cold_start", options.cold_start},
            {"cold_decision", selective::word(options.cold_decision)},
            {"window", options.window},
            {"cases", policy.cases}};
  json.update(decisions_json(policy));
  json["guarantee"] = guarantee;
  return json;
}

Json bin_json(const replay::TimeBin& bin) {
  return {{"first_case", bin.first_case},
          {"cases", bin.cases},
          {"begin", bin.begin},
          {"end", bin.end},
          {"failures", bin.failures},
          {"accepted", bin.accepted},
          {"accepted_failures", bin.accepted_failures},
          {"mean_risk", bin.mean_risk},
          {"mean_danger", bin.mean_danger},
          {"threshold", bin.threshold},
          {"mode_activity", bin.mode_activity}};
}

Json stream_or_null(const replay::Replay& replay, std::size_t stream) {
  return stream < replay.streams.size() ? Json(replay.streams[stream].name) : Json(nullptr);
}

Json mode_json(const replay::Replay& replay, const replay::ModeResult& result) {
  const memory::Mode& mode = result.mode;
  return {{"id", mode.id},
          {"retired", result.retired},
          {"words", result.words},
          {"rule", result.rule.empty() ? "" : words_of(result.rule)},
          {"rule_where", result.rule.empty() ? "" : table::where_clause(result.rule)},
          {"failures", mode.failures},
          {"near", {{"cases", mode.near.trials}, {"failures", mode.near.failures}}},
          {"rate", mode.rate},
          {"activity", mode.activity},
          {"recent_failures", mode.recent_failures},
          {"recent_cases", mode.recent_cases},
          {"effective_cases", mode.effective_cases},
          {"confidence", mode.confidence},
          {"born", mode.born},
          {"first_seen", mode.first_seen},
          {"last_seen", mode.last_seen},
          {"centre", mode.centre},
          {"spread", mode.spread},
          {"place", result.position},
          {"examples", mode.examples},
          {"example_rows", result.example_rows},
          {"stream", stream_or_null(replay, result.stream)}};
}

Json event_json(const memory::RegimeEvent& event) {
  return {{"change", memory::name_of(event.change)},
          {"mode", mode_or_null(event.mode)},
          {"regime", event.regime},
          {"onset", event.onset},
          {"time", event.time},
          {"known", event.known},
          {"log_evidence", event.log_evidence},
          {"rate_before", event.rate_before},
          {"rate", event.rate},
          {"cases", event.cases}};
}

Json regime_json(const replay::Replay& replay, const replay::Regime& regime) {
  return {{"mode", mode_or_null(regime.mode)},
          {"onset", regime.onset},
          {"began", regime.began},
          {"known", regime.known},
          {"ended", or_null(regime.ended)},
          {"rate_before", regime.rate_before},
          {"rate", regime_rate(regime)},
          {"rate_when_told", regime.rate},
          {"log_evidence", regime.log_evidence},
          {"cases", regime.cases},
          {"failures", regime.failures},
          {"changes", array_of(regime.changes, event_json)},
          {"stream", stream_or_null(replay, regime.stream)}};
}

Json stream_json(const replay::StreamResult& stream) {
  Json json{{"name", stream.name},
            {"missing", stream.missing},
            {"cases", stream.cases},
            {"trained", stream.trained},
            {"warm", stream.warm},
            {"evaluated", stream.evaluated},
            {"without_outcome", stream.without_outcome},
            {"failures", stream.failures},
            {"failure_rate", rate_of(stream.failures, stream.evaluated - stream.without_outcome)}};
  json.update(decisions_json(stream.policy));
  json["modes"] = stream.modes;
  json["regimes"] = stream.regimes;
  json["regimes_on"] = stream.regimes_on;
  json["guarantee"] = guarantee_words(stream.policy);
  return json;
}

Json calibration_bin_json(const stats::ReliabilityBin& bin) {
  return {{"mean_risk", bin.mean_score},
          {"failure_rate", bin.observed},
          {"interval", interval_json(interval_of(bin.happened, bin.n))},
          {"cases", bin.n}};
}

Json expert_json(const replay::ExpertShare& expert) { return {{"name", expert.name}, {"weight", expert.weight}}; }

Json plain_p_json(double p) { return {{"p", p}, {"log10_p", std::log10(p)}}; }

Json correction_json(const replay::CorrectionResult& correction) {
  return {{"mode", mode_or_null(correction.mode)},
          {"words", correction.words},
          {"cases", correction.cases},
          {"error", correction.error},
          {"flipped_error", correction.flipped_error},
          {"specialist_error", correction.specialist_error},
          {"all_flipped_error", correction.all_flipped_error},
          {"p_value", plain_p_json(correction.p_value)},
          {"harm_p_value", plain_p_json(correction.harm_p_value)},
          {"better", correction.better},
          {"verdict", replay::name_of(correction.verdict)}};
}

Json scores_json(const replay::Replay& replay) {
  Json scores = Json::object();
  for (const replay::ScoreResult& score : replay.scores) scores[score.name] = score_json(score);
  if (scores.contains(kErrata)) scores[kErrata]["online"] = array_of(replay.online, online_json);
  return scores;
}

}  // namespace

std::string replay_json(const replay::Replay& replay, int indent) {
  Json json{{"schema", "errata.replay"},
            {"schema_version", kReplaySchemaVersion},
            {"errata", ERRATA_VERSION},
            {"files", replay.files},
            {"rows", replay.rows},
            {"trained", replay.trained},
            {"warm", replay.warm},
            {"evaluated", replay.evaluated},
            {"without_outcome", replay.without_outcome},
            {"time_unit", replay.has_time ? "microseconds since 1970-01-01 UTC" : "steps"},
            {"delay", delay_json(replay.delay)},
            {"failures", replay.failures},
            {"failure_rate", rate_of(replay.failures, known_cases(replay))}};
  json["scores"] = scores_json(replay);
  json["policy"] = policy_json(replay.policy, guarantee_words(replay));
  json["bins"] = array_of(replay.bins, bin_json);
  json["modes"] = array_of(replay.modes, [&](const auto& mode) { return mode_json(replay, mode); });
  json["regimes"] = array_of(replay.regimes, [&](const auto& regime) { return regime_json(replay, regime); });
  json["calibration"] = {{"ece", replay.calibration_error},
                         {"brier", replay.brier},
                         {"bins", array_of(replay.calibration, calibration_bin_json)}};
  json["experts"] = array_of(replay.experts, expert_json);
  json["corrections"] = array_of(replay.corrections, correction_json);
  json["advice"] = replay_advice(replay);
  json["warnings"] = replay.warnings;
  json["stream_column"] = replay.stream_column.empty() ? Json(nullptr) : Json(replay.stream_column);
  json["streams"] = array_of(replay.streams, stream_json);
  return json_text(json, indent);
}

}  // namespace errata::report

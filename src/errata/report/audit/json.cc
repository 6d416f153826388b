// The audit as JSON. One function a struct of audit/audit.h, named after it; docs/formats/audit-json.md documents the
// result and promises that keys are only ever added within a schema version.
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "errata/report/audit/json.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/json_values.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;

Json subject_json(const audit::AuditSubject& subject) {
  return {{"model", subject.model},
          {"data", subject.data},
          {"runtime", subject.runtime},
          {"seed", subject.seed},
          {"split", subject.split},
          {"train", {{"cases", subject.train_cases}, {"failures", subject.train_failures}}},
          {"calibration", {{"cases", subject.calibration_cases}, {"failures", subject.calibration_failures}}},
          {"columns", subject.columns},
          {"target", subject.target.empty() ? Json() : Json(subject.target)},
          {"train_seconds", subject.train_seconds},
          {"epochs", subject.epochs},
          {"steps", subject.steps},
          {"tried", array_of(subject.tried, [](const audit::TriedLength& tried) {
             return Json{{"target", audit::word(tried.target)},
                         {"epochs", tried.epochs},
                         {"steps", tried.steps},
                         {"held_out_log_loss", tried.loss}};
           })}};
}

Json pair_json(const audit::BuiltInPair& pair) {
  return {{"primary_accuracy", pair.primary_accuracy},
          {"primary_seconds", pair.primary_seconds},
          {"capture_seconds", pair.capture_seconds},
          {"auroc_on_training_cases", pair.auroc_on_training_cases},
          {"msp_auroc_on_training_cases", pair.msp_auroc_on_training_cases}};
}

Json difference_json(const audit::FigureDifference& less) {
  return {{"difference", less.difference}, {"low", less.low}, {"high", less.high}, {"p_value", less.p_value}};
}

Json detector_json(const audit::DetectorResult& detector, bool with_curves) {
  Json json{{"words", detector.words}};
  for (const auto& info : audit::figures()) {
    const auto& estimate = detector.metrics[info.figure];
    json[std::string(info.name)] = {{"value", estimate.value}, {"interval", interval_json(estimate.interval)}};
  }
  json["auroc_less_msp"] = difference_json(detector.less_msp);
  json["auroc_less_auditor"] = difference_json(detector.less_auditor);
  if (!with_curves) return json;
  json["roc"] = array_of(detector.roc, [](const audit::RocPoint& point) {
    return Json::array({point.false_positive_rate, point.true_positive_rate});
  });
  json["risk_coverage"] = array_of(detector.risk_coverage, [](const stats::RiskCoveragePoint& point) {
    return Json::array({point.coverage, point.error});
  });
  return json;
}

Json point_json(const audit::OperatingPoint& point) {
  return {{"rule", audit::name_of(point.rule)}, {"target", point.target},        {"delta", point.delta},
          {"threshold", point.at.threshold},    {"coverage", point.at.coverage}, {"risk_bound", point.at.risk_bound}};
}

Json realised_json(const audit::RealisedPoint& realised) {
  Json json = point_json(realised.point);
  json["realised"] = {{"coverage", realised.realised.coverage},
                      {"risk", realised.realised.risk},
                      {"risk_interval", interval_json(realised.realised.risk_interval)},
                      {"accepted", realised.realised.accepted.trials},
                      {"abstained", realised.realised.abstained.trials},
                      {"base_risk", realised.realised.base_risk}};
  json["and_alike"] = {{"coverage", realised.alike.coverage},
                       {"risk", realised.alike.risk},
                       {"accepted", realised.alike.accepted.trials}};
  return json;
}

/// By columns, which takes a third of the room of an object a case.
Json sample_json(const std::vector<audit::CasePoint>& sample) {
  const auto column = [&](auto member) {
    return array_of(sample, [&](const audit::CasePoint& point) { return std::invoke(member, point); });
  };
  return {
      {"confidence", column(&audit::CasePoint::confidence)},
      {"risk", column(&audit::CasePoint::risk)},
      {"failed", column(&audit::CasePoint::failed)},
      {"pca", array_of(sample, [](const audit::CasePoint& point) { return Json::array({point.pca1, point.pca2}); })}};
}

Json set_json(const audit::SetResult& set) {
  const std::vector<const audit::DetectorResult*> shown = shown_detectors(set);
  Json detectors = Json::object();
  for (const auto& detector : set.detectors)
    detectors[detector.name] = detector_json(detector, std::ranges::find(shown, &detector) != shown.end());
  return {
      {"name", set.name},
      {"words", set.words},
      {"exchangeable", set.exchangeable},
      {"cases", set.cases},
      {"failures", set.failures},
      {"label_accuracy", set.label_accuracy},
      {"unlike", set.unlike},
      {"know_more", array_of(better_detectors(set), [](const audit::DetectorResult* better) { return better->name; })},
      {"detectors", std::move(detectors)},
      {"reliability", array_of(set.reliability,
                               [](const stats::ReliabilityBin& bin) {
                                 return Json{{"low", bin.low},
                                             {"high", bin.high},
                                             {"cases", bin.n},
                                             {"mean_risk", bin.mean_score},
                                             {"failure_rate", bin.observed}};
                               })},
      {"operating_points", array_of(set.points, realised_json)},
      {"sample", sample_json(set.sample)}};
}

Json left_out_json(const audit::LeftOutResult& result) {
  return {{"group", result.group},
          {"family", result.family},
          {"cases", result.cases},
          {"failures", result.failures},
          {"auroc", result.auditor_auroc},
          {"msp_auroc", result.msp_auroc},
          {"label_accuracy", result.label_accuracy}};
}

Json evidence_json(const audit::EvidenceResult& evidence) {
  return {{"name", evidence.name},
          {"auroc_lost", evidence.auroc_lost},
          {"auroc_lost_sd", evidence.auroc_lost_sd},
          {"integrated", evidence.integrated},
          {"integrated_sd", evidence.integrated_sd}};
}

}  // namespace

std::string audit_json(const audit::Audit& audit, int indent) {
  const auto words_of = [](const AuditFinding& finding) { return finding.words; };
  const Json json{{"schema", "errata.audit"},
                  {"schema_version", kAuditSchemaVersion},
                  {"errata", ERRATA_VERSION},
                  {"subject", subject_json(audit.subject)},
                  {"no_auditor", audit.no_auditor.empty() ? Json() : Json(audit.no_auditor)},
                  {"built_in", audit.built_in ? pair_json(*audit.built_in) : Json()},
                  {"findings", array_of(audit_findings(audit), words_of)},
                  {"advice", audit_advice(audit)},
                  {"calibration", audit.calibration},
                  {"operating_points", array_of(audit.points, point_json)},
                  {"unlike_share", audit.unlike_share},
                  {"sets", array_of(audit.sets, set_json)},
                  {"left_out", array_of(audit.left_out, left_out_json)},
                  {"evidence", array_of(audit.evidence, evidence_json)},
                  {"channels", array_of(audit.channels, evidence_json)},
                  {"evidence_stability", audit.evidence_stability},
                  {"warnings", audit.warnings}};
  return json_text(json, indent);
}

}  // namespace errata::report

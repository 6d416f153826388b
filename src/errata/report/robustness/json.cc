#include "errata/report/robustness/json.h"

#include <nlohmann/json.hpp>

#include "errata/report/kit/json_values.h"
#include "errata/report/robustness/words.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;
using robustness::Robustness;

Json figure_json(const robustness::Figure& figure) {
  const auto& info = robustness::info_of(figure.quantity);
  Json json{{"name", info.name},
            {"value", figure.value},
            {"interval", interval_json(figure.interval)},
            {"cases", figure.cases}};
  if (figure.limit) {
    json["gate"] = info.gate;
    json["limit"] = *figure.limit;
    json["must_be"] = info.at_least ? "at least" : "at most";
    json["passes"] = figure.passes();
  }
  return json;
}

Json check_json(const robustness::CheckResult& result) {
  const auto& info = robustness::info_of(result.check);
  return {{"name", info.name},
          {"question", info.words},
          {"verdict", robustness::name_of(result.verdict())},
          {"why_not_measured",
           result.why == robustness::Unmeasured::none ? Json(nullptr) : Json(robustness::name_of(result.why))},
          {"figures", array_of(result.figures, figure_json)}};
}

Json sweep_json(const robustness::SweepRow& row) {
  return {{"corruption", row.corruption}, {"cases", row.cases}, {"accuracy", row.accuracy}, {"retained", row.retained}};
}

Json bin_json(const stats::ReliabilityBin& bin) {
  return {{"low", bin.low},
          {"high", bin.high},
          {"cases", bin.n},
          {"mean_confidence", bin.mean_score},
          {"accuracy", bin.observed}};
}

Json level_json(const robustness::LevelRow& row) {
  return {{"severity", row.level},
          {"cases", row.cases},
          {"accuracy", row.accuracy},
          {"accuracy_interval", interval_json(row.accuracy_interval)},
          {"confidence", row.confidence},
          {"ece", row.ece},
          {"ece_interval", interval_json(row.ece_interval)},
          {"reliability", array_of(row.reliability, bin_json)}};
}

Json foreign_json(const robustness::ForeignRow& row) {
  return {{"set", row.set},     {"pictures", row.pictures},
          {"fpr95", row.fpr95}, {"fpr95_interval", interval_json(row.fpr95_interval)},
          {"auroc", row.auroc}, {"auroc_interval", interval_json(row.auroc_interval)}};
}

Json flip_json(const robustness::FlipRow& row) {
  return {{"perturbation", row.perturbation},
          {"sequences", row.sequences},
          {"pairs", row.pairs},
          {"flips", row.flips},
          {"rate", row.rate},
          {"interval", interval_json(row.interval)}};
}

Json count_json(const stats::FailureCount& count) {
  return {{"cases", count.trials}, {"failures", count.failures}, {"rate", stats::failure_rate(count)}};
}

Json gap_json(const robustness::GapRow& row) {
  return {{"where", row.sql},
          {"slice", count_json(row.slice)},
          {"rest", count_json(row.rest)},
          {"gap", row.gap},
          {"interval", interval_json(row.interval)}};
}

Json retention_json(const std::optional<stats::PairedCounts>& counts) {
  if (!counts) return nullptr;
  return {{"both_fail", counts->both},
          {"only_earlier_fails", counts->only_first},
          {"only_this_fails", counts->only_second},
          {"neither_fails", counts->neither}};
}

}  // namespace

std::string robustness_json(const Robustness& made, int indent) {
  return json_text(Json{{"schema", "errata.robustness"},
                        {"schema_version", kRobustnessSchemaVersion},
                        {"headline", robustness_headline(made)},
                        {"passed", made.passed()},
                        {"model", made.subject.model},
                        {"data", made.subject.data},
                        {"earlier", made.subject.earlier},
                        {"of_log", made.subject.of_log},
                        {"seed", made.options.seed},
                        {"cases", made.cases},
                        {"failures", made.failures},
                        {"checks", array_of(made.results, check_json)},
                        {"severities", made.levels},
                        {"middle_severity", made.levels.empty() ? Json(nullptr) : Json(made.levels[made.middle])},
                        {"sweep", array_of(made.sweep, sweep_json)},
                        {"calibration", array_of(made.calibration, level_json)},
                        {"rejecting_score", made.rejecting_score},
                        {"foreign", array_of(made.foreign, foreign_json)},
                        {"flips", array_of(made.flips, flip_json)},
                        {"slices_tested", made.slices_tested},
                        {"slices", array_of(made.gaps, gap_json)},
                        {"retention", retention_json(made.retention)},
                        {"notes", made.subject.notes}},
                   indent);
}

}  // namespace errata::report

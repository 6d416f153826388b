#include <nlohmann/json.hpp>

#include "errata/report/analysis/comparison.h"
#include "errata/report/analysis/on_log_json.h"
#include "errata/report/analysis/predicate_json.h"
#include "errata/report/kit/json_values.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/table/pandas_query.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;

Json log_json(const slice::ComparedLog& log) {
  const auto& compared = log.compared;
  return {{"files", log.files},
          {"rows", log.rows},
          {"failures", log.failures},
          {"rate", log.rate},
          {"interval", interval_json(log.interval)},
          {"compared", {{"n", compared.trials}, {"failures", compared.failures}, {"rate", failure_rate(compared)}}},
          {"warnings", log.warnings}};
}

Json pairing_json(const slice::PairedCases& pairing) {
  const bool by_id = pairing.by == slice::PairedBy::id;
  return {{"by", slice::name_of(pairing.by)},
          {"guessed", pairing.guessed},
          {"first_column", by_id ? Json(pairing.first_column) : Json(nullptr)},
          {"second_column", by_id ? Json(pairing.second_column) : Json(nullptr)},
          {"pairs", pairing.cases},
          {"first_unmatched", pairing.first_unmatched},
          {"second_unmatched", pairing.second_unmatched}};
}

Json paired_json(const std::optional<stats::PairedCounts>& paired) {
  if (!paired) return nullptr;
  return {{"both", paired->both},
          {"only_first", paired->only_first},
          {"only_second", paired->only_second},
          {"neither", paired->neither}};
}

Json slice_json(const slice::ComparedSlice& compared) {
  const bool comparable = compared.change != slice::Change::incomparable;
  return {{"change", slice::name_of(compared.change)},
          {"words", words_of(compared.where)},
          {"where", where_json(compared.where)},
          {"sql", compared.sql},
          {"pandas", table::pandas_query(compared.where)},
          {"found_on", slice::name_of(compared.found_on)},
          {"first", on_log_json(compared.first)},
          {"second", on_log_json(compared.second)},
          {"paired_failures", paired_json(compared.paired)},
          {"difference", comparable ? Json(compared.second.rate - compared.first.rate) : Json(nullptr)},
          {"difference_interval", comparable ? interval_json(compared.difference) : Json(nullptr)},
          {"p_value", comparable ? p_value_json(compared.log_p) : Json(nullptr)},
          {"p_adjusted", comparable ? p_value_json(compared.log_p_adjusted) : Json(nullptr)}};
}

Json metric_json(const slice::MetricChange& change) {
  return {{"metric", slice::name_of(change.metric)},
          {"first", change.first},
          {"second", change.second},
          {"difference", change.second - change.first},
          {"interval", interval_json(change.interval)},
          {"higher_is_better", slice::higher_is_better(change.metric)}};
}

}  // namespace

std::string comparison_json(const slice::Comparison& comparison, int indent) {
  const auto& rule = comparison.rule;
  const double difference = failure_rate(comparison.second.compared) - failure_rate(comparison.first.compared);
  Json json{{"schema", "errata.comparison"},
            {"schema_version", kComparisonSchemaVersion},
            {"first", log_json(comparison.first)},
            {"second", log_json(comparison.second)},
            {"task", table::name_of(comparison.task)},
            {"positive", or_null(comparison.positive)},
            {"rule",
             {{"words", rule.words},
              {"sql", rule.sql},
              {"threshold", or_null(rule.threshold)},
              {"confident", or_null(rule.confident)}}},
            {"pairing", pairing_json(comparison.pairing)},
            {"change", slice::name_of(comparison.change)},
            {"test", comparison.paired ? "mcnemar" : "fisher"},
            {"paired_failures", paired_json(comparison.paired)},
            {"difference", difference},
            {"difference_interval", interval_json(comparison.difference)},
            {"p_value", p_value_json(comparison.log_p)},
            {"fdr", comparison.fdr},
            {"is_worse", comparison.is_worse()},
            {"metrics", array_of(comparison.metrics.changes, metric_json)},
            {"bootstrap_replicates", comparison.metrics.replicates},
            {"slices", array_of(comparison.slices, slice_json)},
            {"warnings", comparison.warnings}};
  return json_text(json, indent);
}

}  // namespace errata::report

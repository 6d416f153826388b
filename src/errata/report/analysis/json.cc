// The analysis as JSON. One function a struct, named after it, so that the file reads like the list of structs in
// slice/analysis.h; docs/formats/report-json.md documents the result and promises that keys are only ever added
// within a schema version. nlohmann writes NaN and infinities as null by itself.
#include "errata/report/analysis/json.h"

#include <nlohmann/json.hpp>

#include "errata/report/analysis/examples_json.h"
#include "errata/report/analysis/figures.h"
#include "errata/report/analysis/groups_json.h"
#include "errata/report/analysis/metrics_json.h"
#include "errata/report/analysis/on_log_json.h"
#include "errata/report/analysis/predicate_json.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/json_values.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/table/pandas_query.h"

namespace errata::report {

namespace {

using Json = nlohmann::ordered_json;

Json roles_json(const table::Roles& roles) {
  return {{"label", or_null(roles.label)}, {"prediction", or_null(roles.prediction)},
          {"score", or_null(roles.score)}, {"scores", roles.scores},
          {"time", or_null(roles.time)},   {"stream", or_null(roles.stream)},
          {"id", or_null(roles.id)},       {"weight", or_null(roles.weight)},
          {"loss", or_null(roles.loss)},   {"embedding", or_null(roles.embedding)},
          {"features", roles.features},    {"ignored", roles.ignored},
          {"guessed", roles.guessed}};
}

Json rule_json(const table::FailureRule& rule) {
  return {{"words", rule.words},
          {"sql", rule.sql},
          {"numeric_loss", rule.kind == table::FailureRule::Kind::loss},
          {"threshold", or_null(rule.threshold)},
          {"confident", or_null(rule.confident)}};
}

Json options_json(const slice::Analysis& analysis) {
  const slice::AnalysisOptions& options = analysis.options;
  const slice::ConfirmOptions& confirm = options.confirm;
  const slice::SearchOptions& search = confirm.search;
  Json support =
      search.min_support.rows ? Json{{"rows", *search.min_support.rows}} : Json{{"share", search.min_support.share}};
  return {{"bins", options.coding.bins},
          {"rank", slice::name_of(search.rank)},
          {"alpha", search.alpha},
          {"top", search.top},
          {"max_predicates", search.max_predicates},
          {"min_support", std::move(support)},
          {"search_labels", options.search_labels},
          {"confirm", name_of(confirm.split)},
          {"search_share", search_share_of(confirm, analysis.rows)},
          {"fdr", confirm.fdr},
          {"seed", confirm.seed},
          {"rounds", confirm.rounds},
          {"near_equal", confirm.near_equal}};
}

Json excess_json(const std::optional<slice::Excess>& excess) {
  if (!excess) return nullptr;
  return {{"expected", excess->expected},
          {"expected_rate", excess->expected_rate},
          {"excess", excess->excess},
          {"interval", interval_json(excess->interval)},
          {"claimed_rate", or_null(excess->claimed_rate)},
          {"tested",
           {{"n", excess->tested_n}, {"failures", excess->tested_failures}, {"expected", excess->tested_expected}}},
          {"p_value", p_value_json(excess->log_p)},
          {"p_adjusted", p_value_json(excess->log_p_adjusted)},
          {"belief", slice::name_of(excess->belief)}};
}

Json claim_json(const slice::Claim& claim) {
  return {{"n", claim.n},
          {"failures", claim.failures},
          {"claimed_rate", claim.claimed_rate},
          {"rate", claim.rate},
          {"p_value", p_value_json(claim.log_p)}};
}

Json single_json(const slice::SingleSlice& single) {
  Json metrics = Json::object();
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value) metrics[name] = *value;
  };
  add("accuracy", single.accuracy);
  add("balanced_accuracy", single.balanced_accuracy);
  add("roc_auc", single.roc_auc);
  add("average_precision", single.average_precision);
  add("log_loss", single.log_loss);
  add("brier", single.brier);
  add("ece", single.ece);
  add("mae", single.mae);
  add("rmse", single.rmse);
  add("bias", single.bias);
  add("r2", single.r2);
  return {{"words", words_of(single.where)},
          {"where", where_json({single.where})},
          {"n", single.n},
          {"failures", single.failures},
          {"rate", single.rate},
          {"interval", interval_json(single.interval)},
          {"baseline", single.baseline},
          {"lift", single.lift},
          {"risk_difference", single.risk_difference},
          {"share_of_failures", single.share_of_failures},
          {"mean_loss", single.mean_loss},
          {"p_value", p_value_json(single.log_p)},
          {"p_adjusted", p_value_json(single.log_p_adjusted)},
          {"metrics", std::move(metrics)}};
}

Json singles_json(const std::vector<slice::SingleSlices>& features) {
  Json json = Json::array();
  for (const slice::SingleSlices& feature : features) {
    Json slices = Json::array();
    for (const slice::SingleSlice& single : feature.slices) slices.push_back(single_json(single));
    json.push_back({{"feature", feature.feature},
                    {"source", table::name_of(feature.source)},
                    {"ordered", feature.ordered},
                    {"slices", std::move(slices)}});
  }
  return json;
}

Json counts_json(const slice::Slice& slice, bool losses) {
  const auto n = static_cast<double>(slice.n);
  Json json{{"n", slice.n}, {"failures", slice.failures}, {"rate", static_cast<double>(slice.failures) / n}};
  if (losses) {
    json["loss"] = slice.loss;
    json["mean_loss"] = slice.loss / n;
  }
  return json;
}

Json named_slice_json(const slice::Analysis& analysis, const slice::NamedSlice& named) {
  const bool losses = by_loss(analysis);
  const slice::TestedSlice& tested = named.slice;
  const SliceFigures figures = figures_of(analysis, tested.whole);
  Json json{{"words", words_of(analysis, named)}, {"where", where_json(named.where)}, {"sql", named.sql}};
  json["pandas"] = table::pandas_query(named.where);
  json.update(counts_json(tested.whole, losses));
  json["interval"] = interval_json(figures.interval);
  json["rest"] = figures.rest;
  json["lift"] = figures.lift;
  json["share_of_cases"] = figures.share_of_cases;
  json["share_of_failures"] = figures.share_of_failures;
  json["score"] = tested.whole.score;
  json["searched"] = counts_json(tested.searched, losses);
  json["held_out"] = counts_json(tested.confirmed, losses);
  json["p_value"] = p_value_json(tested.log_p);
  json["p_adjusted"] = p_value_json(tested.log_p_adjusted);
  json["confirmed"] = tested.is_confirmed;
  json["excess"] = excess_json(named.excess);
  json["kinds"] = kinds_json(analysis, named.kinds);
  return json;
}

Json hotspot_json(const slice::Analysis& analysis, const slice::NamedHotspot& hotspot) {
  Json json = named_slice_json(analysis, hotspot.slice);
  json["added_failures"] = hotspot.added_failures;
  json["inside"] = hotspot.inside ? Json(*hotspot.inside + 1) : Json(nullptr);
  if (hotspot.inside) json["rest_of_outer"] = counts_json(hotspot.rest_of_outer, by_loss(analysis));
  if (hotspot.classes) json["classes"] = class_metrics_json(*hotspot.classes);
  if (hotspot.numbers) json["numbers"] = number_metrics_json(*hotspot.numbers);
  json["examples"] = examples_json(hotspot.examples);
  Json folded = Json::array();
  for (const slice::NamedFold& fold : hotspot.folded) {
    Json entry = named_slice_json(analysis, fold.slice);
    entry["reason"] = slice::name_of(fold.reason);
    entry["jaccard"] = fold.jaccard;
    folded.push_back(std::move(entry));
  }
  json["folded"] = std::move(folded);
  return json;
}

Json saved_json(const slice::Analysis& analysis, const slice::SavedSlice& saved) {
  Json json{{"words", words_of(saved.where)}, {"where", where_json(saved.where)}, {"sql", saved.sql}};
  json["pandas"] = table::pandas_query(saved.where);
  json.update(on_log_json(saved.on_log));
  if (saved.on_log.unmeasurable.empty()) json["excess"] = excess_json(saved.excess);
  if (saved.on_log.unmeasurable.empty()) json["kinds"] = kinds_json(analysis, saved.kinds);
  return json;
}

/// The exact top-k on all cases: nothing is held out, so there is nothing to say about confirmation.
Json top_json(const slice::Analysis& analysis) {
  Json slices = Json::array();
  for (const slice::NamedSlice& named : analysis.top_slices) {
    Json json{{"words", words_of(named.where)}, {"where", where_json(named.where)}, {"sql", named.sql}};
    json["pandas"] = table::pandas_query(named.where);
    json.update(counts_json(named.slice.whole, by_loss(analysis)));
    json["score"] = named.slice.whole.score;
    slices.push_back(std::move(json));
  }
  return {{"min_support_rows", analysis.top.min_support_rows}, {"slices", std::move(slices)}};
}

Json over_time_json(const slice::OverTime& over_time) {
  Json periods = Json::array();
  for (const slice::Period& period : over_time.periods) {
    periods.push_back({{"label", period.label},
                       {"begin", period.begin},
                       {"end", period.end},
                       {"n", period.n},
                       {"failures", period.failures},
                       {"rate", period.rate},
                       {"interval", interval_json(period.interval)}});
  }
  Json segments = Json::array();
  for (const slice::Segment& segment : over_time.segments) {
    segments.push_back({{"first", segment.first},
                        {"last", segment.last},
                        {"n", segment.n},
                        {"failures", segment.failures},
                        {"rate", segment.rate},
                        {"interval", interval_json(segment.interval)}});
  }
  return {{"column", over_time.column},
          {"granularity", slice::name_of(over_time.granularity)},
          {"unit", over_time.steps ? "steps" : "microseconds since 1970-01-01 UTC"},
          {"periods", std::move(periods)},
          {"segments", std::move(segments)},
          {"penalty", over_time.penalty},
          {"runs", {{"z", over_time.runs.statistic}, {"p_value", p_value_json(over_time.runs.log_p)}}},
          {"dispersion",
           {{"ratio", over_time.dispersion.statistic}, {"p_value", p_value_json(over_time.dispersion.log_p)}}},
          {"missing_times", over_time.missing_times},
          {"sentinel_times", over_time.sentinel_times},
          {"backward_steps", over_time.backward_steps}};
}

Json drift_json(const slice::Drift& drift) {
  Json columns = Json::array();
  for (const slice::ColumnDrift& column : drift.columns) {
    columns.push_back({{"column", column.column},
                       {"is_score", column.is_score},
                       {"psi", column.psi},
                       {"test", column.test},
                       {"statistic", column.result.statistic},
                       {"p_value", p_value_json(column.result.log_p)},
                       {"p_adjusted", p_value_json(column.log_p_adjusted)},
                       {"missing_before", column.missing_before},
                       {"missing_after", column.missing_after}});
  }
  return {{"reference_end", drift.reference_end},
          {"reference_rows", drift.reference_rows},
          {"rest_rows", drift.rest_rows},
          {"columns", std::move(columns)}};
}

Json association_json(const slice::Association& association) {
  return {{"feature", association.feature},
          {"numeric", association.numeric},
          {"mutual_information_bits", association.mutual_information},
          {"effect", association.effect},
          {"effect_name", association.effect_name},
          {"p_value", p_value_json(association.log_p)},
          {"p_adjusted", p_value_json(association.log_p_adjusted)}};
}

Json tree_json(const slice::ErrorTree& tree) {
  Json nodes = Json::array();
  for (const slice::TreeNode& node : tree.nodes) {
    nodes.push_back({{"split", node.split ? predicate_json(*node.split) : Json(nullptr)},
                     {"yes", node.split ? Json(node.yes) : Json(nullptr)},
                     {"no", node.split ? Json(node.no) : Json(nullptr)},
                     {"n", node.n},
                     {"failures", node.failures},
                     {"rate", node.rate},
                     {"interval", interval_json(node.interval)}});
  }
  return {{"depth", tree.depth},       {"cost", tree.cost},
          {"deviance", tree.deviance}, {"root_deviance", tree.root_deviance},
          {"penalty", tree.penalty},   {"nodes", std::move(nodes)}};
}

Json pair_json(const slice::PairRates& pair) {
  return {{"feature_x", pair.feature_x},
          {"feature_y", pair.feature_y},
          {"bins_x", where_json(pair.bins_x)},
          {"bins_y", where_json(pair.bins_y)},
          {"n", pair.n},
          {"failures", pair.failures},
          {"left_out", pair.left_out}};
}

template <typename T, typename Function>
Json json_or_null(const std::optional<T>& value, Function function) {
  return value ? function(*value) : Json(nullptr);
}

}  // namespace

std::string analysis_json(const slice::Analysis& analysis, int indent) {
  Json json{{"schema", "errata.analysis"},
            {"schema_version", kAnalysisSchemaVersion},
            {"errata", ERRATA_VERSION},
            {"files", analysis.files},
            {"rows", analysis.rows},
            {"failures", analysis.failures},
            {"rate", static_cast<double>(analysis.failures) / static_cast<double>(analysis.rows)},
            {"interval", interval_json(analysis.rate_interval)},
            {"loss", analysis.loss},
            {"mean_loss", analysis.loss / static_cast<double>(analysis.rows)},
            {"roles", roles_json(analysis.roles)},
            {"task", table::name_of(analysis.task)},
            {"rule", rule_json(analysis.rule)},
            {"options", options_json(analysis)},
            {"warnings", analysis.warnings},
            {"classes", json_or_null(analysis.classes, class_metrics_json)},
            {"numbers", json_or_null(analysis.numbers, number_metrics_json)}};
  json["searched_rows"] = analysis.searched_rows;
  json["held_out_rows"] = analysis.confirm_rows;
  json["tested"] = analysis.tested;
  Json& hotspots = json["hotspots"] = Json::array();
  for (const slice::NamedHotspot& hotspot : analysis.hotspots) hotspots.push_back(hotspot_json(analysis, hotspot));
  Json& safe = json["safe"] = Json::array();
  for (const slice::NamedSlice& named : analysis.safe) safe.push_back(named_slice_json(analysis, named));
  Json& silent = json["fails_more_than_believed"] = Json::array();
  for (const slice::NamedSlice& named : analysis.more_than_believed) {
    silent.push_back(named_slice_json(analysis, named));
  }
  Json& unconfirmed = json["unconfirmed"] = Json::array();
  for (const slice::NamedSlice& named : analysis.unconfirmed) unconfirmed.push_back(named_slice_json(analysis, named));
  Json& saved = json["saved_slices"] = Json::array();
  for (const slice::SavedSlice& slice : analysis.saved) saved.push_back(saved_json(analysis, slice));
  json["groups"] = json_or_null(analysis.groups, groups_json);
  json["top"] = top_json(analysis);
  json["features"] = singles_json(analysis.singles);
  json["over_time"] = json_or_null(analysis.over_time, over_time_json);
  json["drift"] = json_or_null(analysis.drift, drift_json);
  Json& associations = json["associations"] = Json::array();
  for (const slice::Association& association : analysis.associations) {
    associations.push_back(association_json(association));
  }
  json["tree"] = json_or_null(analysis.tree, tree_json);
  json["pair_rates"] = json_or_null(analysis.pair_rates, pair_json);
  json["claim"] = json_or_null(analysis.claim, claim_json);
  return json_text(json, indent);
}

std::string slices_json(const slice::SearchResult& result, const std::vector<std::vector<table::Predicate>>& where,
                        bool losses) {
  ERRATA_CHECK(where.size() == result.slices.size());
  Json slices = Json::array();
  for (std::size_t i = 0; i < where.size(); ++i) {
    Json slice{{"where", where_json(where[i], Detail::bare)}};
    slice.update(counts_json(result.slices[i], losses));
    slice["score"] = result.slices[i].score;
    slices.push_back(std::move(slice));
  }
  return json_text({{"rows", result.rows},
                    {"failures", result.failures},
                    {"min_support_rows", result.min_support_rows},
                    {"slices", std::move(slices)}},
                   2);
}

}  // namespace errata::report

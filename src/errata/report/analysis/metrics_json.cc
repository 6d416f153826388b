#include "errata/report/analysis/metrics_json.h"

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "errata/report/kit/json_values.h"

namespace errata::report {

namespace {

using Json = nlohmann::ordered_json;

Json binary_errors_json(const slice::BinaryErrors& errors) {
  return {{"positive", errors.positive},
          {"base_rate", errors.base_rate},
          {"false_negative_rate", errors.false_negative_rate},
          {"false_positive_rate", errors.false_positive_rate}};
}

Json confusions_json(const slice::ClassMetrics& whole, std::span<const slice::Confusion> confusions) {
  Json json = Json::array();
  for (const slice::Confusion& confusion : confusions) {
    json.push_back({{"label", whole.per_class[confusion.label].name},
                    {"prediction", whole.per_class[confusion.predicted].name},
                    {"n", confusion.n},
                    {"share", confusion.share}});
  }
  return json;
}

}  // namespace

Json kinds_json(const slice::Analysis& analysis, const slice::FailureKinds& kinds) {
  Json json = Json::object();
  if (kinds.binary) json["binary"] = binary_errors_json(*kinds.binary);
  if (analysis.classes) json["confusions"] = confusions_json(*analysis.classes, kinds.confusions);
  if (kinds.bias) json["bias"] = *kinds.bias;
  if (kinds.spread) json["spread"] = *kinds.spread;
  return json;
}

Json class_metrics_json(const slice::ClassMetrics& metrics) {
  Json per_class = Json::array();
  for (const slice::OneClass& one : metrics.per_class) {
    per_class.push_back({{"class", one.name},
                         {"labelled", one.labelled},
                         {"predicted", one.predicted},
                         {"precision", one.precision},
                         {"recall", one.recall},
                         {"f1", one.f1}});
  }
  Json reliability = Json::array();
  for (const slice::ReliabilityBin& bin : metrics.reliability) {
    reliability.push_back({{"low", bin.low},
                           {"high", bin.high},
                           {"n", bin.n},
                           {"mean_score", bin.mean_score},
                           {"observed", bin.observed}});
  }
  return {{"n", metrics.n},
          {"accuracy", metrics.accuracy},
          {"balanced_accuracy", metrics.balanced_accuracy},
          {"roc_auc", or_null(metrics.roc_auc)},
          {"average_precision", or_null(metrics.average_precision)},
          {"log_loss", or_null(metrics.log_loss)},
          {"brier", or_null(metrics.brier)},
          {"ece", or_null(metrics.ece)},
          {"calibration_of", metrics.calibration_of},
          {"unusable_scores", metrics.unusable_scores},
          {"per_class", std::move(per_class)},
          {"confusion", metrics.confusion},
          {"reliability", std::move(reliability)},
          {"binary", metrics.binary ? binary_errors_json(*metrics.binary) : Json(nullptr)},
          {"confusions", confusions_json(metrics, metrics.confusions)}};
}

Json number_metrics_json(const slice::NumberMetrics& metrics) {
  return {{"n", metrics.n},          {"mae", metrics.mae}, {"rmse", metrics.rmse},
          {"bias", metrics.bias},    {"r2", metrics.r2},   {"residual_quantiles", metrics.residual_quantiles},
          {"spread", metrics.spread}};
}

}  // namespace errata::report

#include "errata/slice/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "errata/slice/case_metrics.h"
#include "errata/slice/search.h"
#include "errata/stats/classification.h"

namespace errata::slice {
namespace {

using RowSpan = std::span<const std::uint32_t>;

/// Precision, recall and F1 of every class.
std::vector<OneClass> per_class(const table::PredictionLog& log, const ClassTerms& terms, RowSpan rows) {
  struct Weights {
    double labelled = 0, predicted = 0, both = 0;
  };
  std::vector<OneClass> classes(terms.classes);
  std::vector<Weights> weights(terms.classes);
  for (const std::uint32_t row : rows) {
    const double weight = terms.weight[row];
    if (!(weight > 0)) continue;
    const std::uint32_t label = terms.label[row], predicted = terms.predicted[row];
    classes[label].labelled += 1;
    classes[predicted].predicted += 1;
    weights[label].labelled += weight;
    weights[predicted].predicted += weight;
    weights[label].both += label == predicted ? weight : 0;
  }
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const Weights& w = weights[c];
    classes[c].name = log.classes[c];
    classes[c].precision = w.both / w.predicted;
    classes[c].recall = w.both / w.labelled;
    classes[c].f1 = 2 * w.both / (w.labelled + w.predicted);
  }
  return classes;
}

std::vector<double> confusion_matrix(const ClassTerms& terms, RowSpan rows) {
  if (terms.classes * terms.classes > kMaxCells) return {};
  std::vector<double> confusion(terms.classes * terms.classes);
  for (const std::uint32_t row : rows) {
    if (terms.weight[row] > 0) confusion[terms.label[row] * terms.classes + terms.predicted[row]] += terms.weight[row];
  }
  return confusion;
}

/// Areas averaged over the ranked classes for which they are defined.
stats::RankingAreas mean_areas(const ClassTerms& terms, RowSpan rows) {
  if (ranks_by_place(terms)) {
    std::vector<std::uint64_t> cases(terms.brier.size());
    for (const std::uint32_t row : rows) ++cases[terms.place[row]];
    return areas_of_places(terms, cases);
  }
  double roc_auc = 0, average_precision = 0, classes = 0;
  for (const RankedClass& ranked : terms.ranked) {
    stats::Ranking ranking;
    for (const RankedCase& c : ranked_cases(terms, ranked, rows)) ranking.add(c.step, c.positive != 0, c.weight);
    const stats::RankingAreas areas = ranking.areas();
    if (std::isnan(areas.roc_auc)) continue;
    roc_auc += areas.roc_auc;
    average_precision += areas.average_precision;
    classes += 1;
  }
  return {roc_auc / classes, average_precision / classes};
}

/// The least residual with at least that share of the weight at or below it, at each share.
std::vector<double> residual_quantiles(const NumberTerms& terms, RowSpan rows) {
  std::vector<std::pair<double, double>> residuals;  // and weights
  double total = 0;
  for (const std::uint32_t row : rows) {
    if (!(terms.weight[row] > 0)) continue;
    residuals.emplace_back(terms.prediction[row] - terms.label[row], terms.weight[row]);
    total += terms.weight[row];
  }
  std::ranges::sort(residuals);
  std::vector<double> quantiles;
  double below = 0;
  std::size_t i = 0;
  for (const double share : {0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0}) {
    while (i + 1 < residuals.size() && below + residuals[i].second < share * total) below += residuals[i++].second;
    quantiles.push_back(share < 1 ? residuals[i].first : residuals.back().first);
  }
  return quantiles;
}

}  // namespace

std::optional<ClassMetrics> SliceMeter::classes(RowSpan rows, const ThreadPool& pool) const {
  if (!classes_) return std::nullopt;
  const ClassTerms& terms = *classes_;
  ClassMetrics metrics{.calibration_of = terms.calibration_of};
  ClassSums sums(terms, true);
  std::uint64_t scored = 0;
  const auto add_up = [&] {
    for (const std::uint32_t row : rows) {
      const double weight = terms.weight[row];
      if (!(weight > 0)) continue;
      const ClassCase c = terms.of(row, weight);
      sums.add(c);
      metrics.n += 1;
      scored += std::uint64_t{c.is_scored};
    }
  };
  const auto count_classes = [&] {
    metrics.per_class = per_class(log_, terms, rows);
    metrics.confusion = confusion_matrix(terms, rows);
    metrics.binary = binary_errors(log_, terms, rows);
    metrics.confusions = most_frequent_confusions(terms, rows);
  };
  const auto rank_cases = [&] {
    const stats::RankingAreas areas = mean_areas(terms, rows);
    metrics.roc_auc = if_defined(areas.roc_auc);
    metrics.average_precision = if_defined(areas.average_precision);
  };
  pool.run_together({rank_cases, add_up, count_classes});
  if (metrics.n == 0) return std::nullopt;
  metrics.accuracy = sums.accuracy();
  metrics.balanced_accuracy = sums.balanced_accuracy();
  metrics.log_loss = if_defined(sums.log_loss());
  metrics.brier = if_defined(sums.brier());
  metrics.ece = if_defined(sums.calibration().expected_error());
  metrics.reliability = sums.calibration().reliability();
  metrics.unusable_scores = terms.has_scores() ? metrics.n - scored : 0;
  return metrics;
}

std::optional<NumberMetrics> SliceMeter::numbers(RowSpan rows) const {
  if (!numbers_) return std::nullopt;
  NumberSums sums;
  for (const std::uint32_t row : rows) sums.add(*numbers_, row);
  if (sums.n() == 0) return std::nullopt;
  return NumberMetrics{.n = sums.n(),
                       .mae = sums.mae(),
                       .rmse = sums.rmse(),
                       .bias = sums.bias(),
                       .spread = sums.spread(),
                       .r2 = sums.r2(),
                       .residual_quantiles = residual_quantiles(*numbers_, rows)};
}

FailureKinds SliceMeter::kinds(RowSpan rows) const {
  FailureKinds kinds;
  if (classes_) {
    kinds.binary = binary_errors(log_, *classes_, rows);
    kinds.confusions = most_frequent_confusions(*classes_, rows);
  }
  if (!numbers_) return kinds;
  NumberSums sums;
  for (const std::uint32_t row : rows) sums.add(*numbers_, row);
  if (sums.n() == 0) return kinds;
  kinds.bias = sums.bias();
  kinds.spread = sums.spread();
  return kinds;
}

namespace {

std::vector<std::uint32_t> rows_or_all(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  if (!members.empty()) return rows_of(members);
  return all_rows(log.rows);
}

}  // namespace

std::optional<ClassMetrics> class_metrics(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  return SliceMeter(log).classes(rows_or_all(log, members));
}

std::optional<NumberMetrics> number_metrics(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  return SliceMeter(log).numbers(rows_or_all(log, members));
}

}  // namespace errata::slice

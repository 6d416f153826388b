#include "errata/slice/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

#include "errata/slice/case_metrics.h"
#include "errata/slice/search.h"
#include "errata/stats/classification.h"

namespace errata::slice {
namespace {

using Rows = std::span<const std::uint32_t>;

/// Precision, recall and F1 of every class.
std::vector<OneClass> per_class(const table::PredictionLog& log, const ClassTerms& terms, Rows rows) {
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

std::vector<double> confusion_matrix(const ClassTerms& terms, Rows rows) {
  if (terms.classes * terms.classes > kMaxCells) return {};
  std::vector<double> confusion(terms.classes * terms.classes);
  for (const std::uint32_t row : rows) {
    if (terms.weight[row] > 0) confusion[terms.label[row] * terms.classes + terms.predicted[row]] += terms.weight[row];
  }
  return confusion;
}

std::optional<BinaryErrors> binary_errors(const table::PredictionLog& log, const ClassTerms& terms, Rows rows) {
  if (log.classes.size() != 2 || !log.positive) return std::nullopt;
  const std::uint32_t positive = log.classes[1] == *log.positive ? 1 : 0;
  double cases[2] = {}, failures[2] = {};  // of the negative class, of the positive
  for (const std::uint32_t row : rows) {
    const double weight = terms.weight[row];
    if (!(weight > 0)) continue;
    const std::size_t side = terms.label[row] == positive ? 1 : 0;
    cases[side] += weight;
    failures[side] += terms.predicted[row] != terms.label[row] ? weight : 0;
  }
  return BinaryErrors{.positive = *log.positive,
                      .base_rate = cases[1] / (cases[0] + cases[1]),
                      .false_negative_rate = failures[1] / cases[1],
                      .false_positive_rate = failures[0] / cases[0]};
}

std::vector<Confusion> most_frequent_confusions(const ClassTerms& terms, Rows rows) {
  constexpr std::size_t kShown = 3;
  struct Sums {
    std::uint64_t n = 0;
    double weight = 0;
  };
  std::map<std::pair<std::size_t, std::size_t>, Sums> pairs;
  double all = 0;
  for (const std::uint32_t row : rows) {
    const double weight = terms.weight[row];
    if (!(weight > 0)) continue;
    all += weight;
    if (terms.label[row] == terms.predicted[row]) continue;
    Sums& sums = pairs[{terms.label[row], terms.predicted[row]}];
    ++sums.n;
    sums.weight += weight;
  }
  std::vector<Confusion> confusions;
  for (const auto& [pair, sums] : pairs) {
    confusions.push_back({.label = pair.first, .predicted = pair.second, .n = sums.n, .share = sums.weight / all});
  }
  std::ranges::stable_sort(confusions, std::ranges::greater{}, &Confusion::share);
  confusions.resize(std::min(confusions.size(), kShown));
  return confusions;
}

/// Areas averaged over the ranked classes for which they are defined.
stats::RankingAreas mean_areas(const ClassTerms& terms, Rows rows) {
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
std::vector<double> residual_quantiles(const NumberTerms& terms, Rows rows) {
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

std::optional<ClassMetrics> SliceMeter::classes(Rows rows) const {
  if (!classes_) return std::nullopt;
  const ClassTerms& terms = *classes_;
  ClassSums sums(terms, true);
  std::uint64_t n = 0, scored = 0;
  for (const std::uint32_t row : rows) {
    sums.add(terms, row);
    n += std::uint64_t{terms.weight[row] > 0};
    scored += std::uint64_t{terms.has_scores() && terms.is_scored(row)};
  }
  if (n == 0) return std::nullopt;
  const stats::RankingAreas areas = mean_areas(terms, rows);
  return ClassMetrics{.n = n,
                      .accuracy = sums.accuracy(),
                      .balanced_accuracy = sums.balanced_accuracy(),
                      .per_class = per_class(log_, terms, rows),
                      .confusion = confusion_matrix(terms, rows),
                      .binary = binary_errors(log_, terms, rows),
                      .confusions = most_frequent_confusions(terms, rows),
                      .roc_auc = if_defined(areas.roc_auc),
                      .average_precision = if_defined(areas.average_precision),
                      .log_loss = if_defined(sums.log_loss()),
                      .brier = if_defined(sums.brier()),
                      .ece = if_defined(sums.calibration().expected_error()),
                      .calibration_of = terms.calibration_of,
                      .reliability = sums.calibration().reliability(),
                      .unusable_scores = terms.has_scores() ? n - scored : 0};
}

std::optional<NumberMetrics> SliceMeter::numbers(Rows rows) const {
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

namespace {

std::vector<std::uint32_t> rows_or_all(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  if (!members.empty()) return rows_of(members);
  std::vector<std::uint32_t> all(log.rows);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

}  // namespace

std::optional<ClassMetrics> class_metrics(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  return SliceMeter(log).classes(rows_or_all(log, members));
}

std::optional<NumberMetrics> number_metrics(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  return SliceMeter(log).numbers(rows_or_all(log, members));
}

}  // namespace errata::slice

// A metric of a replicate is the metric of the log with each case weighed by how often it was drawn. Means follow from
// terms that are computed once, and a ranking from cases that are sorted once, so that a replicate costs a walk over
// the cases and no sort.
#include "errata/slice/metric_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include "errata/base/limits.h"
#include "errata/slice/case_metrics.h"
#include "errata/slice/search.h"
#include "errata/stats/bootstrap.h"
#include "errata/stats/classification.h"
#include "errata/stats/distributions.h"

namespace errata::slice {
namespace {

constexpr std::array kMetrics{Metric::roc_auc, Metric::log_loss, Metric::brier,
                              Metric::mae,     Metric::rmse,     Metric::mean_loss};
constexpr std::size_t kMostRankings = 50;
using Rows = std::vector<std::uint32_t>;

/// A weighted mean over cases.
struct Mean {
  Metric metric = Metric::brier;
  std::vector<double> terms;  ///< [sample] NaN: does not count
};

/// What the metrics of one log need of the cases of a sample.
struct Side {
  std::vector<double> weight;  ///< [sample] 0 for cases that do not count
  std::vector<Mean> means;
  std::vector<std::vector<RankedCase>> rankings;  ///< rows are indices into the sample
  std::string scored_as;                          ///< what the scores are; of other scores a Brier score means else
};

template <typename Numbers>
std::vector<double> at_rows(const Numbers& values, const Rows& rows) {
  std::vector<double> taken;
  taken.reserve(rows.size());
  for (const auto row : rows) taken.push_back(values[row]);
  return taken;
}

void add_class_metrics(const table::PredictionLog& log, const Rows& rows, std::span<const std::uint8_t> members,
                       Side& side) {
  const auto terms = class_terms(log, members);
  if (!terms) return;
  side.weight = at_rows(terms->weight, rows);
  if (!terms->has_scores()) return;
  side.scored_as = fmt::format("{}, {} ranked", terms->calibration_of, terms->ranked.size());
  Rows places;
  for (const auto row : rows) places.push_back(static_cast<std::uint32_t>(terms->term_of(row)));
  if (!terms->log_loss.empty()) side.means.push_back({Metric::log_loss, at_rows(terms->log_loss, places)});
  side.means.push_back({Metric::brier, at_rows(terms->brier, places)});
  if (terms->ranked.size() > kMostRankings) return;
  std::vector<std::uint32_t> index(log.rows, 0);
  for (std::uint32_t i = 0; i < rows.size(); ++i) index[rows[i]] = i;
  for (const auto& ranked : terms->ranked) {
    auto cases = ranked_cases(*terms, ranked);
    for (auto& one : cases) one.row = index[one.row] & 0x7fff'ffffU;
    side.rankings.push_back(std::move(cases));
  }
}

void add_number_metrics(const table::PredictionLog& log, const Rows& rows, std::span<const std::uint8_t> members,
                        Side& side) {
  const auto terms = number_terms(log, members);
  if (!terms) return;
  side.weight = at_rows(terms->weight, rows);
  Mean absolute{Metric::mae, {}}, squared{Metric::rmse, {}};
  for (const auto row : rows) {
    const double error = terms->weight[row] > 0 ? terms->prediction[row] - terms->label[row] : kNaN;
    absolute.terms.push_back(std::abs(error));
    squared.terms.push_back(error * error);
  }
  side.means.push_back(std::move(absolute));
  side.means.push_back(std::move(squared));
}

/// @param members  [rows of the log] those that count
Side side_of(const table::PredictionLog& log, const Rows& rows, std::span<const std::uint8_t> members) {
  Side side;
  add_class_metrics(log, rows, members, side);
  add_number_metrics(log, rows, members, side);
  if (side.weight.empty()) side.weight.assign(rows.size(), 1);
  if (!log.loss.empty()) side.means.push_back({Metric::mean_loss, at_rows(log.loss, rows)});
  return side;
}

double mean_of(const Side& side, const Mean& mean, std::span<const std::uint32_t> drawn) {
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const double w = side.weight[i] * drawn[i];
    if (!(w > 0) || std::isnan(mean.terms[i])) continue;
    sum += w * mean.terms[i];
    weight += w;
  }
  return mean.metric == Metric::rmse ? std::sqrt(sum / weight) : sum / weight;
}

/// The mean over the classes that rank something.
double area_of(const Side& side, std::span<const std::uint32_t> drawn) {
  double sum = 0, classes = 0;
  for (const auto& cases : side.rankings) {
    stats::Ranking ranking;
    for (const auto& one : cases)
      ranking.add(-static_cast<double>(one.step), one.positive != 0, one.weight * drawn[one.row]);
    const double area = ranking.areas().roc_auc;
    if (std::isnan(area)) continue;
    sum += area;
    classes += 1;
  }
  return sum / classes;
}

bool has(const Side& side, Metric metric) {
  if (metric == Metric::roc_auc) return !side.rankings.empty();
  return std::ranges::find(side.means, metric, &Mean::metric) != side.means.end();
}

double value_of(const Side& side, Metric metric, std::span<const std::uint32_t> drawn) {
  if (metric == Metric::roc_auc) return area_of(side, drawn);
  return mean_of(side, *std::ranges::find(side.means, metric, &Mean::metric), drawn);
}

/// The pairs that both logs can be measured on: a missing score on one side takes the case out on both.
void keep_measurable(const table::PredictionLog& log, const Rows& rows, std::vector<std::uint8_t>& pairs) {
  const auto take_out = [&](const auto& terms, const auto& counts) {
    for (std::size_t p = 0; p < rows.size(); ++p) pairs[p] &= static_cast<std::uint8_t>(counts(terms, rows[p]));
  };
  if (const auto terms = class_terms(log); terms && terms->has_scores())
    take_out(*terms, [](const ClassTerms& t, std::uint32_t row) { return t.weight[row] > 0 && t.is_scored(row); });
  if (const auto terms = number_terms(log))
    take_out(*terms, [](const NumberTerms& t, std::uint32_t row) { return t.weight[row] > 0; });
}

struct Sides {
  Side first, second;
};

Sides paired_sides(const table::PredictionLog& first, const table::PredictionLog& second, const Pairing& pairing) {
  std::vector<std::uint8_t> pairs(pairing.first.size(), 1);
  keep_measurable(first, pairing.first, pairs);
  keep_measurable(second, pairing.second, pairs);
  const auto members = [&](const table::PredictionLog& log, const Rows& rows) {
    std::vector<std::uint8_t> in(log.rows, 0);
    for (std::size_t p = 0; p < rows.size(); ++p) in[rows[p]] = pairs[p];
    return in;
  };
  return {.first = side_of(first, pairing.first, members(first, pairing.first)),
          .second = side_of(second, pairing.second, members(second, pairing.second))};
}

// --- what each case adds to the error of a metric

/// Adds the influences on a weighted mean, times `scale`.
void add_mean_influences(const Side& side, const Mean& mean, double value, double scale, std::vector<double>& sums) {
  double weight = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) weight += std::isnan(mean.terms[i]) ? 0 : side.weight[i];
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (!std::isnan(mean.terms[i])) sums[i] += scale * side.weight[i] * (mean.terms[i] - value) / weight;
}

/// Adds the influences on the area of one ranking: how each case stands among those of the other kind, less the area.
void add_area_influences(const std::vector<RankedCase>& cases, double scale, std::vector<double>& sums) {
  std::array<double, 2> all{}, above{}, tied{};
  stats::Ranking ranking;
  for (const auto& one : cases) {
    all[one.positive] += one.weight;
    ranking.add(-static_cast<double>(one.step), one.positive != 0, one.weight);
  }
  const double area = ranking.areas().roc_auc;
  for (std::size_t begin = 0, end = 0; begin < cases.size();) {
    for (tied = {}; end < cases.size() && cases[end].step == cases[begin].step; ++end)
      tied[cases[end].positive] += cases[end].weight;
    const std::array placed{(above[1] + tied[1] / 2) / all[1], (all[0] - above[0] - tied[0] / 2) / all[0]};
    for (; begin < end; ++begin) {
      const std::size_t kind = cases[begin].positive;
      sums[cases[begin].row] += scale * cases[begin].weight * (placed[kind] - area) / all[kind];
    }
    for (const std::size_t kind : {0U, 1U}) above[kind] += tied[kind];
  }
}

bool ranks_something(const std::vector<RankedCase>& cases) {
  return std::ranges::any_of(cases, [](const RankedCase& one) { return one.positive != 0; }) &&
         std::ranges::any_of(cases, [](const RankedCase& one) { return one.positive == 0; });
}

std::vector<double> influences(const Side& side, Metric metric, double value) {
  std::vector<double> sums(side.weight.size(), 0);
  if (metric == Metric::roc_auc) {
    const auto classes = static_cast<double>(std::ranges::count_if(side.rankings, ranks_something));
    for (const auto& cases : side.rankings)
      if (ranks_something(cases)) add_area_influences(cases, 1 / classes, sums);
    return sums;
  }
  const auto& mean = *std::ranges::find(side.means, metric, &Mean::metric);
  const bool root = metric == Metric::rmse && value > 0;
  add_mean_influences(side, mean, metric == Metric::rmse ? value * value : value, root ? 0.5 / value : 1, sums);
  return sums;
}

stats::RateInterval normal_interval(const Sides& sides, const MetricChange& change, bool paired) {
  auto first = influences(sides.first, change.metric, change.first);
  const auto second = influences(sides.second, change.metric, change.second);
  double variance = 0;
  if (paired) {
    for (std::size_t i = 0; i < first.size(); ++i) variance += (second[i] - first[i]) * (second[i] - first[i]);
  } else {
    for (const double x : first) variance += x * x;
    for (const double x : second) variance += x * x;
  }
  const double half = stats::normal_quantile(0.975) * std::sqrt(variance), difference = change.second - change.first;
  return {.low = difference - half, .high = difference + half};
}

bool few_enough(const Sides& sides, std::size_t most) {
  const std::size_t cases = std::max(sides.first.weight.size(), sides.second.weight.size());
  return cases * std::max<std::size_t>(1, sides.first.rankings.size()) <= most;
}

}  // namespace

std::string_view name_of(Metric metric) {
  switch (metric) {
    case Metric::roc_auc: return "roc_auc";
    case Metric::log_loss: return "log_loss";
    case Metric::brier: return "brier";
    case Metric::mae: return "mae";
    case Metric::rmse: return "rmse";
    case Metric::mean_loss: return "mean_loss";
  }
  return "";
}

MetricChanges metric_changes(const table::PredictionLog& first, const table::PredictionLog& second,
                             const Pairing& pairing, const MetricOptions& options, const ThreadPool& pool) {
  const Sides sides = pairing.paired() ? paired_sides(first, second, pairing)
                                       : Sides{.first = side_of(first, all_rows(first.rows), {}),
                                               .second = side_of(second, all_rows(second.rows), {})};
  std::vector<std::size_t> samples{sides.first.weight.size()};
  if (!pairing.paired()) samples.push_back(sides.second.weight.size());
  MetricChanges result;
  std::vector<std::vector<std::uint32_t>> once;
  for (const auto size : samples) once.emplace_back(size, 1U);
  for (const auto metric : kMetrics) {
    const bool by_score = metric == Metric::roc_auc || metric == Metric::log_loss || metric == Metric::brier;
    if (!has(sides.first, metric) || !has(sides.second, metric)) continue;
    if (by_score && sides.first.scored_as != sides.second.scored_as) continue;
    const MetricChange change{.metric = metric,
                              .first = value_of(sides.first, metric, once.front()),
                              .second = value_of(sides.second, metric, once.back())};
    if (!std::isnan(change.first) && !std::isnan(change.second)) result.changes.push_back(change);
  }
  if (result.changes.empty()) return result;
  if (!few_enough(sides, options.resampled)) {
    for (auto& change : result.changes) change.interval = normal_interval(sides, change, pairing.paired());
    return result;
  }
  result.replicates = options.replicates;
  const auto compute = [&](stats::Drawn drawn, std::span<double> figures) {
    for (std::size_t i = 0; i < figures.size(); ++i) {
      const Metric metric = result.changes[i].metric;
      figures[i] = value_of(sides.second, metric, drawn.back()) - value_of(sides.first, metric, drawn.front());
    }
  };
  const auto intervals = stats::bootstrap_intervals(samples, result.changes.size(), compute,
                                                    {.replicates = result.replicates, .confidence = 0.95},
                                                    Rng(options.seed).fork(0xb007), pool);
  for (std::size_t i = 0; i < intervals.size(); ++i) result.changes[i].interval = intervals[i];
  return result;
}

}  // namespace errata::slice

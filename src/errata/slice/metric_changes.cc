// A metric of a replicate is the metric of the log with each case weighed by how often it was drawn. Means follow from
// terms that are computed once, and a ranking from cases that are sorted once, so that a replicate costs a walk over
// the cases and no sort.
#include "errata/slice/metric_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

#include "errata/slice/case_metrics.h"
#include "errata/stats/bootstrap.h"
#include "errata/stats/classification.h"

namespace errata::slice {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
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
  std::vector<std::vector<RankedCase>> rankings;  ///< rows are places in the sample
  std::string scored_as;                          ///< what the scores are; of other scores a Brier score means else
};

std::vector<double> at_rows(std::span<const double> values, const Rows& rows) {
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
  if (!terms->log_loss.empty()) side.means.push_back({Metric::log_loss, at_rows(terms->log_loss, rows)});
  side.means.push_back({Metric::brier, at_rows(terms->brier, rows)});
  if (terms->ranked.size() > kMostRankings) return;
  std::vector<std::uint32_t> place(log.rows, 0);
  for (std::uint32_t i = 0; i < rows.size(); ++i) place[rows[i]] = i;
  for (const auto& ranked : terms->ranked) {
    auto cases = ranked_cases(*terms, ranked);
    for (auto& one : cases) one.row = place[one.row] & 0x7fff'ffffU;
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

Rows all_rows(const table::PredictionLog& log) {
  Rows rows(log.rows);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

std::size_t replicates_for(const Sides& sides) {
  constexpr double kWork = 1e8;
  const std::size_t cases = std::max(sides.first.weight.size(), sides.second.weight.size());
  const std::size_t walks = std::max<std::size_t>(1, sides.first.rankings.size());
  return static_cast<std::size_t>(
      std::clamp(kWork / (static_cast<double>(cases) * static_cast<double>(walks)), 200.0, 1000.0));
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
                             const Pairing& pairing, std::uint64_t seed, const ThreadPool& pool) {
  const Sides sides = pairing.paired() ? paired_sides(first, second, pairing)
                                       : Sides{.first = side_of(first, all_rows(first), {}),
                                               .second = side_of(second, all_rows(second), {})};
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
  result.replicates = replicates_for(sides);
  const auto compute = [&](stats::Drawn drawn, std::span<double> figures) {
    for (std::size_t i = 0; i < figures.size(); ++i) {
      const Metric metric = result.changes[i].metric;
      figures[i] = value_of(sides.second, metric, drawn.back()) - value_of(sides.first, metric, drawn.front());
    }
  };
  const auto intervals =
      stats::bootstrap_intervals(samples, result.changes.size(), compute,
                                 {.replicates = result.replicates, .confidence = 0.95}, Rng(seed).fork(0xb007), pool);
  for (std::size_t i = 0; i < intervals.size(); ++i) result.changes[i].interval = intervals[i];
  return result;
}

}  // namespace errata::slice

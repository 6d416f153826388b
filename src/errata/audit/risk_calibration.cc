// A pool of isotonic regression becomes two places of the table, its least and its greatest score, and the table is
// straight between pools.
//
// A logistic curve becomes a table of straight pieces too, so that one form is stored, checked and applied. Its places
// are an eighth of a unit of log odds apart, on the side of the score or of the risk, whichever is finer: the error of
// a straight piece is below 0.0002 of probability and a fifth of a percent of a small risk.
#include "errata/audit/risk_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "errata/audit/logistic_regression.h"
#include "errata/stats/classification.h"
#include "errata/stats/isotonic.h"
#include "errata/stats/logistic.h"
#include "errata/stats/sort_numbers.h"

namespace errata::audit {
namespace {

constexpr std::array kMethods{CalibrationMethod::isotonic, CalibrationMethod::platt, CalibrationMethod::log_odds};
constexpr double kGreatestScore = 1e100;  ///< beyond, squares overflow
constexpr double kLeastOdds = 1e-9;       ///< scores nearer to 0 or 1 are taken to be so near

Result<void> check_scores(std::span<const double> scores, std::span<const std::uint8_t> failed) {
  if (scores.size() != failed.size()) {
    return invalid_argument(fmt::format("{} scores do not go with {} failures", scores.size(), failed.size()));
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!(std::abs(scores[i]) <= kGreatestScore))
      return invalid_argument(
          fmt::format("score {} of case {} is not a number within ±{}", scores[i], i, kGreatestScore));
    if (failed[i] > 1) return invalid_argument(fmt::format("failure {} of case {} is not 0 or 1", failed[i], i));
  }
  const auto failures = std::ranges::count(failed, 1);
  if (failures == 0 || failures == std::ssize(failed)) {
    return data_error(fmt::format("there is nothing to calibrate: of {} cases {} failed", failed.size(), failures));
  }
  return {};
}

bool are_probabilities(std::span<const double> scores) {
  return std::ranges::all_of(scores, [](double s) { return s >= 0 && s <= 1; });
}

PiecewiseLinear isotonic(std::span<const double> scores, std::span<const std::uint8_t> failed) {
  std::vector<double> distinct;
  std::vector<stats::IsotonicStep> steps;  // tied cases are one step
  for (const std::uint32_t i : stats::rows_by_value(scores)) {
    if (distinct.empty() || scores[i] != distinct.back()) {
      distinct.push_back(scores[i]);
      steps.emplace_back();
    }
    steps.back().cases += 1;
    steps.back().events += failed[i];
  }
  const double least = 1 / (static_cast<double>(scores.size()) + 2);
  std::vector<double> x, y;
  for (const stats::IsotonicPool& pool : stats::pool_adjacent_violators(steps)) {
    const double value = std::clamp(pool.rate(), least, 1 - least);
    x.push_back(distinct[pool.first]);
    y.push_back(value);
    if (pool.first == pool.last) continue;
    x.push_back(distinct[pool.last]);
    y.push_back(value);
  }
  return {std::move(x), std::move(y)};
}

/// log odds = intercept + slope · score
struct Line {
  double intercept, slope;
};

Line platt_line(std::span<const double> scores, std::span<const std::uint8_t> failed) {
  const auto n = static_cast<double>(scores.size());
  const auto failures = static_cast<double>(std::ranges::count(failed, 1));
  double mean = 0, squares = 0;
  for (const double score : scores) mean += score / n;
  for (const double score : scores) squares += (score - mean) * (score - mean) / n;
  const double scale = squares > 0 ? std::sqrt(squares) : 1;
  std::vector<double> targets(scores.size()), standardised(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    targets[i] = failed[i] != 0 ? (failures + 1) / (failures + 2) : 1 / (n - failures + 2);
    standardised[i] = (scores[i] - mean) / scale;
  }
  const auto model = fit_logistic({standardised, scores.size(), 1}, targets, 0);
  if (!(model.weights[0] > 1e-9)) return {.intercept = stats::logit(failures / n), .slope = 0};
  return {.intercept = model.intercept - model.weights[0] * mean / scale, .slope = model.weights[0] / scale};
}

/// The curve of a line over scores whose risks have log odds in [−20, 20].
PiecewiseLinear platt(std::span<const double> scores, std::span<const std::uint8_t> failed) {
  const Line line = platt_line(scores, failed);
  if (line.slope == 0) return {{0.0}, {stats::sigmoid(line.intercept)}};
  std::vector<double> x, y;
  for (int eighth = -160; eighth <= 160; ++eighth) {
    const double z = eighth / 8.0;
    x.push_back((z - line.intercept) / line.slope);
    y.push_back(stats::sigmoid(z));
  }
  return {std::move(x), std::move(y)};
}

PiecewiseLinear platt_on_log_odds(std::span<const double> scores, std::span<const std::uint8_t> failed) {
  const auto inside = [](double s) { return std::clamp(s, kLeastOdds, 1 - kLeastOdds); };
  std::vector<double> odds(scores.size());
  std::ranges::transform(scores, odds.begin(), [&](double s) { return stats::logit(inside(s)); });
  const Line line = platt_line(odds, failed);
  if (line.slope == 0) return {{0.5}, {stats::sigmoid(line.intercept)}};
  const double step = std::max(1 / 8.0 / std::max(line.slope, 1.0), 0.01), end = stats::logit(1 - kLeastOdds);
  std::vector<double> x, y;
  for (double at = -end; at < end; at += step) {
    x.push_back(stats::sigmoid(at));
    y.push_back(std::clamp(stats::sigmoid(line.intercept + line.slope * at), kLeastOdds, 1 - kLeastOdds));
  }
  x.push_back(1 - kLeastOdds);
  y.push_back(std::clamp(stats::sigmoid(line.intercept + line.slope * end), y.back(), 1 - kLeastOdds));
  return {std::move(x), std::move(y)};
}

PiecewiseLinear fit_table(CalibrationMethod method, std::span<const double> scores,
                          std::span<const std::uint8_t> failed) {
  switch (method) {
    case CalibrationMethod::isotonic: return isotonic(scores, failed);
    case CalibrationMethod::platt: return platt(scores, failed);
    case CalibrationMethod::log_odds: return platt_on_log_odds(scores, failed);
  }
  ERRATA_CHECK(false);
  return {};
}

/// [n] the fold of each case: failures and successes dealt out in turn after a shuffle.
std::vector<std::size_t> deal(std::span<const std::uint8_t> failed, std::size_t folds, Rng rng) {
  std::vector<std::size_t> rows(failed.size()), fold(failed.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  rng.shuffle(std::span(rows));
  std::array<std::size_t, 2> dealt{};
  for (const std::size_t row : rows) fold[row] = dealt[failed[row]]++ % folds;
  return fold;
}

double log_loss_left_out(CalibrationMethod method, std::span<const double> scores, std::span<const std::uint8_t> failed,
                         std::span<const std::size_t> fold, std::size_t folds) {
  double sum = 0;
  for (std::size_t f = 0; f < folds; ++f) {
    std::vector<double> kept;
    std::vector<std::uint8_t> outcomes;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (fold[i] == f) continue;
      kept.push_back(scores[i]);
      outcomes.push_back(failed[i]);
    }
    const auto table = fit_table(method, kept, outcomes);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (fold[i] != f) continue;
      const double risk = table(scores[i]);
      sum += stats::log_loss(failed[i] != 0 ? risk : 1 - risk);
    }
  }
  return sum / static_cast<double>(scores.size());
}

}  // namespace

std::string_view name_of(CalibrationMethod method) {
  switch (method) {
    case CalibrationMethod::isotonic: return "isotonic";
    case CalibrationMethod::platt: return "platt";
    case CalibrationMethod::log_odds: return "log_odds";
  }
  ERRATA_CHECK(false);
  return {};
}

Result<RiskCalibration> RiskCalibration::fit(CalibrationMethod method, std::span<const double> scores,
                                             std::span<const std::uint8_t> failed) {
  ERRATA_TRY(check_scores(scores, failed));
  if (method == CalibrationMethod::log_odds && !are_probabilities(scores)) {
    return invalid_argument("log odds need scores in [0, 1]");
  }
  RiskCalibration result;
  result.method_ = method;
  result.held_out_log_loss_ = std::numeric_limits<double>::quiet_NaN();
  result.table_ = fit_table(method, scores, failed);
  return result;
}

Result<RiskCalibration> RiskCalibration::choose(std::span<const double> scores, std::span<const std::uint8_t> failed,
                                                std::size_t folds, Rng rng) {
  ERRATA_TRY(check_scores(scores, failed));
  const auto failures = static_cast<std::size_t>(std::ranges::count(failed, 1));
  const std::size_t rarer = std::min(failures, failed.size() - failures);
  if (folds < 2 || folds > rarer) {
    return invalid_argument(fmt::format("{} folds are not in 2 to {}, the cases of the rarer outcome", folds, rarer));
  }
  const auto fold = deal(failed, folds, rng);
  double best = std::numeric_limits<double>::infinity();
  CalibrationMethod chosen = CalibrationMethod::isotonic;
  for (const CalibrationMethod method : kMethods) {
    if (method == CalibrationMethod::log_odds && !are_probabilities(scores)) continue;
    const double loss = log_loss_left_out(method, scores, failed, fold, folds);
    if (loss < best) best = loss, chosen = method;
  }
  ERRATA_ASSIGN(auto result, fit(chosen, scores, failed));
  result.held_out_log_loss_ = best;
  return result;
}

std::vector<double> RiskCalibration::risks(std::span<const double> scores) const {
  std::vector<double> risks(scores.size());
  std::ranges::transform(scores, risks.begin(), [&](double score) { return risk(score); });
  return risks;
}

void RiskCalibration::save(ByteWriter& out) const {
  out.write(method_);
  out.write(held_out_log_loss_);
  table_.save(out);
}

Result<RiskCalibration> RiskCalibration::load(ByteReader& in) {
  RiskCalibration loaded;
  loaded.method_ = in.read<CalibrationMethod>();
  loaded.held_out_log_loss_ = in.read<double>();
  if (std::ranges::find(kMethods, loaded.method_) == kMethods.end()) {
    return data_error(fmt::format("calibration method {} is unknown", static_cast<int>(loaded.method_)));
  }
  ERRATA_ASSIGN(loaded.table_, PiecewiseLinear::load(in));
  if (loaded.table_.y().front() <= 0 || loaded.table_.y().back() >= 1) {
    return data_error("a calibration table holds values that are no probabilities");
  }
  return loaded;
}

}  // namespace errata::audit

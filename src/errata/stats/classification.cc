#include "errata/stats/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

#include "errata/base/error.h"
#include "errata/stats/sort_numbers.h"

namespace errata::stats {
namespace {

template <typename Term>
double weighted_mean(std::span<const double> weights, std::size_t n, Term term) {
  ERRATA_CHECK(weights.empty() || weights.size() == n);
  double sum = 0, weight_sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    sum += weight * term(i);
    weight_sum += weight;
  }
  return sum / weight_sum;
}

}  // namespace

RankingAreas Ranking::areas() const {
  Ranking closed = *this;
  closed.close_step();
  if (!(closed.positive_ > 0 && closed.negative_ > 0)) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {kNone, kNone};
  }
  return {closed.roc_ / (closed.positive_ * closed.negative_), closed.precision_ / closed.positive_};
}

RankingAreas ranking_areas(std::span<const double> scores, std::span<const std::uint8_t> positive,
                           std::span<const double> weights) {
  ERRATA_CHECK(scores.size() == positive.size() && (weights.empty() || weights.size() == scores.size()));
  Ranking ranking;
  for (const std::uint32_t i : rows_by_value(scores) | std::views::reverse) {
    ranking.add(scores[i], positive[i] != 0, weights.empty() ? 1 : weights[i]);
  }
  return ranking.areas();
}

double false_positive_rate_at(std::span<const double> scores, std::span<const std::uint8_t> positive,
                              double true_positive_rate) {
  ERRATA_CHECK(scores.size() == positive.size() && true_positive_rate > 0 && true_positive_rate <= 1);
  const auto positives = static_cast<double>(std::ranges::count_if(positive, [](auto p) { return p != 0; }));
  const double negatives = static_cast<double>(scores.size()) - positives;
  if (positives == 0 || negatives == 0) return std::numeric_limits<double>::quiet_NaN();
  const double wanted = true_positive_rate * positives - 1e-9;  // .95 · 20 is 19, however it rounds
  double found = 0, called = 0, threshold = 0;
  for (const std::uint32_t i : rows_by_value(scores) | std::views::reverse) {
    if (found >= wanted && scores[i] != threshold) break;
    threshold = scores[i];
    found += positive[i] != 0 ? 1 : 0;
    called += positive[i] != 0 ? 0 : 1;
  }
  return called / negatives;
}

double log_loss(double probability_of_outcome) { return -std::log(std::max(probability_of_outcome, 1e-15)); }

double mean_log_loss(std::span<const double> probabilities, std::span<const std::uint8_t> positive,
                     std::span<const double> weights) {
  ERRATA_CHECK(probabilities.size() == positive.size());
  return weighted_mean(weights, probabilities.size(), [&](std::size_t i) {
    return log_loss(positive[i] != 0 ? probabilities[i] : 1 - probabilities[i]);
  });
}

double brier_score(std::span<const double> probabilities, std::span<const std::uint8_t> positive,
                   std::span<const double> weights) {
  ERRATA_CHECK(probabilities.size() == positive.size());
  return weighted_mean(weights, probabilities.size(), [&](std::size_t i) {
    const double error = probabilities[i] - (positive[i] != 0 ? 1 : 0);
    return error * error;
  });
}

}  // namespace errata::stats

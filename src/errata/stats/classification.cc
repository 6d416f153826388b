#include "errata/stats/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

#include "errata/base/error.h"
#include "errata/stats/sort_numbers.h"

namespace errata::stats {
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

double log_loss(double probability_of_outcome) { return -std::log(std::max(probability_of_outcome, 1e-15)); }

}  // namespace errata::stats

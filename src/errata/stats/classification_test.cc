#include "errata/stats/classification.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

namespace errata::stats {
namespace {

struct ScoredCases {
  std::vector<double> scores, weights;
  std::vector<std::uint8_t> positive;
};

ScoredCases any_cases() {  // coarse, so that ties are common
  ScoredCases cases;
  const auto n = *rc::gen::inRange<std::size_t>(0, 40);
  for (std::size_t i = 0; i < n; ++i) {
    cases.scores.push_back(0.125 * *rc::gen::inRange(0, 9));
    cases.weights.push_back(0.5 * *rc::gen::inRange(0, 5));
    cases.positive.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  }
  return cases;
}

double weight_where(const ScoredCases& c, auto condition) {
  double sum = 0;
  for (std::size_t i = 0; i < c.scores.size(); ++i) sum += condition(i) ? c.weights[i] : 0;
  return sum;
}

double naive_roc_auc(const ScoredCases& c) {
  double won = 0, pairs = 0;
  for (std::size_t i = 0; i < c.scores.size(); ++i) {
    for (std::size_t j = 0; j < c.scores.size(); ++j) {
      if (c.positive[i] == 0 || c.positive[j] != 0) continue;
      const double weight = c.weights[i] * c.weights[j];
      pairs += weight;
      won += weight * (c.scores[i] > c.scores[j] ? 1 : c.scores[i] == c.scores[j] ? 0.5 : 0);
    }
  }
  return won / pairs;
}

double naive_average_precision(const ScoredCases& c) {
  const double all = weight_where(c, [&](std::size_t i) { return c.positive[i] != 0; });
  const std::set<double, std::greater<>> thresholds(c.scores.begin(), c.scores.end());
  double area = 0, recall = 0;
  for (const double t : thresholds) {
    const double hits = weight_where(c, [&](std::size_t i) { return c.scores[i] >= t && c.positive[i] != 0; });
    const double called = weight_where(c, [&](std::size_t i) { return c.scores[i] >= t; });
    if (called > 0) area += (hits / all - recall) * (hits / called);
    recall = hits / all;
  }
  return area;
}

bool same(double a, double b) { return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) < 1e-12; }

RC_GTEST_PROP(Ranking, EqualsThePairCountAndTheThresholdSum, ()) {
  const ScoredCases c = any_cases();
  const auto areas = ranking_areas(c.scores, c.positive, c.weights);
  RC_ASSERT(same(areas.roc_auc, naive_roc_auc(c)));
  if (std::isnan(areas.roc_auc)) {
    RC_ASSERT(std::isnan(areas.average_precision));
  } else {
    RC_ASSERT(same(areas.average_precision, naive_average_precision(c)));
  }
}

RC_GTEST_PROP(Ranking, TurnsRoundWithTheScore, ()) {
  const ScoredCases c = any_cases();
  auto negated = c.scores;
  for (double& score : negated) score = -score;
  const double area = ranking_areas(c.scores, c.positive, c.weights).roc_auc;
  RC_ASSERT(same(area, 1 - ranking_areas(negated, c.positive, c.weights).roc_auc));
}

TEST(Ranking, HasTheHandComputedAreas) {
  const std::vector<double> scores{0.4, 0.9, 0.1, 0.4};
  const std::vector<std::uint8_t> positive{1, 1, 0, 0};
  const auto areas = ranking_areas(scores, positive);
  EXPECT_DOUBLE_EQ(areas.roc_auc, 0.875);
  EXPECT_DOUBLE_EQ(areas.average_precision, 0.5 * 1 + 0.5 * 2 / 3);
  // A weight of 2 is the same as the case twice.
  const std::vector<double> weights{2, 1, 1, 1};
  const std::vector<double> repeated{0.4, 0.4, 0.9, 0.1, 0.4};
  const std::vector<std::uint8_t> repeated_positive{1, 1, 1, 0, 0};
  EXPECT_DOUBLE_EQ(ranking_areas(scores, positive, weights).roc_auc,
                   ranking_areas(repeated, repeated_positive).roc_auc);
  EXPECT_DOUBLE_EQ(ranking_areas(scores, positive, weights).average_precision,
                   ranking_areas(repeated, repeated_positive).average_precision);
}

TEST(Ranking, StartsAtAnyScore) {  // a first score equal to the initial state must not be taken for a tie with nothing
  const std::vector<double> zero_first{0, -1};
  EXPECT_EQ(ranking_areas(zero_first, std::vector<std::uint8_t>{1, 0}).roc_auc, 1);
  EXPECT_EQ(ranking_areas(zero_first, std::vector<std::uint8_t>{0, 1}).roc_auc, 0);
  EXPECT_TRUE(std::isnan(ranking_areas(zero_first, std::vector<std::uint8_t>{1, 1}).roc_auc));
  EXPECT_TRUE(std::isnan(ranking_areas({}, {}).average_precision));
}

TEST(LogLoss, HasTheHandComputedValueAndClips) {
  EXPECT_DOUBLE_EQ(log_loss(0.8), -std::log(0.8));
  EXPECT_DOUBLE_EQ(log_loss(0), 15 * std::log(10.0));
  EXPECT_EQ(log_loss(1), 0);
}

}  // namespace
}  // namespace errata::stats

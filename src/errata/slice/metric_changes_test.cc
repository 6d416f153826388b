#include "errata/slice/metric_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/slice/metrics.h"
#include "errata/slice/test_columns.h"
#include "errata/stats/classification.h"
#include "errata/stats/delong.h"

namespace errata::slice {
namespace {

using table::PredictionLog;

/// A binary log of labels and P(1).
PredictionLog scored(const std::vector<int>& labels, const std::vector<double>& scores) {
  PredictionLog log;
  log.rows = labels.size();
  log.task = table::Task::classes;
  log.classes = {"0", "1"};
  log.positive = "1";
  log.score_meaning = table::ScoreMeaning::positive_class;
  for (std::size_t r = 0; r < log.rows; ++r) {
    log.label_class.push_back(static_cast<std::uint32_t>(labels[r]));
    log.predicted_class.push_back(scores[r] >= 0.5 ? 1 : 0);
    log.failed.push_back(log.label_class[r] != log.predicted_class[r]);
    log.positive_score.push_back(scores[r]);
    log.confidence.push_back(std::max(scores[r], 1 - scores[r]));
  }
  return log;
}

struct Drawn {
  PredictionLog good, bad;
};

/// 600 cases that two models score, the second with more noise.
Drawn drawn() {
  Rng rng(9);
  std::vector<int> labels;
  std::vector<double> good, bad;
  for (int i = 0; i < 600; ++i) {
    labels.push_back(rng.bernoulli(0.4) ? 1 : 0);
    const double x = 1.5 * labels.back() - 0.75 + rng.normal();
    good.push_back(1 / (1 + std::exp(-x)));
    bad.push_back(1 / (1 + std::exp(-x - 0.5 * rng.normal())));
  }
  return {.good = scored(labels, good), .bad = scored(labels, bad)};
}

const MetricChange& change_of(const MetricChanges& changes, Metric metric) {
  const auto found = std::ranges::find(changes.changes, metric, &MetricChange::metric);
  EXPECT_NE(found, changes.changes.end()) << name_of(metric);
  return *found;
}

TEST(MetricChanges, AreTheMetricsOfBothLogs) {
  const auto [good, bad] = drawn();
  const ThreadPool pool(2);
  for (const auto& pairing : {Pairing{}, in_order(600)}) {
    const auto changes = metric_changes(good, bad, pairing, {}, pool);
    const auto first = class_metrics(good), second = class_metrics(bad);
    EXPECT_NEAR(change_of(changes, Metric::roc_auc).first, *first->roc_auc, 1e-12);
    EXPECT_NEAR(change_of(changes, Metric::roc_auc).second, *second->roc_auc, 1e-12);
    EXPECT_NEAR(change_of(changes, Metric::log_loss).second, *second->log_loss, 1e-12);
    EXPECT_NEAR(change_of(changes, Metric::brier).first, *first->brier, 1e-12);
    EXPECT_EQ(changes.replicates, 1000U);
  }
}

TEST(MetricChanges, OfRoundedScoresAreTheMetricsOfBothLogs) {
  auto [good, bad] = drawn();
  for (auto* log : {&good, &bad})
    for (double& score : log->positive_score) score = std::round(score * 20) / 20;
  const auto changes = metric_changes(good, bad, in_order(600), {}, ThreadPool(2));
  double brier = 0, log_loss = 0;
  for (std::size_t row = 0; row < 600; ++row) {
    const double p = bad.label_class[row] == 1 ? bad.positive_score[row] : 1 - bad.positive_score[row];
    brier += (1 - p) * (1 - p) / 600;
    log_loss += stats::log_loss(p) / 600;
  }
  EXPECT_NEAR(change_of(changes, Metric::brier).second, brier, 1e-12);
  EXPECT_NEAR(change_of(changes, Metric::log_loss).second, log_loss, 1e-12);
}

TEST(MetricChanges, PairsTellWhatTwoSamplesCannot) {
  const auto [good, bad] = drawn();
  const ThreadPool pool(2);
  const auto paired = metric_changes(good, bad, in_order(600), {}, pool),
             apart = metric_changes(good, bad, {}, {}, pool);
  const auto& brier = change_of(paired, Metric::brier);
  EXPECT_GT(brier.interval.low, 0);
  EXPECT_LT(brier.interval.low, brier.second - brier.first);
  EXPECT_GT(brier.interval.high, brier.second - brier.first);
  EXPECT_LT(change_of(apart, Metric::brier).interval.low, 0);
  EXPECT_LT(change_of(paired, Metric::roc_auc).interval.high, 0);
}

TEST(MetricChanges, TakeNoNoticeOfThreads) {
  const auto [good, bad] = drawn();
  const ThreadPool one(1), three(3);
  const auto a = metric_changes(good, bad, in_order(600), {.seed = 4}, one),
             b = metric_changes(good, bad, in_order(600), {.seed = 4}, three);
  ASSERT_EQ(a.changes.size(), 3U);
  for (std::size_t i = 0; i < a.changes.size(); ++i) {
    EXPECT_EQ(a.changes[i].interval.low, b.changes[i].interval.low);
    EXPECT_EQ(a.changes[i].interval.high, b.changes[i].interval.high);
  }
}

TEST(MetricChanges, OfManyCasesTheIntervalsAreWhatTheBootstrapComesTo) {
  const auto [good, bad] = drawn();
  const ThreadPool pool(2);
  for (const auto& pairing : {Pairing{}, in_order(600)}) {
    const auto resampled = metric_changes(good, bad, pairing, {}, pool);
    const auto normal = metric_changes(good, bad, pairing, {.resampled = 0}, pool);
    EXPECT_EQ(normal.replicates, 0U);
    ASSERT_EQ(normal.changes.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto &a = resampled.changes[i].interval, &b = normal.changes[i].interval;
      const double width = a.high - a.low;  // 1,000 replicates tell an end to some 5% of the width
      EXPECT_NEAR(a.low, b.low, 0.1 * width) << name_of(resampled.changes[i].metric);
      EXPECT_NEAR(a.high, b.high, 0.1 * width) << name_of(resampled.changes[i].metric);
    }
  }
}

TEST(MetricChanges, OfManyCasesTheIntervalOfTheAreaIsDeLongs) {
  const auto [good, bad] = drawn();
  std::vector<std::uint8_t> positive;
  for (const auto label : good.label_class) positive.push_back(label == 1);
  const auto delong = stats::delong_test(bad.positive_score, good.positive_score, positive);
  ASSERT_TRUE(delong);
  const ThreadPool pool(1);
  const auto normal = metric_changes(good, bad, in_order(600), {.resampled = 0}, pool);
  const auto& area = change_of(normal, Metric::roc_auc);
  EXPECT_NEAR(area.interval.low, delong->low, 1e-4);  // divisors n and n − 1
  EXPECT_NEAR(area.interval.high, delong->high, 1e-4);
}

TEST(MetricChanges, ACaseWithoutAScoreOnOneSideCountsOnNeither) {
  auto [good, bad] = drawn();
  good.positive_score[0] = good.confidence[0] = std::nan("");
  const ThreadPool pool(1);
  const auto changes = metric_changes(good, bad, in_order(600), {}, pool);
  std::vector<std::uint8_t> others(600, 1);
  others[0] = 0;
  EXPECT_NEAR(change_of(changes, Metric::brier).second, *class_metrics(bad, others)->brier, 1e-12);
}

TEST(MetricChanges, OfNumbersAreTheErrors) {
  const auto numbers_log = [](double off) {
    PredictionLog log;
    log.rows = 4;
    log.task = table::Task::numbers;
    log.roles.label = "y";
    log.roles.prediction = "p";
    log.columns = {{.name = "y", .numbers = {1, 2, 3, 4}},
                   {.name = "p", .numbers = {1 + off, 2 - off, 3 + off, 4 - off}}};
    log.failed.assign(4, 0);
    return log;
  };
  const ThreadPool pool(1);
  const auto changes = metric_changes(numbers_log(1), numbers_log(3), in_order(4), {}, pool);
  EXPECT_EQ(change_of(changes, Metric::mae).first, 1);
  EXPECT_EQ(change_of(changes, Metric::mae).second, 3);
  EXPECT_EQ(change_of(changes, Metric::mae).interval.low, 2);
  EXPECT_EQ(change_of(changes, Metric::rmse).second, 3);
}

TEST(MetricChanges, ScoresOfOtherKindsAreNotCompared) {
  auto [good, bad] = drawn();
  bad.positive_score.clear();
  const ThreadPool pool(1);
  EXPECT_TRUE(metric_changes(good, bad, in_order(600), {}, pool).changes.empty());
}

}  // namespace
}  // namespace errata::slice

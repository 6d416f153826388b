#include "errata/slice/single.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/slice/case_metrics.h"
#include "errata/slice/search.h"
#include "errata/stats/hypergeometric.h"
#include "errata/stats/multiplicity.h"

namespace errata::slice {
namespace {

table::CodedFeature coded_feature(const std::string& name, std::vector<table::Code> codes, std::size_t bins) {
  table::CodedFeature feature;
  feature.name = name;
  feature.codes = codes;
  for (std::size_t b = 0; b < bins; ++b) {
    table::Bin bin;
    bin.kind = table::Bin::Kind::category;
    bin.category = "c" + std::to_string(b);
    feature.bins.push_back(bin);
  }
  return feature;
}

struct Input {
  table::PredictionLog log;
  table::CodedTable coded;
};

/// A weighted log of `classes` classes with one score a class (one for the second class when there are two).
Input any_input(Rng rng, std::uint32_t classes) {
  Input input;
  auto& log = input.log;
  log.rows = 1 + rng.below(200);
  log.task = table::Task::classes;
  for (std::uint32_t c = 0; c < classes; ++c) log.classes.push_back(std::to_string(c));
  std::vector<table::Column> scores(classes);
  table::Column weight;
  for (std::size_t row = 0; row < log.rows; ++row) {
    std::vector<double> p(classes);
    double sum = 0;
    for (double& value : p) sum += value = static_cast<double>(1 + rng.below(4));
    for (std::uint32_t c = 0; c < classes; ++c) scores[c].numbers.push_back(p[c] / sum);
    const auto predicted = static_cast<std::uint32_t>(std::ranges::max_element(p) - p.begin());
    log.predicted_class.push_back(predicted);
    log.label_class.push_back(static_cast<std::uint32_t>(rng.below(classes)));
    log.failed.push_back(log.label_class.back() != predicted);
    log.confidence.push_back(p[predicted] / sum);
    weight.numbers.push_back(0.5 * static_cast<double>(rng.below(4)));
  }
  weight.name = "w";
  log.roles.weight = "w";
  log.columns.push_back(weight);
  if (classes == 2) {
    log.positive = "1";
    log.positive_score = scores[1].numbers.to_vector();
  } else {
    for (std::uint32_t c = 0; c < classes; ++c) {
      scores[c].name = "p" + std::to_string(c);
      log.roles.scores.push_back(scores[c].name);
      log.columns.push_back(scores[c]);
    }
  }
  input.coded.rows = log.rows;
  for (const std::size_t bins : {1UL, 2UL, 5UL}) {
    std::vector<table::Code> codes;
    for (std::size_t row = 0; row < log.rows; ++row) codes.push_back(static_cast<table::Code>(rng.below(bins)));
    input.coded.features.push_back(coded_feature("f" + std::to_string(bins), codes, bins));
  }
  return input;
}

std::vector<std::uint8_t> members_of(const table::CodedFeature& feature, std::size_t code) {
  std::vector<std::uint8_t> members;
  for (const table::Code c : feature.codes) members.push_back(c == code);
  return members;
}

bool same(std::optional<double> a, std::optional<double> b) {
  return a.has_value() == b.has_value() && (!a || std::abs(*a - *b) < 1e-12);
}

TEST(SingleSlices, HaveTheHandComputedFigures) {
  Input input;
  input.log.rows = 10;
  input.log.failed = {1, 1, 1, 0, 1, 0, 0, 0, 0, 0};
  input.coded = {.rows = 10, .features = {coded_feature("city", {0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, 2)}};
  ThreadPool pool(1);
  const auto singles = single_slices(input.log, input.coded, pool);
  ASSERT_EQ(singles.size(), 1U);
  EXPECT_EQ(singles[0].feature, "city");
  const SingleSlice& slice = singles[0].slices[0];
  EXPECT_EQ(slice.where.value, "c0");
  EXPECT_EQ(slice.n, 4U);
  EXPECT_EQ(slice.failures, 3U);
  EXPECT_DOUBLE_EQ(slice.rate, 0.75);
  EXPECT_NEAR(slice.interval.low, 0.300642, 1e-6);
  EXPECT_DOUBLE_EQ(slice.baseline, 1.0 / 6);
  EXPECT_DOUBLE_EQ(slice.lift, 4.5);
  EXPECT_DOUBLE_EQ(slice.risk_difference, 0.75 - 1.0 / 6);
  EXPECT_DOUBLE_EQ(slice.share_of_failures, 0.75);
  EXPECT_DOUBLE_EQ(slice.mean_loss, 0.75);
  EXPECT_NEAR(slice.log_p, std::log((4 * 6 + 1) / 210.0), 1e-13);  // (C(4,3) C(6,1) + C(4,4)) / C(10,4)
  EXPECT_NEAR(slice.log_p_adjusted, std::log(2 * 25 / 210.0), 1e-13);
  EXPECT_FALSE(slice.accuracy || slice.mae);
}

TEST(SingleSlices, OfTheWholeLogHaveNoBaseline) {
  Input input;
  input.log.rows = 3;
  input.log.failed = {1, 0, 0};
  input.log.loss = {2, 0, 4};
  input.coded = {.rows = 3, .features = {coded_feature("constant", {0, 0, 0}, 1)}};
  ThreadPool pool(1);
  const auto singles = single_slices(input.log, input.coded, pool);
  const SingleSlice& slice = singles[0].slices[0];
  EXPECT_TRUE(std::isnan(slice.baseline) && std::isnan(slice.lift));
  EXPECT_EQ(slice.log_p, 0);
  EXPECT_EQ(slice.mean_loss, 2);
}

TEST(SingleSlices, KeepTheirShareUndefinedWithoutAnyFailure) {
  Input input;
  input.log.rows = 2;
  input.log.failed = {0, 0};
  input.coded = {.rows = 2, .features = {coded_feature("f", {0, 1}, 2)}};
  ThreadPool pool(1);
  const auto singles = single_slices(input.log, input.coded, pool);
  EXPECT_TRUE(std::isnan(singles[0].slices[0].share_of_failures));
  EXPECT_EQ(singles[0].slices[0].log_p_adjusted, 0);
}

RC_GTEST_PROP(SingleSlices, HaveTheMetricsOfTheirCases, (std::uint64_t seed)) {
  for (const std::uint32_t classes : {2U, 4U}) {
    const Input input = any_input(Rng(seed), classes);
    ThreadPool pool(2);
    const auto singles = single_slices(input.log, input.coded, pool);
    for (std::size_t f = 0; f < singles.size(); ++f) {
      for (std::size_t c = 0; c < singles[f].slices.size(); ++c) {
        const SingleSlice& slice = singles[f].slices[c];
        const auto metrics = class_metrics(input.log, members_of(input.coded.features[f], c));
        RC_ASSERT(metrics.has_value() == slice.accuracy.has_value());
        if (!metrics) continue;
        RC_ASSERT(same(slice.accuracy, metrics->accuracy));
        RC_ASSERT(same(slice.balanced_accuracy, metrics->balanced_accuracy));
        RC_ASSERT(same(slice.roc_auc, metrics->roc_auc));
        RC_ASSERT(same(slice.average_precision, metrics->average_precision));
        RC_ASSERT(same(slice.log_loss, metrics->log_loss));
        RC_ASSERT(same(slice.brier, metrics->brier));
        RC_ASSERT(same(slice.ece, metrics->ece));
      }
    }
  }
}

/// A log of two classes with a score of `different` values, some of them out of range.
Input scored_input(Rng rng, std::uint64_t different) {
  Input input = any_input(rng.fork(1), 2);
  auto& log = input.log;
  log.columns.clear();
  log.roles.weight.reset();
  for (std::size_t row = 0; row < log.rows; ++row) {
    const double score = static_cast<double>(rng.below(different)) / static_cast<double>(different - 1);
    log.positive_score[row] = rng.bernoulli(0.1) ? std::numeric_limits<double>::quiet_NaN() : score;
    if (rng.bernoulli(0.1)) log.label_class[row] = table::kNoClass;
  }
  return input;
}

RC_GTEST_PROP(SingleSlices, CountedByScoreOrRankedOneByOneAreTheSameToTheBit, (std::uint64_t seed)) {
  for (const std::uint64_t different : {2U, 7U, 500U}) {
    Input input = scored_input(Rng(seed), different);
    ThreadPool pool(2);
    const SliceMeter counting(input.log);
    RC_ASSERT(different > 127 || ranks_by_place(*counting.class_terms()));
    const auto counted = single_slices(input.log, input.coded, counting, pool);
    const auto whole = counting.classes(all_rows(input.log.rows));
    table::Column ones{.name = "w", .numbers = std::vector<double>(input.log.rows, 1.0)};
    input.log.columns.push_back(ones);
    input.log.roles.weight = "w";
    const SliceMeter weighing(input.log);
    RC_ASSERT(!ranks_by_place(*weighing.class_terms()));
    const auto ranked = single_slices(input.log, input.coded, weighing, pool);
    for (std::size_t f = 0; f < counted.size(); ++f)
      for (std::size_t c = 0; c < counted[f].slices.size(); ++c) {
        const SingleSlice &a = counted[f].slices[c], &b = ranked[f].slices[c];
        RC_ASSERT(a.roc_auc == b.roc_auc && a.average_precision == b.average_precision);
        RC_ASSERT(a.log_loss == b.log_loss && a.brier == b.brier && a.ece == b.ece);
      }
    const auto again = weighing.classes(all_rows(input.log.rows));
    RC_ASSERT(whole.has_value() == again.has_value());
    if (!whole) continue;
    RC_ASSERT(whole->roc_auc == again->roc_auc && whole->average_precision == again->average_precision);
  }
}

RC_GTEST_PROP(SingleSlices, OfNumbersHaveTheMetricsOfTheirCases, (std::uint64_t seed)) {
  Input input = any_input(Rng(seed), 2);
  input.log.task = table::Task::numbers;
  Rng rng(seed);
  for (const char* name : {"y", "yhat"}) {
    table::Column column;
    column.name = name;
    for (std::size_t row = 0; row < input.log.rows; ++row) column.numbers.push_back(rng.normal());
    input.log.columns.push_back(column);
  }
  input.log.roles.label = "y";
  input.log.roles.prediction = "yhat";
  ThreadPool pool(1);
  const auto singles = single_slices(input.log, input.coded, pool);
  for (std::size_t f = 0; f < singles.size(); ++f) {
    for (std::size_t c = 0; c < singles[f].slices.size(); ++c) {
      const SingleSlice& slice = singles[f].slices[c];
      const auto metrics = number_metrics(input.log, members_of(input.coded.features[f], c));
      RC_ASSERT(metrics.has_value() == slice.mae.has_value());
      if (!metrics) continue;
      RC_ASSERT(same(slice.mae, metrics->mae) && same(slice.rmse, metrics->rmse) && same(slice.bias, metrics->bias));
      RC_ASSERT(same(slice.r2, if_defined(metrics->r2)));
    }
  }
}

RC_GTEST_PROP(SingleSlices, AreTestedExactlyAndAdjustedTogether, (std::uint64_t seed)) {
  const Input input = any_input(Rng(seed), 3);
  ThreadPool pool(1), two(2);
  const auto singles = single_slices(input.log, input.coded, pool);
  const auto again = single_slices(input.log, input.coded, two);
  std::uint64_t failures = 0;
  for (const std::uint8_t failed : input.log.failed) failures += failed;
  std::vector<double> log_p, adjusted;
  for (std::size_t f = 0; f < singles.size(); ++f) {
    for (std::size_t c = 0; c < singles[f].slices.size(); ++c) {
      const SingleSlice& slice = singles[f].slices[c];
      log_p.push_back(stats::hypergeometric_log_upper_tail({input.log.rows, failures, slice.n}, slice.failures));
      adjusted.push_back(slice.log_p_adjusted);
      RC_ASSERT(slice.log_p == log_p.back());
      RC_ASSERT(slice.roc_auc == again[f].slices[c].roc_auc);
      RC_ASSERT(slice.ece == again[f].slices[c].ece);
    }
  }
  RC_ASSERT(adjusted == stats::benjamini_hochberg(log_p));
}

}  // namespace
}  // namespace errata::slice

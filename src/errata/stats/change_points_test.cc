#include "errata/stats/change_points.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "errata/base/rng.h"
#include "errata/stats/binomial_cost.h"

namespace errata::stats {
namespace {

using Counts = std::vector<std::uint64_t>;

struct Series {
  Counts failures, trials;
};

double cost_of(const Series& series, std::size_t begin, std::size_t end) {
  std::uint64_t failures = 0, trials = 0;
  for (std::size_t i = begin; i < end; ++i) {
    failures += series.failures[i];
    trials += series.trials[i];
  }
  return binomial_cost(failures, trials);
}

double cost_of(const Series& series, std::vector<std::size_t> starts, double penalty) {
  double cost = penalty * static_cast<double>(starts.size() - 1);
  starts.push_back(series.trials.size());
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) cost += cost_of(series, starts[i], starts[i + 1]);
  return cost;
}

/// The plain O(k²) optimal partition, no pruning, on series without empty periods.
std::vector<std::size_t> optimal_partition(const Series& series, double penalty) {
  const std::size_t periods = series.trials.size();
  std::vector<double> best(periods + 1, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> from(periods + 1, 0);
  best[0] = -penalty;
  for (std::size_t end = 1; end <= periods; ++end) {
    for (std::size_t begin = 0; begin < end; ++begin) {
      const double cost = best[begin] + cost_of(series, begin, end) + penalty;
      if (cost < best[end]) {
        best[end] = cost;
        from[end] = begin;
      }
    }
  }
  std::vector<std::size_t> starts;
  for (std::size_t end = periods; end > 0; end = from[end]) starts.insert(starts.begin(), from[end]);
  return starts;
}

double least_cost_of_all_cuts(const Series& series, double penalty) {
  const std::size_t periods = series.trials.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t cuts = 0; cuts < std::size_t{1} << (periods - 1); ++cuts) {
    std::vector<std::size_t> starts{0};
    for (std::size_t i = 1; i < periods; ++i) {
      if (cuts >> (i - 1) & 1) starts.push_back(i);
    }
    least = std::min(least, cost_of(series, starts, penalty));
  }
  return least;
}

/// Rates that jump now and then; `empty` is the share of periods without trials.
Series jumping_series(std::uint64_t seed, std::size_t periods, std::uint64_t most_trials, double empty) {
  Rng rng(seed);
  Series series;
  double rate = rng.uniform();
  for (std::size_t i = 0; i < periods; ++i) {
    if (rng.bernoulli(0.1)) rate = rng.uniform();
    const std::uint64_t trials = rng.bernoulli(empty) ? 0 : 1 + rng.below(most_trials);
    std::uint64_t failures = 0;
    for (std::uint64_t k = 0; k < trials; ++k) failures += rng.bernoulli(rate);
    series.failures.push_back(failures);
    series.trials.push_back(trials);
  }
  return series;
}

TEST(ChangePoints, CostOfOneRateByHand) {
  EXPECT_DOUBLE_EQ(binomial_cost(0, 10), 0);
  EXPECT_DOUBLE_EQ(binomial_cost(10, 10), 0);
  EXPECT_DOUBLE_EQ(binomial_cost(0, 0), 0);
  EXPECT_NEAR(binomial_cost(1, 2), 4 * std::log(2), 1e-15);
  EXPECT_NEAR(binomial_cost(1, 4), 2 * (std::log(4) + 3 * std::log(4.0 / 3)), 1e-14);
}

TEST(ChangePoints, OneJumpByHand) {
  const Counts failures{1, 0, 9, 8}, trials{10, 10, 10, 10};
  const auto cut = segment_binomial(failures, trials, 3 * std::log(4));
  EXPECT_EQ(cut.starts, (std::vector<std::size_t>{0, 2}));
  EXPECT_NEAR(cut.cost,
              2 * (std::log(20) + 19 * std::log(20.0 / 19)) + 2 * (17 * std::log(20.0 / 17) + 3 * std::log(20.0 / 3)) +
                  3 * std::log(4),
              1e-12);
}

TEST(ChangePoints, PenaltyDecides) {
  const Counts failures{0, 10}, trials{10, 10};  // one rate costs 40 log 2 = 27.7, two cost nothing
  EXPECT_EQ(segment_binomial(failures, trials, 27.7).starts.size(), 2u);
  EXPECT_EQ(segment_binomial(failures, trials, 27.8).starts.size(), 1u);
}

TEST(ChangePoints, NoPeriodsAndNoTrials) {
  EXPECT_TRUE(segment_binomial({}, {}, 1).starts.empty());
  const Counts none{0, 0, 0};
  EXPECT_EQ(segment_binomial(none, none, 1).starts, std::vector<std::size_t>{0});
  EXPECT_EQ(segment_binomial(none, none, 1).cost, 0);
}

TEST(ChangePoints, EmptyPeriodsBelongToTheStretchBefore) {
  const Counts failures{0, 0, 0, 0, 40, 40}, trials{0, 40, 40, 0, 40, 40};
  EXPECT_EQ(segment_binomial(failures, trials, 5).starts, (std::vector<std::size_t>{0, 4}));
}

TEST(ChangePoints, AmongEqualCostsTheLastStretchIsLongest) {
  const Counts failures{1, 1, 1}, trials{2, 2, 2};  // without a penalty every cut costs 12 log 2
  EXPECT_EQ(segment_binomial(failures, trials, 0).starts, std::vector<std::size_t>{0});
}

TEST(ChangePoints, HugeCounts) {
  const Counts failures{1'000'000'000, 1'000'100'000, 1'100'000'000};
  const Counts trials{4'000'000'000, 4'000'000'000, 4'000'000'000};
  EXPECT_EQ(segment_binomial(failures, trials, 100).starts, (std::vector<std::size_t>{0, 2}));
}

TEST(ChangePoints, SameAsTheUnprunedDynamicProgramme) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto series = jumping_series(seed, 20 + seed * 3, 1 + seed * seed, 0);
    for (const double penalty : {0.0, 1.0, 3 * std::log(static_cast<double>(series.trials.size()))}) {
      EXPECT_EQ(segment_binomial(series.failures, series.trials, penalty).starts, optimal_partition(series, penalty))
          << "seed " << seed << ", penalty " << penalty;
    }
  }
}

RC_GTEST_PROP(ChangePoints, NoCutIsCheaper, ()) {
  const auto periods = *rc::gen::inRange<std::size_t>(1, 12);
  const auto series = jumping_series(*rc::gen::arbitrary<std::uint64_t>(), periods, 12, 0.2);
  const double penalty = *rc::gen::inRange(0, 8);
  const auto cut = segment_binomial(series.failures, series.trials, penalty);
  RC_ASSERT(cut.starts.front() == 0u);
  RC_ASSERT(std::abs(cut.cost - cost_of(series, cut.starts, penalty)) < 1e-9);
  RC_ASSERT(cut.cost < least_cost_of_all_cuts(series, penalty) + 1e-9);
}

TEST(ChangePoints, FalseChangesAreRare) {
  Rng rng(11);
  int with_change = 0;
  for (int log = 0; log < 400; ++log) {
    Series series{.failures = Counts(100), .trials = Counts(100, 50)};
    for (auto& failures : series.failures) {
      for (int i = 0; i < 50; ++i) failures += rng.bernoulli(0.1);
    }
    with_change += segment_binomial(series.failures, series.trials, 3 * std::log(100)).starts.size() > 1;
  }
  EXPECT_LE(with_change, 12);  // 3%
}

}  // namespace
}  // namespace errata::stats

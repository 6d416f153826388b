#include "errata/stats/bootstrap.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "errata/stats/percentile.h"

namespace errata::stats {
namespace {

double mean_of(std::span<const double> values, std::span<const std::uint32_t> counts) {
  double sum = 0, n = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i] * counts[i];
    n += counts[i];
  }
  return sum / n;
}

TEST(Bootstrap, EqualsDrawingTheCasesThemselves) {
  const std::array values{1.0, 4.0, 9.0, 16.0, 25.0};
  const ThreadPool pool(2);
  const Rng rng(3);
  const auto intervals = bootstrap_intervals(
      std::array{values.size()}, 1,
      [&](Drawn drawn, std::span<double> figures) { figures[0] = mean_of(values, drawn[0]); }, {.replicates = 100}, rng,
      pool);
  std::vector<double> slow;
  for (std::size_t r = 0; r < 100; ++r) {
    Rng own = rng.fork(r);
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[own.below(values.size())];
    slow.push_back(sum / 5);
  }
  const auto expected = percentile_interval(slow, 0.95);
  EXPECT_EQ(intervals[0].low, expected.low);
  EXPECT_EQ(intervals[0].high, expected.high);
}

TEST(Bootstrap, TakesNoNoticeOfThreads) {
  const auto run = [](std::size_t threads) {
    const ThreadPool pool(threads);
    return bootstrap_intervals(
        std::array<std::size_t, 2>{50, 80}, 2,
        [](Drawn drawn, std::span<double> figures) {
          figures[0] = drawn[0][7];
          figures[1] = drawn[1][7];
        },
        {.replicates = 60}, Rng(1), pool);
  };
  const auto one = run(1), three = run(3);
  for (std::size_t f = 0; f < 2; ++f) {
    EXPECT_EQ(one[f].low, three[f].low);
    EXPECT_EQ(one[f].high, three[f].high);
  }
}

TEST(Bootstrap, OneSampleForTwoModelsTakesAwayWhatTheyShare) {
  std::vector<double> a, b;
  Rng rng(5);
  for (int i = 0; i < 400; ++i) {
    const double hard = rng.normal();
    a.push_back(hard);
    b.push_back(hard + 0.1 + 0.05 * rng.normal());
  }
  const ThreadPool pool(1);
  const auto paired = bootstrap_intervals(
      std::array{a.size()}, 1,
      [&](Drawn drawn, std::span<double> figures) { figures[0] = mean_of(b, drawn[0]) - mean_of(a, drawn[0]); }, {},
      Rng(1), pool);
  const auto apart = bootstrap_intervals(
      std::array{a.size(), b.size()}, 1,
      [&](Drawn drawn, std::span<double> figures) { figures[0] = mean_of(b, drawn[1]) - mean_of(a, drawn[0]); }, {},
      Rng(1), pool);
  // ± 1.96 · .05/20 around .1, and ± 1.96 · √2/20: the sample's own deviations are within a few percent of 1.
  EXPECT_NEAR(paired[0].high - paired[0].low, 2 * 1.96 * 0.05 / 20, 0.0015);
  EXPECT_NEAR(apart[0].high - apart[0].low, 2 * 1.96 * std::sqrt(2.0) / 20, 0.04);
}

TEST(Bootstrap, AFigureThatNoReplicateHasIsNan) {
  const ThreadPool pool(1);
  const auto intervals = bootstrap_intervals(
      std::array<std::size_t, 1>{3}, 1, [](Drawn, std::span<double> figures) { figures[0] = std::nan(""); },
      {.replicates = 10}, Rng(1), pool);
  EXPECT_TRUE(std::isnan(intervals[0].low));
}

}  // namespace
}  // namespace errata::stats

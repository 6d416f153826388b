#include "errata/stats/tests.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "errata/base/rng.h"
#include "errata/stats/hypergeometric.h"

namespace errata::stats {
namespace {

TEST(ChiSquaredIndependence, HasTheHandComputedValue) {
  const std::array<std::uint64_t, 4> counts{10, 20, 30, 40};
  const auto result = chi_squared_independence({counts, 2, 2});
  EXPECT_NEAR(result.statistic, 100.0 * 200 * 200 / (30.0 * 70 * 40 * 60), 1e-14);  // n (ad − bc)² / margins
  EXPECT_NEAR(result.log_p, chi_squared_log_upper_tail(result.statistic, 1), 1e-15);
}

TEST(ChiSquaredIndependence, LeavesEmptyRowsAndColumnsOut) {
  const std::array<std::uint64_t, 4> full{10, 20, 30, 40};
  const std::array<std::uint64_t, 9> padded{10, 0, 20, 0, 0, 0, 30, 0, 40};
  EXPECT_EQ(chi_squared_independence({padded, 3, 3}).log_p, chi_squared_independence({full, 2, 2}).log_p);
  const std::array<std::uint64_t, 4> constant{5, 7, 0, 0};
  EXPECT_EQ(chi_squared_independence({constant, 2, 2}).log_p, 0);
  EXPECT_EQ(chi_squared_independence({}).log_p, 0);
}

double naive_distance(const std::vector<double>& a, const std::vector<double>& b) {
  const auto share_up_to = [](const std::vector<double>& values, double x) {
    return static_cast<double>(std::ranges::count_if(values, [x](double v) { return v <= x; })) /
           static_cast<double>(values.size());
  };
  double distance = 0;
  for (const auto* values : {&a, &b}) {
    for (const double x : *values) distance = std::max(distance, std::abs(share_up_to(a, x) - share_up_to(b, x)));
  }
  return distance;
}

rc::Gen<std::vector<double>> coarse_values() {
  return rc::gen::nonEmpty(
      rc::gen::container<std::vector<double>>(rc::gen::map(rc::gen::inRange(-6, 7), [](int v) { return 0.5 * v; })));
}

RC_GTEST_PROP(KolmogorovSmirnov, EqualsTheNaiveDistanceAndSeries, ()) {
  auto a = *coarse_values(), b = *coarse_values();
  std::ranges::sort(a);
  std::ranges::sort(b);
  const auto result = kolmogorov_smirnov(a, b);
  RC_ASSERT(std::abs(result.statistic - naive_distance(a, b)) < 1e-15);
  const double n = static_cast<double>(a.size() * b.size()) / static_cast<double>(a.size() + b.size());
  const double x = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * result.statistic;
  double p = 0;
  for (int j = 10'000; j >= 1; --j) p += (j % 2 == 1 ? 2 : -2) * std::exp(-2 * x * x * j * j);
  if (x > 0.05) RC_ASSERT(std::abs(std::exp(result.log_p) - std::min(p, 1.0)) < 1e-9);
}

TEST(KolmogorovSmirnov, TellsShiftsApartFarInTheTail) {
  std::vector<double> a, near, far;
  for (int i = 0; i < 100'000; ++i) {
    a.push_back(i);
    near.push_back(i + 40'000);
    far.push_back(i + 50'000);
  }
  const auto small = kolmogorov_smirnov(a, near), large = kolmogorov_smirnov(a, far);
  EXPECT_NEAR(small.statistic, 0.4, 1e-12);
  EXPECT_NEAR(small.log_p, std::numbers::ln2 - 2 * std::pow(0.4 * (std::sqrt(5e4) + 0.12 + 0.11 / std::sqrt(5e4)), 2),
              1e-8);
  EXPECT_LT(large.log_p, small.log_p);
  EXPECT_EQ(kolmogorov_smirnov(a, a).log_p, 0);
  EXPECT_EQ(kolmogorov_smirnov(a, {}).log_p, 0);
}

RC_GTEST_PROP(MannWhitney, CountsPairsLikeTheNaiveLoop, ()) {
  const auto values = *coarse_values();
  std::vector<std::uint8_t> in_a;
  for (std::size_t i = 0; i < values.size(); ++i) in_a.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  double wins = 0, pairs = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      if (in_a[i] == 0 || in_a[j] != 0) continue;
      pairs += 1;
      wins += values[i] > values[j] ? 1 : values[i] < values[j] ? -1 : 0;
    }
  }
  const auto result = mann_whitney(values, in_a);
  RC_ASSERT(std::abs(result.statistic - (pairs > 0 ? wins / pairs : 0)) < 1e-14);
  RC_ASSERT(result.log_p <= 0);
}

TEST(MannWhitney, HasKnownPValues) {
  // U = 17 of 20, mean 10, variance 20 · 10 / 12: z = 6.5 / 4.0825.
  const std::vector<double> ages{19, 22, 16, 29, 24, 20, 11, 17, 12};
  const std::vector<std::uint8_t> group{1, 1, 1, 1, 1, 0, 0, 0, 0};
  const auto result = mann_whitney(ages, group);
  EXPECT_NEAR(result.statistic, 0.7, 1e-15);
  EXPECT_NEAR(std::exp(result.log_p), 0.11134688653314041, 1e-14);
}

// Two values in all: the variance with its tie correction is the hypergeometric one, a quarter of n_a² n_b² / (n − 1)
// per margin; without the correction it would be larger by a third here.
TEST(MannWhitney, CorrectsItsVarianceForTies) {
  const std::vector<double> values{1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
  const std::vector<std::uint8_t> in_a{1, 1, 1, 1, 0, 1, 0, 0, 0, 0};
  const double u = 4 * 4 + 0.5 * (4 * 1 + 1 * 4);
  const double variance = 25.0 / 12 * (11 - 2 * 120 / 90.0);
  const double expected = std::numbers::ln2 + normal_log_upper_tail((u - 12.5 - 0.5) / std::sqrt(variance));
  EXPECT_NEAR(mann_whitney(values, in_a).log_p, expected, 1e-14);
  EXPECT_NEAR(variance, 5.0 * 5 * 5 * 5 / (4 * 9), 1e-12);
}

TEST(MannWhitney, HasNothingToTestWithoutTwoSidesOrTwoValues) {
  EXPECT_EQ(mann_whitney({}, {}).log_p, 0);
  EXPECT_EQ(mann_whitney(std::vector{1.0, 2.0}, std::vector<std::uint8_t>{1, 1}).log_p, 0);
  EXPECT_EQ(mann_whitney(std::vector{1.0, 1.0}, std::vector<std::uint8_t>{1, 0}).log_p, 0);
}

TEST(RunsTest, HasTheHandComputedValue) {
  const std::vector<std::uint8_t> clustered{1, 1, 1, 1, 0, 0, 0, 0}, alternating{1, 0, 1, 0, 1, 0, 1, 0};
  const double deviation = std::sqrt(32.0 * 24 / (64 * 7));  // 2 runs, 5 expected
  EXPECT_NEAR(runs_test(clustered).statistic, -3 / deviation, 1e-14);
  EXPECT_NEAR(runs_test(clustered).log_p, normal_log_upper_tail(3 / deviation), 1e-14);
  EXPECT_NEAR(runs_test(alternating).statistic, 3 / deviation, 1e-14);
  EXPECT_NEAR(runs_test(alternating).log_p, normal_log_upper_tail(-3 / deviation), 1e-14);
  EXPECT_EQ(runs_test({}).log_p, 0);
  EXPECT_EQ(runs_test(std::vector<std::uint8_t>{1, 1, 1}).log_p, 0);
}

// Over every order of 5 ones and 7 zeros the number of runs has mean 1 + 2·35/12 and the variance of the formula.
TEST(RunsTest, IsStandardOverAllOrders) {
  std::vector<std::uint8_t> sequence{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
  double count = 0, sum = 0, squares = 0;
  do {
    const double z = runs_test(sequence).statistic;
    count += 1;
    sum += z;
    squares += z * z;
  } while (std::ranges::next_permutation(sequence).found);
  EXPECT_EQ(count, 792);
  EXPECT_NEAR(sum / count, 0, 1e-13);
  EXPECT_NEAR(squares / count, 1, 1e-13);
}

TEST(DispersionTest, HasTheHandComputedValue) {
  const std::vector<std::uint64_t> failures{1, 0, 3}, trials{4, 0, 4};
  const auto result = dispersion_test(failures, trials);  // rate ½: (1 − 2)² / 1 + (3 − 2)² / 1, one degree
  EXPECT_NEAR(result.statistic, 2, 1e-15);
  EXPECT_NEAR(result.log_p, std::numbers::ln2 + normal_log_upper_tail(std::sqrt(2)), 1e-14);
  EXPECT_EQ(dispersion_test({}, {}).log_p, 0);
  EXPECT_EQ(dispersion_test(std::vector<std::uint64_t>{0, 0}, std::span(trials).first(2)).log_p, 0);
  EXPECT_EQ(dispersion_test(std::vector<std::uint64_t>{4, 4}, std::vector<std::uint64_t>{4, 4}).log_p, 0);
}

TEST(BinomialDeviance, IsTheLikelihoodRatio) {
  const auto log_likelihood = [](double f, double n, double p) { return f * std::log(p) + (n - f) * std::log(1 - p); };
  const double expected =
      2 * (log_likelihood(30, 40, 0.75) + log_likelihood(20, 100, 0.2) - log_likelihood(50, 140, 50.0 / 140));
  EXPECT_NEAR(binomial_deviance(30, 40, 20, 100), expected, 1e-12);
  EXPECT_NEAR(binomial_deviance(10, 40, 25, 100), 0, 1e-12);
  EXPECT_NEAR(binomial_deviance(40, 40, 0, 100), -2 * log_likelihood(40, 140, 40.0 / 140), 1e-12);
  EXPECT_EQ(binomial_deviance(0, 0, 20, 100), 0);
  EXPECT_EQ(binomial_deviance(0, 40, 0, 100), 0);
}

double naive_two_sided(std::uint64_t f_a, std::uint64_t n_a, std::uint64_t f_b, std::uint64_t n_b) {
  const Hypergeometric table{n_a + n_b, f_a + f_b, n_a};
  const double observed = hypergeometric_log_mass(table, f_a);
  double p = 0;
  for (std::uint64_t k = 0; k <= n_a; ++k) {
    const double mass = hypergeometric_log_mass(table, k);
    if (mass <= observed + 1e-7) p += std::exp(mass);
  }
  return p;
}

RC_GTEST_PROP(TwoRatesTest, SumsTheTablesNoMoreProbable, ()) {
  const auto n_a = *rc::gen::inRange<std::uint64_t>(1, 60), n_b = *rc::gen::inRange<std::uint64_t>(1, 60);
  const auto f_a = *rc::gen::inRange<std::uint64_t>(0, n_a + 1), f_b = *rc::gen::inRange<std::uint64_t>(0, n_b + 1);
  const auto result = two_rates_test(f_a, n_a, f_b, n_b);
  RC_ASSERT(std::abs(result.statistic - (static_cast<double>(f_a) / static_cast<double>(n_a) -
                                         static_cast<double>(f_b) / static_cast<double>(n_b))) < 1e-15);
  RC_ASSERT(std::abs(std::exp(result.log_p) - naive_two_sided(f_a, n_a, f_b, n_b)) < 1e-12);
  RC_ASSERT(std::abs(result.log_p - two_rates_test(f_b, n_b, f_a, n_a).log_p) < 1e-10);
}

TEST(TwoRatesTest, HasTheValueOfTheTeaTasting) {
  EXPECT_NEAR(std::exp(two_rates_test(3, 4, 1, 4).log_p), 34.0 / 70, 1e-14);
  EXPECT_NEAR(std::exp(two_rates_test(4, 4, 0, 4).log_p), 2.0 / 70, 1e-14);
  EXPECT_EQ(two_rates_test(2, 4, 2, 4).log_p, 0);
  EXPECT_NEAR(two_rates_test(1, 4, 1, 9).log_p, 0, 1e-14);  // 0 and 1 failures in a are equally probable
  EXPECT_EQ(two_rates_test(0, 0, 2, 4).log_p, 0);
  EXPECT_LT(two_rates_test(400'000, 1'000'000, 300'000, 1'000'000).log_p, -10'000);
}

// A slice of half the log shares its cases' spread with the complement: the count's variance is the finite-population
// one, half of the binomial variance that a naive t-value uses. That would call this count 1.41 deviations, 7.9%.
TEST(TwoRatesTest, UsesTheVarianceOfADrawWithoutReplacement) {
  const Hypergeometric half{100'000, 20'000, 50'000};
  const double variance = 50'000 * 0.2 * 0.8 * 50'000 / 99'999.0;
  const auto two_deviations = static_cast<std::uint64_t>(std::lround(10'000 + 2 * std::sqrt(variance)));
  const double exact = std::exp(hypergeometric_log_upper_tail(half, two_deviations));
  const double z = (static_cast<double>(two_deviations) - 0.5 - 10'000) / std::sqrt(variance);
  EXPECT_NEAR(exact, std::exp(normal_log_upper_tail(z)), 2e-5);
  EXPECT_NEAR(exact, 0.0228, 1e-3);
}

// Of all logs with 12 failures among 40 cases, a fixed slice of 15 is called worse at 5% in at most 5%.
TEST(TwoRatesTest, OneSidedTestHoldsItsLevelExactly) {
  for (const double level : {0.01, 0.05, 0.2}) {
    const Hypergeometric table{40, 12, 15};
    double rejected = 0;
    for (std::uint64_t k = 0; k <= 12; ++k) {
      if (hypergeometric_log_upper_tail(table, k) <= std::log(level)) {
        rejected += std::exp(hypergeometric_log_mass(table, k));
      }
    }
    EXPECT_LE(rejected, level);
    EXPECT_GT(rejected, 0);
  }
}

TEST(McNemarTest, IsTheExactBinomialTest) {
  EXPECT_NEAR(std::exp(mcnemar_test(1, 5).log_p), 2 * (1 + 6) / 64.0, 1e-14);
  EXPECT_NEAR(std::exp(mcnemar_test(0, 8).log_p), 2 / 256.0, 1e-15);
  EXPECT_NEAR(std::exp(mcnemar_test(59, 6).log_p), 4.964650327128617e-12, 1e-22);  // by whole numbers
  EXPECT_NEAR(std::exp(mcnemar_test(300, 400).log_p), 0.00017847631448562445, 1e-14);
  EXPECT_EQ(mcnemar_test(12, 2).log_p, mcnemar_test(2, 12).log_p);
  EXPECT_EQ(mcnemar_test(12, 2).statistic, -10);
}

TEST(McNemarTest, SaysNothingWithoutDifferencesAndKeepsTheFarTail) {
  EXPECT_EQ(mcnemar_test(0, 0).log_p, 0);
  EXPECT_EQ(mcnemar_test(7, 7).log_p, 0);
  EXPECT_NEAR(mcnemar_test(0, 327).log_p, std::log(2.0) - 327 * std::log(2.0), 1e-9);
}

}  // namespace
}  // namespace errata::stats

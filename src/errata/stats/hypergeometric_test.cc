#include "errata/stats/hypergeometric.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "errata/base/limits.h"

namespace errata::stats {
namespace {

/// Pascal's triangle in whole numbers up to C(60, 30) < 2^63.
std::uint64_t choose(std::uint64_t n, std::uint64_t k) {
  if (k > n) return 0;
  std::uint64_t value = 1;
  for (std::uint64_t i = 1; i <= k; ++i) value = value * (n - k + i) / i;  // C(n-k+i, i), whole at every step
  return value;
}

/// Ways to draw a value in [first, last], all counted.
std::uint64_t ways(Hypergeometric t, std::uint64_t first, std::uint64_t last) {
  std::uint64_t sum = 0;
  for (std::uint64_t k = first; k <= last && k <= t.drawn; ++k) {
    sum += choose(t.marked, k) * choose(t.population - t.marked, t.drawn - k);
  }
  return sum;
}

double log_ratio(std::uint64_t part, std::uint64_t whole) {
  return part == 0 ? -kInfinity : std::log(static_cast<double>(part) / static_cast<double>(whole));
}

void expect_close(double actual, double expected, double tolerance) {
  if (std::isinf(expected)) {
    EXPECT_EQ(actual, expected);
  } else {
    EXPECT_NEAR(actual, expected, tolerance);
  }
}

TEST(Hypergeometric, EqualsFullEnumerationOfEveryTableUpTo24Cases) {
  for (std::uint64_t n = 0; n <= 24; ++n) {
    for (std::uint64_t marked = 0; marked <= n; ++marked) {
      for (std::uint64_t drawn = 0; drawn <= n; ++drawn) {
        const Hypergeometric table{n, marked, drawn};
        const std::uint64_t all = choose(n, drawn);
        for (std::uint64_t x = 0; x <= n + 1; ++x) {
          expect_close(hypergeometric_log_mass(table, x), log_ratio(ways(table, x, x), all), 2e-13);
          expect_close(hypergeometric_log_upper_tail(table, x), log_ratio(ways(table, x, n), all), 2e-13);
          expect_close(hypergeometric_log_lower_tail(table, x), log_ratio(ways(table, 0, x), all), 2e-13);
        }
      }
    }
  }
}

RC_GTEST_PROP(Hypergeometric, EqualsFullEnumerationAt60Cases, ()) {
  const auto marked = *rc::gen::inRange<std::uint64_t>(0, 61);
  const auto drawn = *rc::gen::inRange<std::uint64_t>(0, 61);
  const auto x = *rc::gen::inRange<std::uint64_t>(0, 61);
  const Hypergeometric table{60, marked, drawn};
  const std::uint64_t part = ways(table, x, 60);
  const double log_p = hypergeometric_log_upper_tail(table, x);
  if (part == 0) {
    RC_ASSERT(log_p == -kInfinity);
  } else {
    RC_ASSERT(std::abs(log_p - log_ratio(part, choose(60, drawn))) < 1e-12);
  }
}

/// log of the sum of every probability in [first, last] by long double factorials.
class SlowTail {
 public:
  explicit SlowTail(std::uint64_t population) : log_factorial_(population + 1) {
    for (std::uint64_t i = 1; i <= population; ++i) {
      log_factorial_[i] = log_factorial_[i - 1] + std::log(static_cast<long double>(i));
    }
  }
  [[nodiscard]] double log_upper(Hypergeometric t, std::uint64_t first) const {
    std::vector<long double> terms;
    for (std::uint64_t k = first; k <= std::min(t.marked, t.drawn); ++k) {
      terms.push_back(log_choose(t.marked, k) + log_choose(t.population - t.marked, t.drawn - k) -
                      log_choose(t.population, t.drawn));
    }
    const long double most = *std::ranges::max_element(terms);
    long double sum = 0;
    for (const long double term : terms) sum += std::exp(term - most);
    return static_cast<double>(most + std::log(sum));
  }

 private:
  [[nodiscard]] long double log_choose(std::uint64_t n, std::uint64_t k) const {
    return log_factorial_[n] - log_factorial_[k] - log_factorial_[n - k];
  }
  std::vector<long double> log_factorial_;
};

TEST(Hypergeometric, AgreesWithLongDoubleSumsOfALargeLog) {
  const SlowTail slow(200'000);
  for (const Hypergeometric table : {Hypergeometric{200'000, 30'000, 4'000}, Hypergeometric{200'000, 100'000, 100'000},
                                     Hypergeometric{200'000, 5, 150'000}, Hypergeometric{200'000, 199'000, 3'000}}) {
    const double mean = static_cast<double>(table.marked) * static_cast<double>(table.drawn) / 200'000;
    const std::uint64_t last = std::min(table.marked, table.drawn);
    for (const double share : {-0.01, 0.0, 0.01, 0.2, 0.7, 1.0}) {
      const double x = mean + share * (share < 0 ? mean : static_cast<double>(last) - mean);
      const auto observed = static_cast<std::uint64_t>(std::ceil(x));
      const double expected = slow.log_upper(table, observed);
      EXPECT_NEAR(hypergeometric_log_upper_tail(table, observed), expected, 1e-10 + 1e-14 * std::abs(expected));
    }
  }
}

TEST(Hypergeometric, TailsOfTenMillionCasesAddUpToOne) {
  for (const Hypergeometric table :
       {Hypergeometric{10'000'000, 1'500'000, 400'000}, Hypergeometric{10'000'000, 5'000'000, 5'000'000}}) {
    const auto mean = table.marked / 10'000 * table.drawn / 1'000;
    for (const std::uint64_t x : {mean - 700, mean - 100, mean, mean + 1, mean + 100, mean + 700}) {
      const double above = std::exp(hypergeometric_log_upper_tail(table, x));
      const double below = std::exp(hypergeometric_log_lower_tail(table, x - 1));
      EXPECT_NEAR(above + below, 1, 1e-12);
      // The difference of two tails is one probability.
      const double step = above - std::exp(hypergeometric_log_upper_tail(table, x + 1));
      EXPECT_NEAR(std::exp(hypergeometric_log_mass(table, x)), step, 1e-12);
    }
  }
}

// A slice that holds every failure, and nothing else: one way out of C(N, K).
TEST(Hypergeometric, OneTableOfTenMillionCasesIsExact) {
  const double expected = -std::log(10'000'000.0 * 9'999'999.0 / 2);
  EXPECT_NEAR(hypergeometric_log_upper_tail({10'000'000, 2, 2}, 2), expected, 1e-13 * -expected);
  // C(N, N/2)^-1, by Stirling's series: log C = N log 2 − ½ log(πN/2) − 1/(4N) + …
  const double half = 1e7 * std::log(2.0) - 0.5 * std::log(std::acos(-1.0) * 5e6) - 1 / 4e7;
  EXPECT_NEAR(hypergeometric_log_upper_tail({10'000'000, 5'000'000, 5'000'000}, 5'000'000), -half, 2e-9);
}

// Adult's best slice of one model: 10^-530 is a number here, not 0, and smaller than 10^-400.
TEST(Hypergeometric, OrdersEvidenceThatUnderflowsADouble) {
  const double strong = hypergeometric_log_upper_tail({24'421, 3'500, 1'853}, 1'100);
  const double weaker = hypergeometric_log_upper_tail({24'421, 3'500, 1'853}, 1'000);
  EXPECT_TRUE(std::isfinite(strong));
  EXPECT_LT(strong, weaker);
  EXPECT_LT(weaker, std::log(std::numeric_limits<double>::denorm_min()));
  EXPECT_EQ(std::exp(strong), 0);
}

TEST(Hypergeometric, EndsAtItsSupport) {
  const Hypergeometric table{10, 7, 5};  // at least 2 of the 5 drawn are marked, at most 5
  EXPECT_EQ(hypergeometric_log_upper_tail(table, 0), 0);
  EXPECT_EQ(hypergeometric_log_upper_tail(table, 2), 0);
  EXPECT_LT(hypergeometric_log_upper_tail(table, 3), 0);
  EXPECT_EQ(hypergeometric_log_upper_tail(table, 6), -kInfinity);
  EXPECT_EQ(hypergeometric_log_lower_tail(table, 1), -kInfinity);
  EXPECT_EQ(hypergeometric_log_lower_tail(table, 5), 0);
  EXPECT_EQ(hypergeometric_log_upper_tail({}, 0), 0);
}

}  // namespace
}  // namespace errata::stats

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/matrix_view.h"
#include "errata/stats/distributions.h"

namespace errata::stats {

/// A test's statistic and the natural logarithm of its p-value.
struct TestResult {
  double statistic = 0;
  double log_p = 0;  ///< in [-inf, 0]; 0 where there is nothing to test
};

/// Pearson's chi-squared test of independence; empty rows and columns are left out of the degrees of freedom.
/// @param counts  [rows, cols] >= 0
[[nodiscard]] TestResult chi_squared_independence(MatrixView<const std::uint64_t> counts);

/// Two-sample Kolmogorov–Smirnov test, ties handled (the statistic is taken between distinct values).
/// statistic = max |F_a - F_b|; p by the asymptotic Kolmogorov distribution with Stephens' correction.
/// @param a, b  sorted ascending, no NaN; either empty gives {0, log 1}
[[nodiscard]] TestResult kolmogorov_smirnov(std::span<const double> a, std::span<const double> b);

/// Cases of two groups that share one value.
struct TiedCases {
  double a = 0, b = 0;
};

/// mann_whitney() of values that are met in ascending order and counted.
class RankComparison {
 public:
  void add(TiedCases tied);
  [[nodiscard]] TestResult test() const;

 private:
  double a_ = 0, b_ = 0;
  double u_ = 0;     ///< pairs in which a is larger, ties counted as halves
  double ties_ = 0;  ///< Σ (t³ − t)
};

/// Mann–Whitney U with tie correction, two-sided, normal approximation with continuity correction.
/// statistic = rank-biserial correlation 2U/(n_a n_b) - 1 in [-1, 1], > 0 when `a` tends to be larger.
/// @param values [n] no NaN;  in_a [n] 0/1
[[nodiscard]] TestResult mann_whitney(std::span<const double> values, std::span<const std::uint8_t> in_a);

/// Wald–Wolfowitz runs test of a 0/1 sequence in time order, one-sided for too few runs (clustered failures).
/// statistic = z (negative when clustered). Reference: A. Wald, J. Wolfowitz, Ann. Math. Stat. 11 (1940), 147–162.
[[nodiscard]] TestResult runs_test(std::span<const std::uint8_t> sequence);

/// Dispersion test: are failure counts over periods more variable than binomial with one rate?
/// statistic = Pearson X²/(k-1) (1 = binomial); p from chi-squared with k-1 degrees, upper tail.
/// @param failures, trials  [k], failures <= trials; periods with no trials are skipped
[[nodiscard]] TestResult dispersion_test(std::span<const std::uint64_t> failures,
                                         std::span<const std::uint64_t> trials);

/// Likelihood-ratio G² of two binomial rates (slice against the rest), 0 when either side is empty.
[[nodiscard]] double binomial_deviance(std::uint64_t failures, std::uint64_t n, std::uint64_t rest_failures,
                                       std::uint64_t rest_n);

/// Two-sided test that two failure rates differ: Fisher's exact test (sum of tables no more probable than observed).
/// statistic = rate_a - rate_b.
[[nodiscard]] TestResult two_rates_test(std::uint64_t failures_a, std::uint64_t n_a, std::uint64_t failures_b,
                                        std::uint64_t n_b);

/// Two-sided exact McNemar test that two models fail equally often on the same cases. Only cases that one of them alone
/// fails on tell: under the hypothesis each falls to either side with probability 1/2.
///     p = min(1, 2 P(X <= min(only_first, only_second))),  X binomial(only_first + only_second, 1/2)
/// statistic = only_second − only_first.
/// Reference: Q. McNemar, Psychometrika 12 (1947), 153–157.
///     std::exp(mcnemar_test(1, 5).log_p);  // 2 (1 + 6) / 64 = .21875
[[nodiscard]] TestResult mcnemar_test(std::uint64_t only_first, std::uint64_t only_second);

}  // namespace errata::stats

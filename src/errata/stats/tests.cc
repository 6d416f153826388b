// Every test ends in the logarithm of a p-value, computed without passing through the p-value itself, so that the
// evidence of a large log (10^-530 on Adult) keeps its order.
#include "errata/stats/tests.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <ranges>

#include "errata/stats/binomial_tail.h"
#include "errata/stats/deviance.h"
#include "errata/stats/hypergeometric.h"
#include "errata/stats/sort_numbers.h"

namespace errata::stats {
namespace {

double log_add(double a, double b) {
  const double high = std::max(a, b);
  return std::isinf(high) ? high : high + std::log1p(std::exp(std::min(a, b) - high));
}

/// log P(K >= x), K the limit distribution of √n times the Kolmogorov–Smirnov distance.
double kolmogorov_log_upper_tail(double x) {
  constexpr double kPi = std::numbers::pi;
  if (!(x > 0)) return 0;
  if (x < 1) {  // the two series are one theta function; this one converges at once for small x
    const double q = -kPi * kPi / (8 * x * x);
    const double lower = std::sqrt(2 * kPi) / x * (std::exp(q) + std::exp(9 * q) + std::exp(25 * q) + std::exp(49 * q));
    return std::log1p(-std::min(1.0, lower));
  }
  double rest = 0;  // of 1 − e^−6x² + e^−16x² − …, the alternating series over its first term
  for (int j = 2; j <= 6; ++j) rest += (j % 2 == 0 ? -1 : 1) * std::exp(-2 * x * x * (j * j - 1));
  return std::min(0.0, std::numbers::ln2 - 2 * x * x + std::log1p(rest));
}

std::uint64_t total(std::span<const std::uint64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// log of the sum of the probabilities below the mode that are at most exp(log_mass); they rise up to the mode.
double log_opposite_tail(Hypergeometric table, double log_mass) {
  const auto mode = static_cast<std::uint64_t>((static_cast<long double>(table.marked) + 1) *
                                               (static_cast<long double>(table.drawn) + 1) /
                                               (static_cast<long double>(table.population) + 2));
  const std::uint64_t unmarked = table.population - table.marked;
  const std::uint64_t begin = table.drawn > unmarked ? table.drawn - unmarked : 0;
  const auto values = std::views::iota(begin, std::max(begin, mode));
  const auto end = std::ranges::partition_point(
      values, [&](std::uint64_t value) { return hypergeometric_log_mass(table, value) <= log_mass; });
  const auto rare = static_cast<std::uint64_t>(end - values.begin());
  return rare == 0 ? -HUGE_VAL : hypergeometric_log_lower_tail(table, begin + rare - 1);
}

/// Fisher's exact two-sided test when the observed count is at or above its mean.
double log_two_sided(Hypergeometric table, std::uint64_t observed) {
  constexpr double kTie = 1e-7;  // tables that are equally probable but for rounding count as ties
  const double log_mass = hypergeometric_log_mass(table, observed) + kTie;
  const double opposite = log_opposite_tail(table, log_mass);
  return std::min(0.0, log_add(hypergeometric_log_upper_tail(table, observed), opposite));
}

}  // namespace

TestResult chi_squared_independence(MatrixView<const std::uint64_t> counts) {
  std::vector<double> rows(counts.rows()), columns(counts.cols());
  double n = 0;
  for (std::size_t r = 0; r < counts.rows(); ++r) {
    for (std::size_t c = 0; c < counts.cols(); ++c) {
      const auto count = static_cast<double>(counts(r, c));
      rows[r] += count;
      columns[c] += count;
      n += count;
    }
  }
  const auto used = [](const std::vector<double>& margin) {
    return static_cast<double>(std::ranges::count_if(margin, [](double m) { return m > 0; }));
  };
  const double degrees = (used(rows) - 1) * (used(columns) - 1);
  if (!(n > 0 && degrees > 0)) return {};

  double statistic = 0;
  for (std::size_t r = 0; r < counts.rows(); ++r) {
    for (std::size_t c = 0; c < counts.cols(); ++c) {
      const double expected = rows[r] * columns[c] / n;
      const double difference = static_cast<double>(counts(r, c)) - expected;
      if (expected > 0) statistic += difference * difference / expected;
    }
  }
  return {statistic, chi_squared_log_upper_tail(statistic, degrees)};
}

TestResult kolmogorov_smirnov(std::span<const double> a, std::span<const double> b) {
  if (a.empty() || b.empty()) return {};
  const auto n_a = static_cast<double>(a.size()), n_b = static_cast<double>(b.size());
  double distance = 0;
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const double value = std::min(a[i], b[j]);
    while (i < a.size() && a[i] <= value) ++i;
    while (j < b.size() && b[j] <= value) ++j;
    distance = std::max(distance, std::abs(static_cast<double>(i) / n_a - static_cast<double>(j) / n_b));
  }
  const double root = std::sqrt(n_a / (n_a + n_b) * n_b);
  return {distance, kolmogorov_log_upper_tail((root + 0.12 + 0.11 / root) * distance)};
}

void RankComparison::add(TiedCases tied) {
  const double together = tied.a + tied.b;
  u_ += tied.a * (b_ + 0.5 * tied.b);
  ties_ += together * (together * together - 1);
  a_ += tied.a;
  b_ += tied.b;
}

TestResult RankComparison::test() const {
  const double n = a_ + b_, pairs = a_ * b_;
  if (!(pairs > 0)) return {};
  const double variance = pairs / 12 * ((n + 1) - ties_ / (n * (n - 1)));
  const double reach = std::abs(u_ - pairs / 2) - 0.5;
  const double log_p =
      variance > 0 && reach > 0 ? std::numbers::ln2 + normal_log_upper_tail(reach / std::sqrt(variance)) : 0;
  return {2 * u_ / pairs - 1, std::min(0.0, log_p)};
}

TestResult mann_whitney(std::span<const double> values, std::span<const std::uint8_t> in_a) {
  ERRATA_CHECK(values.size() == in_a.size());
  const auto of_a = static_cast<std::size_t>(std::ranges::count_if(in_a, [](std::uint8_t in) { return in != 0; }));
  std::vector<double> a(of_a), b(values.size() - of_a);
  for (std::size_t i = 0, next_a = 0, next_b = 0; i < values.size(); ++i) {
    (in_a[i] != 0 ? a[next_a++] : b[next_b++]) = values[i];
  }
  sort_numbers(a);
  sort_numbers(b);

  RankComparison ranks;
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const double value = j == b.size() || (i < a.size() && a[i] < b[j]) ? a[i] : b[j];
    TiedCases tied;
    for (; i < a.size() && a[i] == value; ++i) tied.a += 1;
    for (; j < b.size() && b[j] == value; ++j) tied.b += 1;
    ranks.add(tied);
  }
  return ranks.test();
}

TestResult runs_test(std::span<const std::uint8_t> sequence) {
  double ones = 0, runs = sequence.empty() ? 0 : 1;
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    ones += sequence[i] != 0 ? 1 : 0;
    if (i > 0 && (sequence[i] != 0) != (sequence[i - 1] != 0)) runs += 1;
  }
  const auto n = static_cast<double>(sequence.size());
  const double twice = 2 * ones * (n - ones);
  const double variance = n > 1 ? twice / n * (twice / n - 1) / (n - 1) : 0;
  if (!(variance > 0)) return {};
  const double z = (runs - 1 - twice / n) / std::sqrt(variance);
  return {z, normal_log_upper_tail(-z)};
}

TestResult dispersion_test(std::span<const std::uint64_t> failures, std::span<const std::uint64_t> trials) {
  ERRATA_CHECK(failures.size() == trials.size());
  const auto n = static_cast<double>(total(trials));
  const double rate = n > 0 ? static_cast<double>(total(failures)) / n : 0;
  double statistic = 0, degrees = -1;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (trials[i] == 0) continue;
    const double expected = rate * static_cast<double>(trials[i]);
    const double difference = static_cast<double>(failures[i]) - expected;
    statistic += difference * difference / (expected * (1 - rate));
    degrees += 1;
  }
  if (!(degrees > 0 && rate > 0 && rate < 1)) return {};
  return {statistic / degrees, chi_squared_log_upper_tail(statistic, degrees)};
}

double binomial_deviance(std::uint64_t failures, std::uint64_t n, std::uint64_t rest_failures, std::uint64_t rest_n) {
  if (n == 0 || rest_n == 0) return 0;
  return 2 * half_deviance_2x2(n + rest_n, failures + rest_failures, n, failures);
}

TestResult two_rates_test(std::uint64_t failures_a, std::uint64_t n_a, std::uint64_t failures_b, std::uint64_t n_b) {
  ERRATA_CHECK(failures_a <= n_a && failures_b <= n_b);
  if (n_a == 0 || n_b == 0) return {};
  const auto a = static_cast<double>(n_a), b = static_cast<double>(n_b);
  const double difference = static_cast<double>(failures_a) / a - static_cast<double>(failures_b) / b;
  // Seen from the side with the higher rate, the observed count is at or above its mean.
  const std::uint64_t failures = failures_a + failures_b;
  if (difference >= 0) return {difference, log_two_sided({n_a + n_b, failures, n_a}, failures_a)};
  return {difference, log_two_sided({n_a + n_b, failures, n_b}, failures_b)};
}

TestResult mcnemar_test(std::uint64_t only_first, std::uint64_t only_second) {
  const double difference = static_cast<double>(only_second) - static_cast<double>(only_first);
  const double tail =
      binomial_log_lower_tail({.failures = std::min(only_first, only_second), .trials = only_first + only_second}, 0.5);
  return {difference, std::min(0.0, std::numbers::ln2 + tail)};
}

}  // namespace errata::stats

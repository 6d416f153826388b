#include "errata/stats/poisson_binomial.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "errata/base/rng.h"
#include "errata/stats/binomial_tail.h"

namespace errata::stats {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

std::vector<EqualEvents> each(const std::vector<double>& p) {
  std::vector<EqualEvents> events;
  for (const double one : p) events.push_back({.probability = one, .events = 1});
  return events;
}
double upper(const std::vector<double>& p, std::uint64_t k) {
  return std::exp(poisson_binomial_log_upper_tail(each(p), k));
}
double lower(const std::vector<double>& p, std::uint64_t k) {
  return std::exp(poisson_binomial_log_lower_tail(each(p), k));
}

// .1, .2, .3: none .9 · .8 · .7 = .504; one .1 · .8 · .7 + .9 · .2 · .7 + .9 · .8 · .3 = .398; three .006; two .092.
TEST(PoissonBinomial, HasTheHandComputedValues) {
  const std::vector p{.1, .2, .3};
  EXPECT_EQ(upper(p, 0), 1);
  EXPECT_NEAR(upper(p, 1), .496, 1e-15);
  EXPECT_NEAR(upper(p, 2), .098, 1e-15);
  EXPECT_NEAR(upper(p, 3), .006, 1e-15);
  EXPECT_EQ(poisson_binomial_log_upper_tail(each(p), 4), kMinusInfinity);
  EXPECT_NEAR(lower(p, 0), .504, 1e-15);
  EXPECT_NEAR(lower(p, 1), .902, 1e-15);
  EXPECT_NEAR(lower(p, 2), .994, 1e-15);
  EXPECT_EQ(lower(p, 3), 1);
}

TEST(PoissonBinomial, CountsWhatIsSureAndLeavesOutWhatIsImpossible) {
  const std::vector<double> p{1, 0, .1, .2, 1, .3};
  EXPECT_NEAR(upper(p, 4), .098, 1e-15);
  EXPECT_EQ(upper(p, 2), 1);
  EXPECT_EQ(poisson_binomial_log_upper_tail(each(p), 6), kMinusInfinity);
  EXPECT_EQ(poisson_binomial_log_lower_tail(each(p), 1), kMinusInfinity);
  EXPECT_NEAR(lower(p, 2), .504, 1e-15);
  EXPECT_EQ(upper({}, 0), 1);
  EXPECT_EQ(poisson_binomial_log_upper_tail({}, 1), kMinusInfinity);
  EXPECT_EQ(lower({}, 0), 1);
}

/// P(X = j) by plain convolution.
std::vector<double> masses(const std::vector<double>& p) {
  std::vector<double> mass{1};
  for (const double one : p) {
    mass.push_back(0);
    for (std::size_t j = mass.size(); j-- > 1;) mass[j] = mass[j] * (1 - one) + mass[j - 1] * one;
    mass[0] *= 1 - one;
  }
  return mass;
}

RC_GTEST_PROP(PoissonBinomial, EqualsTheSumOfAllTerms, ()) {
  const auto drawn = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 101)));
  std::vector<double> p;
  for (const int percent : drawn) p.push_back(percent / 100.0);
  const auto mass = masses(p);
  const auto k = *rc::gen::inRange<std::size_t>(0, p.size() + 1);
  double up = 0, low = 0;
  for (std::size_t j = 0; j < mass.size(); ++j) (j >= k ? up : low) += mass[j];
  RC_ASSERT(std::abs(upper(p, k) - up) <= 1e-11 * up);
  if (k > 0) RC_ASSERT(std::abs(lower(p, k - 1) - low) <= 1e-11 * low);
}

// Far below the range of doubles: 1,000 events of .001 that all happen; and against the binomial tail.
TEST(PoissonBinomial, DoesNotUnderflow) {
  EXPECT_NEAR(poisson_binomial_log_upper_tail({{{.probability = .001, .events = 1'000}}}, 1'000),
              1'000 * std::log(.001), 1e-8);
  for (const std::uint64_t k : {10U, 60U, 100U, 140U, 300U, 900U, 999U}) {
    const double binomial = binomial_log_lower_tail({.failures = 1'000 - k, .trials = 1'000}, .9);
    EXPECT_NEAR(poisson_binomial_log_upper_tail({{{.probability = .1, .events = 1'000}}}, k), binomial,
                1e-9 * (1 - binomial))
        << k;
  }
}

struct Shape {
  std::size_t n;
  double expected;  ///< events
  double spread;    ///< of the log probabilities
};

std::vector<double> drawn(const Shape& shape, Rng& rng) {
  std::vector<double> p(shape.n);
  double sum = 0;
  for (double& one : p) sum += one = std::exp(shape.spread * rng.normal());
  for (double& one : p) one = std::min(.95, one * shape.expected / sum);
  return p;
}

// The approximation against the exact sum, on shapes from rare events to frequent ones, out to p = 1e-12.
TEST(PoissonBinomial, ApproximationIsCloseToTheExactTail) {
  Rng rng(3);
  constexpr double kBound = .01;
  constexpr std::size_t kAlwaysExact = std::numeric_limits<std::size_t>::max();
  for (const Shape& shape : {Shape{2'000, .5, 1}, Shape{2'000, 2, 1}, Shape{2'000, 10, 1}, Shape{2'000, 100, 1},
                             Shape{2'000, 1'000, .5}, Shape{2'000, 300, 0}, Shape{2'000, 1'600, .3}}) {
    const auto p = each(drawn(shape, rng));
    const auto stride = static_cast<std::uint64_t>(1 + std::sqrt(shape.expected) / 2);
    for (std::uint64_t k = 1; k <= shape.n; k += stride) {
      const double exact = poisson_binomial_log_upper_tail(p, k, kAlwaysExact);
      const double rest = poisson_binomial_log_lower_tail(p, k - 1, kAlwaysExact);
      if (exact < std::log(1e-12)) break;
      if (rest < std::log(1e-12)) continue;
      EXPECT_NEAR(poisson_binomial_log_upper_tail(p, k, 0), exact, kBound) << shape.expected << " " << k;
      EXPECT_NEAR(poisson_binomial_log_lower_tail(p, k - 1, 0), rest, kBound) << shape.expected << " " << k;
    }
  }
}

TEST(PoissonBinomial, EqualEventsMayBeCountedTogether) {
  const std::vector<EqualEvents> counted{{.probability = .1, .events = 3}, {.probability = .4, .events = 2}};
  const std::vector<double> one_by_one{.4, .1, .1, .4, .1};
  for (std::uint64_t k = 0; k <= 6; ++k) {
    EXPECT_NEAR(std::exp(poisson_binomial_log_upper_tail(counted, k)), upper(one_by_one, k), 1e-14);
    EXPECT_NEAR(std::exp(poisson_binomial_log_lower_tail(counted, k)), lower(one_by_one, k), 1e-14);
  }
}

TEST(PoissonBinomial, BothTailsHoldTheCount) {
  Rng rng(4);
  const auto p = drawn({50'000, 3'000, 1}, rng);
  double last = 1;
  for (const std::uint64_t k : {2'800U, 2'950U, 2'990U, 3'000U, 3'001U, 3'050U, 3'300U}) {
    const double up = upper(p, k);
    EXPECT_NEAR(up + lower(p, k - 1), 1, 1e-9);
    EXPECT_LT(up, last);
    last = up;
  }
}

}  // namespace
}  // namespace errata::stats

// The paths of N cases that each fail with probability r are points (n accepted, k failures). A pass over n holds the
// probabilities of the k that can still be, moves them one case on, and takes out what lies in the region. Few k matter
// for each n: below lies the region, above lies what is too improbable to count (and is counted as crossing, to be on
// the safe side).
#include "errata/selective/safe_region.h"

#include <algorithm>
#include <cmath>

#include "errata/base/error.h"
#include "errata/base/limits.h"
#include "errata/stats/binomial_tail.h"

namespace errata::selective {
namespace {

constexpr double kNegligible = 1e-18;  // probability of a state that is counted as crossing
constexpr int kSteps = 10;             // of the search for c
constexpr double kNear = 0.99;         // share of delta that is near enough
constexpr double kSmallest = 16;       // log(delta / c) at which nothing can be shown

/// s_k for k = 0, 1, …, while s_k + k <= cases. @param factor  c
std::vector<std::uint64_t> least_successes(std::size_t cases, double risk, double factor) {
  std::vector<std::uint64_t> least;
  const auto few = [&](std::uint64_t successes, std::uint64_t failures) {
    const std::uint64_t n = successes + failures;
    return n > 0 && stats::binomial_log_lower_tail({.failures = failures, .trials = n}, risk) <=
                        std::log(factor * static_cast<double>(n) / static_cast<double>(cases));
  };
  std::uint64_t step = 1;
  for (std::uint64_t k = 0; k <= cases; ++k) {
    // The tail falls with every success while the level rises: gallop to a count that will do, then halve.
    std::uint64_t low = least.empty() ? 0 : least.back(), high = low;
    if (!few(low, k)) {
      for (high = low + step; high + k <= cases && !few(high, k); high += step) low = high, step *= 2;
      if (high + k > cases) {
        high = cases - k;
        if (low >= high || !few(high, k)) break;
      }
      while (high - low > 1) (few(low + (high - low) / 2, k) ? high : low) = low + (high - low) / 2;
    }
    if (high + k > cases) break;
    step = least.empty() ? 1 : std::max<std::uint64_t>(1, high - least.back());
    least.push_back(high);
  }
  return least;
}

/// P(a path comes into the region), bounded above by less than cases · kNegligible more.
double crossing_probability(std::size_t cases, double risk, const std::vector<std::uint64_t>& least) {
  std::vector<double> at(cases + 2, 0);  // of k failures
  at[0] = 1;
  double crossed = 0;
  std::size_t first = 0, last = 0;  // the k that can be
  for (std::size_t n = 1; n <= cases && first <= last; ++n) {
    ++last;
    for (std::size_t k = last; k > first; --k) at[k] = at[k] * (1 - risk) + at[k - 1] * risk;
    at[first] *= 1 - risk;
    const auto take = [&](std::size_t k) {
      crossed += at[k];
      at[k] = 0;
    };
    while (first <= last && first < least.size() && n - first >= least[first]) take(first++);
    while (last > first && at[last] < kNegligible) take(last--);
  }
  return crossed;
}

}  // namespace

SafeRegion::SafeRegion(std::size_t cases, double risk, double delta) : cases_(cases) {
  ERRATA_CHECK(cases >= 1 && risk > 0 && risk < 1 && delta > 0 && delta < 1);
  const double most = std::log(delta);
  double low = -kInfinity, low_crossing = 0, high = kInfinity, high_crossing = 0;  // of log c
  const auto take = [&](double log_factor) {
    auto least = least_successes(cases, risk, std::exp(log_factor));
    const double crossing = crossing_probability(cases, risk, least);
    if (crossing > delta) {
      high = log_factor;
      high_crossing = crossing;
      return;
    }
    low = log_factor;
    low_crossing = crossing_ = crossing;
    factor_ = std::exp(log_factor);
    least_ = std::move(least);
  };
  // A single threshold at level delta comes to delta; all together come to about three times as much.
  for (double factor = most - 1; low == -kInfinity && factor > most - kSmallest; factor -= 1) take(factor);
  if (high == kInfinity) take(most);
  // The logarithm of the crossing is nearly straight in that of c, but for the steps of whole numbers.
  for (int step = 0; step < kSteps && crossing_ < kNear * delta && low < high && high < kInfinity; ++step) {
    const double slope = (std::log(high_crossing) - std::log(low_crossing)) / (high - low);
    const double straight = low + (std::log((1 + kNear) / 2 * delta) - std::log(low_crossing)) / slope;
    const bool inside = low_crossing > 0 && straight > low && straight < high;
    take(inside && step % 3 != 2 ? straight : (low + high) / 2);
  }
}

}  // namespace errata::selective

#include "errata/stats/mantel_haenszel.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "errata/stats/distributions.h"

namespace errata::stats {
namespace {

constexpr double kMostSteps = 4e6;

std::uint64_t least_of(const Hypergeometric& h) {
  return h.marked + h.drawn > h.population ? h.marked + h.drawn - h.population : 0;
}
std::uint64_t most_of(const Hypergeometric& h) { return std::min(h.marked, h.drawn); }
double spread_of(const Hypergeometric& h) { return static_cast<double>(most_of(h) - least_of(h)); }

double variance_of(const Hypergeometric& h) {
  if (h.population < 2) return 0;
  const auto n = static_cast<double>(h.population);
  const double share = static_cast<double>(h.marked) / n;
  return static_cast<double>(h.drawn) * share * (1 - share) * (n - static_cast<double>(h.drawn)) / (n - 1);
}

/// P(sum of the strata, each less its least >= excess).
double exact_log_tail(std::span<const Hypergeometric> strata, std::uint64_t excess) {
  std::vector<double> mass{1};
  for (const Hypergeometric& stratum : strata) {
    const std::uint64_t least = least_of(stratum), most = most_of(stratum);
    if (least == most) continue;
    std::vector<double> sum(mass.size() + (most - least), 0.0);
    for (std::uint64_t k = least; k <= most; ++k) {
      const double p = std::exp(hypergeometric_log_mass(stratum, k));
      for (std::size_t i = 0; i < mass.size(); ++i) sum[i + (k - least)] += mass[i] * p;
    }
    mass = std::move(sum);
  }
  double tail = 0;
  for (std::size_t i = mass.size(); i-- > excess;) tail += mass[i];
  return std::min(0.0, std::log(tail));
}

}  // namespace

StratifiedTest stratified_test(std::span<const Hypergeometric> strata, std::uint64_t observed) {
  StratifiedTest test;
  double variance = 0, steps = 0, width = 1;
  std::uint64_t least = 0, most = 0;
  for (const Hypergeometric& stratum : strata) {
    if (stratum.population == 0) continue;
    test.expected += static_cast<double>(stratum.drawn) * static_cast<double>(stratum.marked) /
                     static_cast<double>(stratum.population);
    variance += variance_of(stratum);
    least += least_of(stratum);
    most += most_of(stratum);
    steps += width * (spread_of(stratum) + 1);
    width += spread_of(stratum);
  }
  if (observed <= least) return test;
  if (observed > most) {
    test.log_p = -std::numeric_limits<double>::infinity();
  } else if (strata.size() == 1) {
    test.log_p = hypergeometric_log_upper_tail(strata.front(), observed);
  } else if (steps <= kMostSteps) {
    test.log_p = exact_log_tail(strata, observed - least);
  } else {
    test.log_p = normal_log_upper_tail((static_cast<double>(observed) - 0.5 - test.expected) / std::sqrt(variance));
  }
  return test;
}

}  // namespace errata::stats

#include "errata/stats/rate_difference.h"

#include <algorithm>
#include <cmath>

namespace errata::stats {
namespace {

/// Joins the Wilson intervals of two rates whose failures correlate with `phi`.
Result<RateInterval> joined(FailureCount first, FailureCount second, double phi, double confidence) {
  ERRATA_ASSIGN(const auto a, wilson_interval(first, confidence));
  ERRATA_ASSIGN(const auto b, wilson_interval(second, confidence));
  const double p = failure_rate(first), q = failure_rate(second);
  const auto reach = [&](double of_first, double of_second) {
    const double squares = of_first * of_first - 2 * phi * of_first * of_second + of_second * of_second;
    return std::sqrt(std::max(0.0, squares));
  };
  return RateInterval{.low = std::max(-1.0, q - p - reach(a.high - p, q - b.low)),
                      .high = std::min(1.0, q - p + reach(p - a.low, b.high - q))};
}

}  // namespace

Result<RateInterval> rate_difference_interval(FailureCount first, FailureCount second, double confidence) {
  return joined(first, second, 0, confidence);
}

Result<RateInterval> paired_difference_interval(PairedCounts counts, double confidence) {
  const auto both = static_cast<double>(counts.both), neither = static_cast<double>(counts.neither);
  const auto f = static_cast<double>(counts.only_first), g = static_cast<double>(counts.only_second);
  const double margins = (both + f) * (g + neither) * (both + g) * (f + neither);
  double covariance = both * neither - f * g;
  if (covariance > 0) covariance = std::max(0.0, covariance - (both + f + g + neither) / 2);
  return joined(counts.first(), counts.second(), margins > 0 ? covariance / std::sqrt(margins) : 0, confidence);
}

}  // namespace errata::stats

#include "errata/stats/percentile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/base/error.h"
#include "errata/stats/sort_numbers.h"

namespace errata::stats {

double quantile_of_sorted(std::span<const double> sorted, double share) {
  ERRATA_CHECK(!sorted.empty() && share >= 0 && share <= 1);
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, sorted.size() - 1);
  if (sorted[below] == sorted[above]) return sorted[below];  // also where both are infinite
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

RateInterval percentile_interval(std::vector<double> replicates, double confidence) {
  std::erase_if(replicates, [](double r) { return std::isnan(r); });
  if (replicates.empty()) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {.low = kNone, .high = kNone};
  }
  sort_numbers(replicates);
  return {.low = quantile_of_sorted(replicates, (1 - confidence) / 2),
          .high = quantile_of_sorted(replicates, (1 + confidence) / 2)};
}

}  // namespace errata::stats

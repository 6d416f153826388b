#include "errata/stats/rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/stats/distributions.h"

namespace errata::stats {

double failure_rate(FailureCount count) {
  if (count.trials == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(count.failures) / static_cast<double>(count.trials);
}

Result<RateInterval> wilson_interval(FailureCount count, double confidence) {
  if (count.trials == 0) return invalid_argument("an interval needs at least 1 trial, got 0");
  if (count.failures > count.trials) {
    return invalid_argument(fmt::format("{} failures are more than the {} trials", count.failures, count.trials));
  }
  if (!(confidence > 0 && confidence < 1)) {
    return invalid_argument(fmt::format("confidence {} is not in (0, 1)", confidence));
  }
  const double z = -normal_quantile((1 - confidence) / 2);
  const auto n = static_cast<double>(count.trials);
  const double p = failure_rate(count), share = z * z / n;
  const double middle = p + share / 2;
  const double reach = std::sqrt(share * (p * (1 - p) + share / 4));
  return RateInterval{.low = count.failures == 0 ? 0 : std::max(0.0, (middle - reach) / (1 + share)),
                      .high = count.failures == count.trials ? 1 : std::min(1.0, (middle + reach) / (1 + share))};
}

}  // namespace errata::stats

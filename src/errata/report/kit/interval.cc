#include "errata/report/kit/interval.h"

#include <fmt/format.h>

#include <limits>

#include "errata/report/kit/numbers.h"

namespace errata::report {

stats::RateInterval interval_of(std::uint64_t failures, std::uint64_t n) {
  return stats::wilson_interval({.failures = failures, .trials = n}, 0.95)
      .value_or(stats::RateInterval{.low = std::numeric_limits<double>::quiet_NaN(),
                                    .high = std::numeric_limits<double>::quiet_NaN()});
}

std::string interval_text(const stats::RateInterval& interval) {
  return fmt::format("{} to {}", percent_text(interval.low), percent_text(interval.high));
}

}  // namespace errata::report

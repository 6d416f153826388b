#pragma once

#include <cstdint>
#include <string>

#include "errata/stats/rate.h"

namespace errata::report {

/// failures / n of any counts with its 95% interval ends, NaN without cases.
[[nodiscard]] stats::RateInterval interval_of(std::uint64_t failures, std::uint64_t n);

/// "12.1% to 14.3%"
[[nodiscard]] std::string interval_text(const stats::RateInterval& interval);

}  // namespace errata::report

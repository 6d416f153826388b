#pragma once

#include <nlohmann/json_fwd.hpp>

#include "errata/slice/compare.h"
#include "errata/stats/rate.h"

namespace errata::report {

// Figures as JSON, within this module: the analysis and the comparison write them alike.

/// {"p", "log10_p"}: p is 0 where it underflows, its logarithm is still there.
[[nodiscard]] nlohmann::ordered_json p_value_json(double log_p);

/// [low, high]
[[nodiscard]] nlohmann::ordered_json interval_json(const stats::RateInterval& interval);

/// {"n", "failures", "rate", "interval", "rest", "p_value", "p_adjusted", "raised"}, or {"unmeasurable"} alone.
[[nodiscard]] nlohmann::ordered_json on_log_json(const slice::SliceOnLog& on_log);

}  // namespace errata::report

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "errata/slice/compare.h"

namespace errata::report {

/// {"n", "failures", "rate", "interval", "rest", "p_value", "p_adjusted", "raised"}, or {"unmeasurable"} alone.
[[nodiscard]] nlohmann::ordered_json on_log_json(const slice::SliceOnLog& on_log);

}  // namespace errata::report

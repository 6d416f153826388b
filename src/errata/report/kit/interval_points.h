#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "errata/report/kit/vega_lite.h"

namespace errata::report {

/// The dashed line of what figures must reach.
struct DrawnGate {
  double limit = 0;
  std::string words;  ///< "at least 0.85"
};

/// Rows {"name", "mean", "low", "high", "passes", "text"}, in their order, as points with their intervals; those that
/// do not pass in the warning colour.
/// @param name, value  what the names are and what is measured, for hints
[[nodiscard]] Json interval_points(Json rows, const char* name, const char* value,
                                   const std::optional<DrawnGate>& gate);

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/robustness/robustness.h"

namespace errata::report {

inline constexpr int kRobustnessSchemaVersion = 1;

/// A classifier's checklist as JSON (docs/formats/robustness-json.md): keys in a fixed order, NaN as null.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string robustness_json(const robustness::Robustness& made, int indent = 2);

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/improve/improvement.h"

namespace errata::report {

inline constexpr int kImproveSchemaVersion = 3;

/// An improvement as JSON (docs/formats/improve-json.md): keys in a fixed order, NaN as null.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string improve_json(const improve::Improvement& made, int indent = 2);

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/checklist/checklist.h"

namespace errata::report {

inline constexpr int kChecklistSchemaVersion = 1;

/// A checklist as JSON (docs/formats/checklist-json.md): keys in a fixed order, NaN as null.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string checklist_json(const checklist::Checklist& made, int indent = 2);

}  // namespace errata::report

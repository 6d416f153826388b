#pragma once

#include <string>

#include "errata/audit/audit.h"

namespace errata::report {

inline constexpr int kAuditSchemaVersion = 1;

/// Everything an audit says as JSON (docs/formats/audit-json.md): keys in a fixed order, NaN and infinities as null,
/// text that is not UTF-8 with U+FFFD in its place.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string audit_json(const audit::Audit& audit, int indent = 2);

}  // namespace errata::report

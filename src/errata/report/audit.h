#pragma once

#include <string>

#include "errata/audit/audit.h"
#include "errata/report/terminal.h"

namespace errata::report {

inline constexpr int kAuditSchemaVersion = 1;

/// Everything an audit says as JSON (docs/formats/audit-json.md): keys in a fixed order, NaN and infinities as null.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string audit_json(const audit::Audit& audit, int indent = 2);

/// The audit as text for a terminal, 80 columns, the most important first.
[[nodiscard]] std::string audit_terminal(const audit::Audit& audit, const TerminalOptions& options = {});

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/audit/audit.h"
#include "errata/report/terminal.h"

namespace errata::report {

inline constexpr int kAuditSchemaVersion = 1;

/// Everything an audit says as JSON (docs/formats/audit-json.md): keys in a fixed order, NaN and infinities as null,
/// text that is not UTF-8 with U+FFFD in its place.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string audit_json(const audit::Audit& audit, int indent = 2);

/// The audit as text for a terminal, the most important first: what was audited, findings, what to do, the detectors on
/// each set, coverage and calibration, operating points with what became of them, what was left out of training,
/// evidence, warnings. A section shows at most a screenful and says how much more the report holds.
[[nodiscard]] std::string audit_terminal(const audit::Audit& audit, const TerminalOptions& options = {});

/// The audit as one self-contained HTML file, made like that of an analysis (report/page.h). The findings read without
/// JavaScript; its charts are those of audit_charts().
[[nodiscard]] std::string audit_page(const audit::Audit& audit);

}  // namespace errata::report

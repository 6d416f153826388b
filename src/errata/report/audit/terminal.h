#pragma once

#include <string>

#include "errata/audit/audit.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

/// The audit as text for a terminal, the most important first: what was audited, findings, what to do, the detectors on
/// each set, coverage and calibration, operating points with what became of them, what was left out of training,
/// evidence, warnings. A section shows at most a screenful and says how much more the report holds.
[[nodiscard]] std::string audit_terminal(const audit::Audit& audit, const TerminalOptions& options = {});

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/audit/audit.h"

namespace errata::report {

/// The audit as one self-contained HTML file, made like that of an analysis (report/analysis/page.h). The findings read
/// without JavaScript; its charts are those of audit_charts().
[[nodiscard]] std::string audit_page(const audit::Audit& audit);

}  // namespace errata::report

#pragma once

#include <string>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

// The parts of an audit's page as HTML, each with its heading; text from the log is escaped.
[[nodiscard]] std::string audit_header_html(const audit::Audit& audit);
[[nodiscard]] std::string findings_section(const audit::Audit& audit);
[[nodiscard]] std::string detectors_section(const audit::Audit& audit, const std::vector<Chart>& charts);
[[nodiscard]] std::string points_section(const audit::Audit& audit);
[[nodiscard]] std::string sets_section(const audit::Audit& audit, const std::vector<Chart>& charts);
[[nodiscard]] std::string cases_section(const std::vector<Chart>& charts);
[[nodiscard]] std::string left_out_section(const audit::Audit& audit, const std::vector<Chart>& charts);
[[nodiscard]] std::string evidence_section(const audit::Audit& audit, const std::vector<Chart>& charts);
[[nodiscard]] std::string audit_method_section(const audit::Audit& audit);

}  // namespace errata::report

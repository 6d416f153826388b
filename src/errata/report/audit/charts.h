#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "errata/audit/audit.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// The section of the charts of one set of cases: "set_0", "set_1", …
[[nodiscard]] std::string set_section(std::size_t set);

/// Every chart that an audit has data for, in the order of the report: detectors on sets ("detectors"), for each
/// of the first twelve sets ROC and risk–coverage curves and the reliability of the risk (set_section), confidence and
/// risk against the outcome and the latents' principal axes ("cases"), what was left out of training ("left_out"),
/// evidence ("evidence").
[[nodiscard]] std::vector<Chart> audit_charts(const audit::Audit& audit);

}  // namespace errata::report

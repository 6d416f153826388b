#pragma once

#include <vector>

#include "errata/report/kit/chart.h"
#include "errata/slice/analysis.h"

namespace errata::report {

/// Every chart that the analysis has data for, in the order of the report:
/// hotspots, failure rate over time, drift, what goes with failure, failure rates of the features that go most with
/// it, two features together, reliability, confusion.
/// Only values that were aggregated before go into a chart; its size does not grow with the rows of the log.
[[nodiscard]] std::vector<Chart> analysis_charts(const slice::Analysis& analysis);

}  // namespace errata::report

#pragma once

#include <vector>

#include "errata/replay/replay.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Every chart that a replay has data for, in the order of the report: failures and danger over time ("time"), mode map
/// and activity of modes ("modes"), risk and coverage ("scores"), realised coverage and risk ("policy"), calibration
/// and experts ("risk"). Only values that were aggregated before go into a chart; its size does not grow with the log.
[[nodiscard]] std::vector<Chart> replay_charts(const replay::Replay& replay);

}  // namespace errata::report

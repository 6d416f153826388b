#pragma once

#include "errata/replay/replay.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

// One function a picture; each needs the part of the replay that it shows.
[[nodiscard]] Chart failures_chart(const replay::Replay& replay);
[[nodiscard]] Chart danger_chart(const replay::Replay& replay);
[[nodiscard]] Chart policy_coverage_chart(const replay::Replay& replay);
[[nodiscard]] Chart policy_risk_chart(const replay::Replay& replay);
[[nodiscard]] Chart mode_map_chart(const replay::Replay& replay);
[[nodiscard]] Chart mode_activity_chart(const replay::Replay& replay);
[[nodiscard]] Chart risk_coverage_chart(const replay::Replay& replay);
[[nodiscard]] Chart calibration_chart(const replay::Replay& replay);
[[nodiscard]] Chart expert_chart(const replay::Replay& replay);

}  // namespace errata::report

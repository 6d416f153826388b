#include "errata/report/replay/charts.h"

#include <algorithm>

#include "errata/report/replay/chart_kinds.h"

namespace errata::report {

std::vector<Chart> replay_charts(const replay::Replay& replay) {
  std::vector<Chart> charts;
  const bool has_bins = !replay.bins.empty();
  if (has_bins) {
    charts.push_back(failures_chart(replay));
    charts.push_back(danger_chart(replay));
  }
  const bool one_memory = replay.streams.empty();  // modes of several have no places or colours in common
  if (!replay.modes.empty() && one_memory) charts.push_back(mode_map_chart(replay));
  if (!replay.modes.empty() && one_memory && has_bins) charts.push_back(mode_activity_chart(replay));
  if (!replay.scores.empty()) charts.push_back(risk_coverage_chart(replay));
  if (has_bins && replay.policy.cases > 0) {
    charts.push_back(policy_coverage_chart(replay));
    charts.push_back(policy_risk_chart(replay));
  }
  if (!replay.calibration.empty()) charts.push_back(calibration_chart(replay));
  if (!replay.experts.empty()) charts.push_back(expert_chart(replay));
  return charts;
}

}  // namespace errata::report

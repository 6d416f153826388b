#pragma once

#include <string>
#include <vector>

#include "errata/replay/replay.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

// The parts of a replay's page as HTML, each with its heading; text from the log is escaped.
[[nodiscard]] std::string replay_header_html(const replay::Replay& replay);
[[nodiscard]] std::string advice_section(const std::vector<std::string>& advice);
[[nodiscard]] std::string replay_time_section(const replay::Replay& replay, const std::vector<Chart>& charts);
[[nodiscard]] std::string streams_section(const replay::Replay& replay);
[[nodiscard]] std::string modes_section(const replay::Replay& replay, const std::vector<Chart>& charts);
[[nodiscard]] std::string scores_section(const replay::Replay& replay, const std::vector<Chart>& charts);
[[nodiscard]] std::string policy_section(const replay::Replay& replay, const std::vector<Chart>& charts);
[[nodiscard]] std::string risk_section(const replay::Replay& replay, const std::vector<Chart>& charts);
[[nodiscard]] std::string corrections_section(const replay::Replay& replay);
[[nodiscard]] std::string replay_method_section(const replay::Replay& replay);

}  // namespace errata::report

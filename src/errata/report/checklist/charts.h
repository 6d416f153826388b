#pragma once

#include <string>
#include <vector>

#include "errata/checklist/checklist.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// The section of a mode and of its charts: "mode-1".
[[nodiscard]] std::string mode_section(const checklist::ModeResult& result);

/// For each figure of each mode the means of all contenders that have it, with their intervals and the gate.
[[nodiscard]] std::vector<Chart> checklist_charts(const checklist::Checklist& made);

}  // namespace errata::report

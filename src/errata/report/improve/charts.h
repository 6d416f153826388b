#pragma once

#include <vector>

#include "errata/improve/improvement.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Held-out accuracy of each skill with its intervals, round by round; failures of the largest modes; how well each
/// signal told wrong answers from right ones; what the collapse alarm watched.
[[nodiscard]] std::vector<Chart> improve_charts(const improve::Improvement& made);

}  // namespace errata::report

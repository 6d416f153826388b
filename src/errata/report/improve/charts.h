#pragma once

#include <vector>

#include "errata/improve/improvement.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Held-out accuracy of each skill with its intervals, round by round, and how well doubt told wrong answers from right
/// ones, in the sections of the page.
[[nodiscard]] std::vector<Chart> improve_charts(const improve::Improvement& made);

}  // namespace errata::report

#pragma once

#include <vector>

#include "errata/relevance/allocator.h"
#include "errata/relevance/video_course.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Tokens of the funded patches in the order of their relevance ("budgets"); none where nothing is funded.
[[nodiscard]] std::vector<Chart> allocation_charts(const relevance::ImageAllocation& made);

/// Tokens, jitter, shift and strategy over time ("course"), with lines where contexts begin; none of fewer than two
/// frames.
[[nodiscard]] std::vector<Chart> video_charts(const relevance::VideoAllocation& made);

}  // namespace errata::report

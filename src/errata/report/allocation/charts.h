#pragma once

#include <vector>

#include "errata/relevance/allocator.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Tokens of the funded patches in the order of their relevance ("budgets"); none where nothing is funded.
[[nodiscard]] std::vector<Chart> allocation_charts(const relevance::ImageAllocation& made);

}  // namespace errata::report

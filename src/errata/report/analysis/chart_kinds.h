#pragma once

#include <vector>

#include "errata/report/kit/chart.h"
#include "errata/slice/analysis.h"

namespace errata::report {

// One function a picture; each needs the part of the analysis that it shows.
[[nodiscard]] Chart hotspot_chart(const slice::Analysis& analysis);
[[nodiscard]] Chart time_chart(const slice::Analysis& analysis);
[[nodiscard]] Chart drift_chart(const slice::Analysis& analysis);
[[nodiscard]] Chart association_chart(const slice::Analysis& analysis);
[[nodiscard]] std::vector<Chart> feature_charts(const slice::Analysis& analysis);
[[nodiscard]] Chart pair_chart(const slice::Analysis& analysis);
[[nodiscard]] Chart reliability_chart(const slice::Analysis& analysis);
[[nodiscard]] Chart confusion_chart(const slice::Analysis& analysis);
[[nodiscard]] std::vector<Chart> group_charts(const slice::GroupComparison& groups);

}  // namespace errata::report

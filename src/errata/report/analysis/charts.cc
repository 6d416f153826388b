#include "errata/report/analysis/charts.h"

#include <algorithm>
#include <iterator>

#include "errata/report/analysis/chart_kinds.h"

namespace errata::report {

namespace {

constexpr std::size_t kConfusionClasses = 24;

}  // namespace

std::vector<Chart> analysis_charts(const slice::Analysis& analysis) {
  std::vector<Chart> charts;
  if (!analysis.hotspots.empty()) charts.push_back(hotspot_chart(analysis));
  if (analysis.over_time && !analysis.over_time->periods.empty()) charts.push_back(time_chart(analysis));
  if (analysis.drift && !analysis.drift->columns.empty()) charts.push_back(drift_chart(analysis));
  if (!analysis.associations.empty()) charts.push_back(association_chart(analysis));
  std::ranges::move(feature_charts(analysis), std::back_inserter(charts));
  if (analysis.pair_rates && !analysis.pair_rates->n.empty()) charts.push_back(pair_chart(analysis));
  if (analysis.classes && !analysis.classes->reliability.empty()) charts.push_back(reliability_chart(analysis));
  if (analysis.classes && analysis.classes->per_class.size() <= kConfusionClasses) {
    charts.push_back(confusion_chart(analysis));
  }
  if (analysis.groups) std::ranges::move(group_charts(*analysis.groups), std::back_inserter(charts));
  return charts;
}

}  // namespace errata::report

// The page of an analysis in words. Everything a reader must know stands in HTML, so that the page works without
// JavaScript, in print and in a mail client's preview; charts are empty places named by data-chart, which the page's
// script fills. page/shell.cc puts it together.
#include "errata/report/analysis/page.h"

#include "errata/report/analysis/charts.h"
#include "errata/report/analysis/json.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/shell.h"

namespace errata::report {

std::string analysis_page(const slice::Analysis& analysis) {
  const std::vector<Chart> charts = analysis_charts(analysis);
  const bool has_silent = !analysis.more_than_believed.empty(), has_safe = !analysis.safe.empty();
  const bool has_saved = !analysis.saved.empty();
  const bool has_time = analysis.over_time && !analysis.over_time->periods.empty();
  const bool has_drift = analysis.drift && !analysis.drift->columns.empty();
  const bool has_quality = analysis.classes || analysis.numbers;
  std::string main = header_html(analysis) + hotspots_section(analysis, charts);
  if (has_silent) main += silent_section(analysis);
  if (has_safe) main += safe_section(analysis);
  if (has_saved) main += saved_section(analysis);
  if (analysis.groups) main += groups_section(*analysis.groups, charts);
  if (has_time) main += time_section(analysis, charts);
  if (has_drift) main += drift_section(charts);
  main += features_section(analysis, charts);
  if (has_quality) main += quality_section(analysis, charts);
  main += method_section(analysis);
  return page_html({.title = "Errata: " + file_list(analysis),
                    .contents = {{.id = "hotspots", .words = "Where it fails"},
                                 {.there = has_silent, .id = "silent", .words = "More than it believes"},
                                 {.there = has_safe, .id = "safe", .words = "Safe where"},
                                 {.there = has_saved, .id = "saved", .words = "Saved slices"},
                                 {.there = analysis.groups.has_value(), .id = "groups", .words = "Groups"},
                                 {.there = has_time, .id = "time", .words = "When it fails"},
                                 {.there = has_drift, .id = "drift", .words = "What has changed"},
                                 {.id = "features", .words = "What goes with failure"},
                                 {.there = has_quality, .id = "quality", .words = "Overall quality"},
                                 {.id = "method", .words = "How this was found"}},
                    .main = std::move(main),
                    .charts = charts,
                    .data_id = "analysis",
                    .data = analysis_json(analysis, -1)});
}

}  // namespace errata::report

// The page of an audit in words; as with an analysis, the findings stand in HTML and the script only draws charts and
// sorts tables.
#include <algorithm>

#include "errata/report/audit/charts.h"
#include "errata/report/audit/json.h"
#include "errata/report/audit/page.h"
#include "errata/report/audit/sections.h"
#include "errata/report/audit/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/shell.h"

namespace errata::report {

std::string audit_page(const audit::Audit& audit) {
  const std::vector<Chart> charts = audit_charts(audit);
  const bool has_findings = !audit_findings(audit).empty();
  const bool has_sets = !audit.sets.empty();
  const bool has_points = !audit.points.empty() && has_sets;
  const bool has_cases = std::ranges::find(charts, "cases", &Chart::section) != charts.end();
  const bool has_left_out = !audit.left_out.empty();
  const bool has_evidence = !audit.evidence.empty();
  std::string main = audit_header_html(audit);
  if (has_findings) main += findings_section(audit);
  if (has_sets) main += detectors_section(audit, charts);
  if (has_points) main += points_section(audit);
  if (has_left_out) main += left_out_section(audit, charts);
  if (has_cases) main += cases_section(charts);
  if (has_sets) main += sets_section(audit, charts);
  if (has_evidence) main += evidence_section(audit, charts);
  main += audit_method_section(audit);
  return page_html({.title = "Errata audit: " + subject_name(audit),
                    .contents = {{.there = has_findings, .id = "findings", .words = "What was found"},
                                 {.there = has_sets, .id = "detectors", .words = "Detectors"},
                                 {.there = has_points, .id = "points", .words = "Where it refuses"},
                                 {.there = has_left_out, .id = "left-out", .words = "What it never saw"},
                                 {.there = has_cases, .id = "cases", .words = "Confidence and risk"},
                                 {.there = has_sets, .id = "sets", .words = "On each set"},
                                 {.there = has_evidence, .id = "evidence", .words = "Where the evidence is"},
                                 {.id = "method", .words = "How this was measured"}},
                    .main = std::move(main),
                    .charts = charts,
                    .data_id = "audit",
                    .data = audit_json(audit, -1)});
}

}  // namespace errata::report

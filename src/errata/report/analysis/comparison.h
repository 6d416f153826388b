#pragma once

#include <string>
#include <vector>

#include "errata/report/kit/chart.h"
#include "errata/report/kit/terminal_text.h"
#include "errata/slice/compare.h"

namespace errata::report {

inline constexpr int kComparisonSchemaVersion = 1;

/// How two logs and slices on them fare, as text for a terminal: the whole logs and what a failure is, then a table of
/// slices, what got worse first, metrics and warnings.
[[nodiscard]] std::string comparison_terminal(const slice::Comparison& comparison, const TerminalOptions& options = {});

/// The same as JSON (docs/formats/compare-json.md), in the conventions of analysis_json().
[[nodiscard]] std::string comparison_json(const slice::Comparison& comparison, int indent = 2);

/// The same as one HTML file that works offline.
[[nodiscard]] std::string comparison_page(const slice::Comparison& comparison);

/// Failure rates of whole logs and slices side by side, and their differences with intervals.
[[nodiscard]] std::vector<Chart> comparison_charts(const slice::Comparison& comparison);

}  // namespace errata::report

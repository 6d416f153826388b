#pragma once

#include <string>

#include "errata/report/kit/terminal_text.h"
#include "errata/slice/compare.h"

namespace errata::report {

inline constexpr int kComparisonSchemaVersion = 1;

/// How slices fare on two logs, as text for a terminal: the whole logs, then a table of slices, what got worse first.
[[nodiscard]] std::string comparison_terminal(const slice::Comparison& comparison, const TerminalOptions& options = {});

/// The same as JSON (docs/formats/compare-json.md), in the conventions of analysis_json().
[[nodiscard]] std::string comparison_json(const slice::Comparison& comparison);

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/report/terminal.h"
#include "errata/slice/compare.h"

namespace errata::report {

/// How slices fare on two logs, as text for a terminal: the whole logs, then a table of slices, what got worse first.
[[nodiscard]] std::string render_comparison(const slice::Comparison& comparison, const TerminalOptions& options = {});

/// The same as JSON (docs/formats/compare-json.md), in the conventions of render_json().
[[nodiscard]] std::string render_comparison_json(const slice::Comparison& comparison);

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/report/kit/terminal_text.h"
#include "errata/slice/analysis.h"

namespace errata::report {

/// The analysis as text for a terminal, the most important first: the log, how it was read, the failure rate, the
/// confirmed hotspots, when failures come, what drifted, what goes with failure, the error map, the warnings.
/// A section shows at most a screenful and says how much more the report holds.
[[nodiscard]] std::string analysis_terminal(const slice::Analysis& analysis, const TerminalOptions& options = {});

}  // namespace errata::report

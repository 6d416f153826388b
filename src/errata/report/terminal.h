#pragma once

#include <cstddef>
#include <string>

#include "errata/slice/analysis.h"

namespace errata::report {

struct TerminalOptions {
  bool colour = false;     ///< ANSI colours; for terminals only
  std::size_t width = 80;  ///< columns, at least 60; no line is wider
};

/// The analysis as text for a terminal, the most important first: the log, how it was read, the failure rate, the
/// confirmed hotspots, when failures come, what drifted, what goes with failure, the error map, the warnings.
/// A section shows at most a screenful and says how much more the report holds.
[[nodiscard]] std::string render_terminal(const slice::Analysis& analysis, const TerminalOptions& options = {});

}  // namespace errata::report

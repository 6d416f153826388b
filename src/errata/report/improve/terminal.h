#pragma once

#include <string>

#include "errata/improve/improvement.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

/// An improvement as text for a terminal: what came of it, accuracy of each skill round by round, and what each round
/// did.
[[nodiscard]] std::string improve_terminal(const improve::Improvement& made, const TerminalOptions& options = {});

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/report/kit/terminal_text.h"
#include "errata/robustness/robustness.h"

namespace errata::report {

/// A classifier's checklist as text for a terminal: the verdict, every figure with its gate, then what each check saw.
[[nodiscard]] std::string robustness_terminal(const robustness::Robustness& made, const TerminalOptions& options = {});

}  // namespace errata::report

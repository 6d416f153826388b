#pragma once

#include <string>

#include "errata/checklist/checklist.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

/// A checklist as text for a terminal: the verdict, then each mode with the figures of every allocator.
[[nodiscard]] std::string checklist_terminal(const checklist::Checklist& made, const TerminalOptions& options = {});

}  // namespace errata::report

#pragma once

#include "errata/report/kit/terminal_text.h"
#include "errata/slice/groups.h"

namespace errata::report {

/// The groups of a log, a table for each of --groups.
void write_groups(const slice::GroupComparison& groups, TerminalText& out);

}  // namespace errata::report

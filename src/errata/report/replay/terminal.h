#pragma once

#include <string>

#include "errata/replay/replay.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

/// The replay as text for a terminal, the most important first: what was streamed and how the policy did, how well the
/// risk sorts failures against the baselines, modes, regimes, whether failures can be corrected, what to do, warnings.
/// A section shows at most a screenful and says how much more the report holds.
[[nodiscard]] std::string replay_terminal(const replay::Replay& replay, const TerminalOptions& options = {});

}  // namespace errata::report

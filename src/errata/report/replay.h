#pragma once

#include <string>

#include "errata/replay/replay.h"
#include "errata/report/terminal.h"

namespace errata::report {

inline constexpr int kReplaySchemaVersion = 1;

/// Everything a replay says as JSON (docs/formats/replay-json.md): keys in a fixed order, NaN and infinities as null,
/// doubles that read back as the same ones, text that is not UTF-8 with U+FFFD in its place.
/// @param replay  the names of its scores differ: they are keys
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string replay_json(const replay::Replay& replay, int indent = 2);

/// The replay as text for a terminal, the most important first: what was streamed and how the policy did, how well the
/// risk sorts failures against the baselines, modes, regimes, whether failures can be corrected, what to do, warnings.
/// A section shows at most a screenful and says how much more the report holds.
[[nodiscard]] std::string replay_terminal(const replay::Replay& replay, const TerminalOptions& options = {});

/// The replay as one self-contained HTML file, made like that of an analysis (report/page.h). The findings read
/// without JavaScript; its charts are those of replay_charts().
[[nodiscard]] std::string replay_page(const replay::Replay& replay);

}  // namespace errata::report

#pragma once

#include <string>

#include "errata/replay/replay.h"

namespace errata::report {

inline constexpr int kReplaySchemaVersion = 1;

/// Everything a replay says as JSON (docs/formats/replay-json.md): keys in a fixed order, NaN and infinities as null,
/// doubles that read back as the same ones, text that is not UTF-8 with U+FFFD in its place.
/// @param replay  the names of its scores differ: they are keys
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string replay_json(const replay::Replay& replay, int indent = 2);

}  // namespace errata::report

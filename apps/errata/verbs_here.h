#pragma once

#include "verbs.h"

namespace errata::cli {

// The verbs of this program, one file each.
[[nodiscard]] Verb analyze_verb();
[[nodiscard]] Verb schema_verb();
[[nodiscard]] Verb slices_verb();
[[nodiscard]] Verb compare_verb();
[[nodiscard]] Verb simulate_verb();
[[nodiscard]] Verb replay_verb();

}  // namespace errata::cli

#pragma once

#include <string>
#include <vector>

#include "errata/replay/replay.h"

namespace errata::report {

/// What holds for the decisions, under which assumption; empty for a policy without a target.
[[nodiscard]] std::string guarantee_words(const selective::SelectivePolicyOptions& options);

/// What to do, most important first; empty when nothing can be said.
[[nodiscard]] std::vector<std::string> replay_advice(const replay::Replay& replay);

}  // namespace errata::report

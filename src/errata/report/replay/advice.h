#pragma once

#include <string>
#include <vector>

#include "errata/replay/replay.h"

namespace errata::report {

/// What the policy's own bound says about the decisions of this log, in numbers, and under which assumption; beside it
/// what happened. Empty for a policy without a target.
[[nodiscard]] std::string guarantee_words(const replay::PolicyResult& policy);
/// That of all streams together, where each has a policy.
[[nodiscard]] std::string guarantee_words(const replay::Replay& replay);

/// What to do, most important first; empty when nothing can be said.
[[nodiscard]] std::vector<std::string> replay_advice(const replay::Replay& replay);

}  // namespace errata::report

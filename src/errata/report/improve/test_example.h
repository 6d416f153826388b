#pragma once

#include "errata/improve/improvement.h"

namespace errata::report {

/// Two rounds by hand: the first is kept, the second taken back.
[[nodiscard]] improve::Improvement example_improvement();
/// No round was run.
[[nodiscard]] improve::Improvement bare_improvement();
/// Names that try to become markup or escape sequences.
[[nodiscard]] improve::Improvement hostile_improvement();

}  // namespace errata::report

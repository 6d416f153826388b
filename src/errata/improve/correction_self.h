#pragma once

#include <cstdint>
#include <memory>

#include "errata/improve/correction.h"

namespace errata::improve {

/// The model corrects itself by the task's identities (inverse_check.h); what it cannot check it believes where no
/// token had a probability below `doubt`. A wrong answer's correction is what its steps give, or one of a few drawn
/// answers that passes the check. Lessons are variants answered by steps, or made from inverse questions; of a
/// task or skill that has neither, variants whose own answers pass the check.
[[nodiscard]] std::unique_ptr<Corrector> make_self_corrector(double doubt, std::uint64_t seed);

}  // namespace errata::improve

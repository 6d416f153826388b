#pragma once

#include <string>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/checklist/checklist.h"

namespace errata::engine_nn {

/// Writes what a checklist measured as a prediction log (docs/formats/checklist-cases.md): a row for each case,
/// allocator and figure that has a gate, in the order of the checklist, by extension as table::write_columns().
/// `passed` is 0 where the value of that one case misses the limit that the mean is held to.
/// @return invalid_argument for an extension that is not known; output error of the place
[[nodiscard]] Result<void> write_checklist_cases(const checklist::Checklist& made, const std::string& place,
                                                 const Cancellation* stop = nullptr);

}  // namespace errata::engine_nn

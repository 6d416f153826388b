#pragma once

#include <string>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/robustness/evidence.h"

namespace errata::engine_nn {

/// Writes every prediction of a model's checklist as a log (docs/formats/robustness-cases.md): a row for each picture
/// of the sweep, each frame of a sequence and each foreign picture, by extension as table::write_columns(). Foreign
/// pictures have no label.
/// @return invalid_argument for an extension that is not known; output error of the place
[[nodiscard]] Result<void> write_robustness_cases(const robustness::Evidence& evidence, const std::string& place,
                                                  const Cancellation* stop = nullptr);

}  // namespace errata::engine_nn

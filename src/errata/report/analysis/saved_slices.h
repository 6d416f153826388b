#pragma once

#include <string>

#include "errata/slice/analysis.h"

namespace errata::report {

/// The hotspots of an analysis as slice::parse_saved_slices() reads them, for another day.
[[nodiscard]] std::string saved_slices_json(const slice::Analysis& analysis);

}  // namespace errata::report

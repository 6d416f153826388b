#pragma once

#include <vector>

#include "errata/report/kit/chart.h"
#include "errata/robustness/robustness.h"

namespace errata::report {

/// Accuracy by corruption and severity, confidence against accuracy clean and shifted, false acceptances, flips and
/// gaps with their intervals and gates: those of the checks that were measured, in the sections of the page.
[[nodiscard]] std::vector<Chart> robustness_charts(const robustness::Robustness& made);

}  // namespace errata::report

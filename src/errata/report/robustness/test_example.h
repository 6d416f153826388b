#pragma once

#include "errata/robustness/robustness.h"

namespace errata::report {

/// Every check measured, by hand; of the gates that of corruption is missed.
[[nodiscard]] robustness::Robustness example_robustness();

/// A log without anything but labels: only slices are measured, and none is confirmed.
[[nodiscard]] robustness::Robustness bare_robustness();

/// Nothing was measured.
[[nodiscard]] robustness::Robustness empty_robustness();

/// Names that try to become markup or escape sequences.
[[nodiscard]] robustness::Robustness hostile_robustness();

}  // namespace errata::report

#pragma once

#include "errata/audit/audit.h"

namespace errata::report {

/// A finished audit of a built-in pair on digits, made by hand, for tests: four sets (held out, two unseen mixes, an
/// attack that beats the auditor), six detectors, two operating points, four corruptions left out, evidence.
[[nodiscard]] audit::Audit example_audit();

/// A log without logits, where the auditor stands alone on one set, with a coverage asked for and a threshold that
/// accepts nothing.
[[nodiscard]] audit::Audit lone_audit();

/// A log that an auditor learns nothing from: the example's other detectors on their own.
[[nodiscard]] audit::Audit baseline_audit();

/// A set without failures: most figures are not numbers.
[[nodiscard]] audit::Audit flawless_audit();

/// Nothing was measured.
[[nodiscard]] audit::Audit empty_audit();

/// Names, words and warnings that try to become markup, escape sequences or broken text.
[[nodiscard]] audit::Audit hostile_audit();

}  // namespace errata::report

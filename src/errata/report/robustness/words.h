#pragma once

#include <string>
#include <string_view>

#include "errata/robustness/robustness.h"
#include "errata/stats/rate.h"
#include "errata/stats/rate_difference.h"

namespace errata::report {

/// "4 of 5 checks pass; corruption does not; not measured: retention".
[[nodiscard]] std::string robustness_headline(const robustness::Robustness& made);

/// What was checked on what: "m.onnx on the test images of mnist, against m1.onnx".
[[nodiscard]] std::string robustness_subject(const robustness::Robustness& made);

/// "passes", "FAILS", "not measured".
[[nodiscard]] std::string_view check_verdict_words(robustness::Verdict verdict);

/// Why a check was not measured, and what would make it so.
[[nodiscard]] std::string_view unmeasured_words(robustness::Unmeasured why);

/// What a figure must be: "≥ 0.8"; nothing without a limit.
[[nodiscard]] std::string limit_words(const robustness::Figure& figure);

/// "0.912", "–" for NaN.
[[nodiscard]] std::string measured_text(double value);
/// "0.901 to 0.923", "–" where there is none.
[[nodiscard]] std::string measured_interval(const stats::RateInterval& interval);

/// "severity 3"; of a log the level by its own name.
[[nodiscard]] std::string middle_words(const robustness::Robustness& made);
/// Of which cases calibration is told, where that is not by severity.
[[nodiscard]] std::string calibration_words(const robustness::Robustness& made);
/// What the best score is and how it was chosen.
[[nodiscard]] std::string rejection_words(const robustness::Robustness& made);
/// How many slices were tested and what that means for the gap.
[[nodiscard]] std::string gap_words(const robustness::Robustness& made);
/// What changed between the two models, in counts.
[[nodiscard]] std::string retention_words(const stats::PairedCounts& counts);

}  // namespace errata::report

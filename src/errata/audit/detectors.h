#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "errata/audit/detector.h"
#include "errata/audit/detector_inputs.h"
#include "errata/base/error.h"

namespace errata::audit {

struct DetectorInfo {
  std::string_view name;   ///< "mahalanobis_nearest"
  std::string_view words;  ///< one line
  DetectorNeeds needs;
  std::unique_ptr<Detector> (*make)();
};

/// The detectors that are compared with the auditor, in the order of reports. Each has a page
/// docs/methods/detectors/NAME.md.
[[nodiscard]] std::span<const DetectorInfo> detectors();

/// A new detector, not fitted. @return invalid_argument that lists the names when there is none of this name
[[nodiscard]] Result<std::unique_ptr<Detector>> detector_named(std::string_view name);

/// New detectors, not fitted: those whose needs the cases meet. None when the cases themselves are at fault (sizes that
/// do not agree, values that are not finite); check_cases() says how.
///     for (auto& detector : baseline_detectors(cases)) ERRATA_TRY(detector->fit(cases, pool));
[[nodiscard]] std::vector<std::unique_ptr<Detector>> baseline_detectors(const TrainingCases& cases,
                                                                        const Cancellation* cancellation = nullptr);

}  // namespace errata::audit

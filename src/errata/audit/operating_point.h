#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "errata/base/error.h"
#include "errata/selective/risk_control.h"
#include "errata/stats/rate.h"

namespace errata::audit {

/// How a threshold was found on held-out cases.
enum class OperatingRule : std::uint8_t {
  sgr,       ///< selection with guaranteed risk
  ltt,       ///< learn then test
  coverage,  ///< the share of cases that is to be accepted; no guarantee about risk
};
[[nodiscard]] std::string_view name_of(OperatingRule rule);

/// A threshold with what is promised of it: accept a case when its risk is <= threshold.
struct OperatingPoint {
  OperatingRule rule = OperatingRule::sgr;
  double target = 0;  ///< the risk, or the coverage, that was asked for
  double delta = 0;   ///< chance that the risk is above the target after all; 1 for `coverage`: nothing is promised
  selective::ControlledThreshold at;
  [[nodiscard]] bool accepts(double risk) const { return risk <= at.threshold; }
};

/// The threshold for a target risk. The guarantee of selective/risk_control.h holds for cases drawn like the held-out
/// ones (exchangeable with them), and not under a shift.
/// @param risk    [n] of cases that neither detector nor calibration was fitted on  @param failed  [n] 0/1
/// @param rule    sgr or ltt
/// @return the point (threshold −inf where no coverage could be shown to be safe), or invalid_argument
///     ERRATA_ASSIGN(const auto point, operating_point_for_risk(risk, failed, {.risk = .05}, OperatingRule::ltt));
///     ERRATA_ASSIGN(const auto shifted, realise(point, shifted_risk, shifted_failed));
[[nodiscard]] Result<OperatingPoint> operating_point_for_risk(std::span<const double> risk,
                                                              std::span<const std::uint8_t> failed,
                                                              selective::RiskTarget target, OperatingRule rule);

/// The least threshold that accepts at least the share `coverage` of the held-out cases; a tie is accepted whole.
/// risk_bound of the result is the exact 95% upper bound of the failure rate of what was accepted there, valid only as
/// far as the choice of the threshold does not depend on the failures, which it does not.
/// @param coverage  in (0, 1]
[[nodiscard]] Result<OperatingPoint> operating_point_for_coverage(std::span<const double> risk,
                                                                  std::span<const std::uint8_t> failed,
                                                                  double coverage);

/// What a threshold does on some cases.
struct RealisedRisk {
  std::uint64_t cases = 0;
  stats::FailureCount accepted, abstained;
  double coverage = 0;                                          ///< NaN of no cases
  double risk = std::numeric_limits<double>::quiet_NaN();       ///< failure rate of the accepted; NaN when none is
  double base_risk = std::numeric_limits<double>::quiet_NaN();  ///< failure rate of all; NaN of no cases
  stats::RateInterval risk_interval, coverage_interval;         ///< Wilson, 95%; [0, 1] where nothing is known
};

/// @param risk  [n]; NaN is never accepted  @param failed  [n] 0/1
/// @return what was accepted and abstained from, or invalid_argument when lengths differ or a failure is not 0/1
[[nodiscard]] Result<RealisedRisk> realise(const OperatingPoint& point, std::span<const double> risk,
                                           std::span<const std::uint8_t> failed);

}  // namespace errata::audit

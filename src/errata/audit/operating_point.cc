#include "errata/audit/operating_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "errata/stats/binomial_tail.h"
#include "errata/stats/risk_coverage.h"
#include "errata/stats/sort_numbers.h"

namespace errata::audit {
namespace {

Result<void> check_risks(std::span<const double> risk, std::span<const std::uint8_t> failed) {
  if (risk.size() != failed.size()) {
    return invalid_argument(fmt::format("{} risks do not go with {} failures", risk.size(), failed.size()));
  }
  const auto odd = std::ranges::find_if(failed, [](std::uint8_t f) { return f > 1; });
  if (odd == failed.end()) return {};
  return invalid_argument(fmt::format("failure {} of case {} is not 0 or 1", *odd, odd - failed.begin()));
}

stats::RateInterval interval_of(stats::FailureCount count) {
  return stats::wilson_interval(count, 0.95).value_or(stats::RateInterval{.low = 0, .high = 1});
}

}  // namespace

std::string_view name_of(OperatingRule rule) {
  switch (rule) {
    case OperatingRule::sgr: return "sgr";
    case OperatingRule::ltt: return "ltt";
    case OperatingRule::coverage: return "coverage";
  }
  ERRATA_CHECK(false);
  return {};
}

Result<OperatingPoint> operating_point_for_risk(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                                selective::RiskTarget target, OperatingRule rule) {
  if (rule == OperatingRule::coverage) return invalid_argument("a threshold for a risk is found by sgr or ltt");
  OperatingPoint point{.rule = rule, .target = target.risk, .delta = target.delta};
  ERRATA_ASSIGN(point.at, rule == OperatingRule::sgr ? selective::sgr_threshold(risk, failed, target)
                                                     : selective::ltt_threshold(risk, failed, target));
  return point;
}

Result<OperatingPoint> operating_point_for_coverage(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                                    double coverage) {
  ERRATA_TRY(check_risks(risk, failed));
  if (!(coverage > 0 && coverage <= 1)) return invalid_argument(fmt::format("coverage {} is not in (0, 1]", coverage));
  if (risk.empty()) return invalid_argument("a threshold for a coverage needs cases, got none");
  std::vector<double> sorted(risk.begin(), risk.end());
  for (double& value : sorted) value = std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
  stats::sort_numbers(sorted);
  OperatingPoint point{.rule = OperatingRule::coverage, .target = coverage, .delta = 1};
  point.at.threshold = sorted[stats::accepted_at_coverage(coverage, sorted.size()) - 1];
  ERRATA_ASSIGN(const auto realised, realise(point, risk, failed));
  point.at.coverage = realised.coverage;
  point.at.accepted = realised.accepted;
  point.at.risk_bound = realised.accepted.trials == 0 ? 1 : stats::binomial_upper_bound(realised.accepted, 1 - 0.95);
  return point;
}

Result<RealisedRisk> realise(const OperatingPoint& point, std::span<const double> risk,
                             std::span<const std::uint8_t> failed) {
  ERRATA_TRY(check_risks(risk, failed));
  RealisedRisk realised{.cases = risk.size()};
  for (std::size_t i = 0; i < risk.size(); ++i) {
    stats::FailureCount& side = point.accepts(risk[i]) ? realised.accepted : realised.abstained;
    side.trials += 1;
    side.failures += failed[i];
  }
  realised.coverage = static_cast<double>(realised.accepted.trials) / static_cast<double>(realised.cases);
  realised.risk = stats::failure_rate(realised.accepted);
  realised.base_risk = stats::failure_rate(
      {.failures = realised.accepted.failures + realised.abstained.failures, .trials = realised.cases});
  realised.risk_interval = interval_of(realised.accepted);
  realised.coverage_interval = interval_of({.failures = realised.accepted.trials, .trials = realised.cases});
  return realised;
}

}  // namespace errata::audit

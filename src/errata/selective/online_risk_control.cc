#include "errata/selective/online_risk_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace errata::selective {

Result<void> OnlineRiskOptions::check() const {
  if (!(risk > 0 && risk < 1)) return invalid_argument(fmt::format("risk target {} is not in (0, 1)", risk));
  if (!(step > 0 && step < 1)) return invalid_argument(fmt::format("step {} is not in (0, 1)", step));
  if (!(leak >= 0 && leak <= 1)) return invalid_argument(fmt::format("leak {} is not in [0, 1]", leak));
  if (!(probe >= 0 && probe <= 1)) return invalid_argument(fmt::format("probe level {} is not in [0, 1]", probe));
  if (!(start >= 0 && start <= 1)) return invalid_argument(fmt::format("first level {} is not in [0, 1]", start));
  if (!(debt >= step && std::isfinite(debt))) {
    return invalid_argument(fmt::format("debt {} is less than the step {}", debt, step));
  }
  return {};
}

double online_step(double delay_cases) {
  ERRATA_CHECK(delay_cases >= 0);
  return std::min(OnlineRiskOptions{}.step, 3 / std::max(delay_cases, 1.0));
}

OnlineRiskControl::OnlineRiskControl(const OnlineRiskOptions& options) : options_(options), theta_(options.start) {
  ERRATA_CHECK(options.check().has_value());
}

void OnlineRiskControl::move(double by) { theta_ = std::clamp(theta_ + by, -options_.debt, 1.0); }

void OnlineRiskControl::decided(bool accepted) {
  if (!accepted && theta_ < options_.probe) move(options_.leak * options_.step * options_.risk);
}

void OnlineRiskControl::resolved(bool failed) { move(options_.step * (options_.risk - (failed ? 1 : 0))); }

void OnlineRiskControl::save(ByteWriter& out) const {
  for (const double value :
       {options_.risk, options_.step, options_.leak, options_.probe, options_.start, options_.debt, theta_}) {
    out.write(value);
  }
}

Result<OnlineRiskControl> OnlineRiskControl::load(ByteReader& in) {
  OnlineRiskOptions options;
  for (double* value : {&options.risk, &options.step, &options.leak, &options.probe, &options.start, &options.debt}) {
    *value = in.read<double>();
  }
  const auto theta = in.read<double>();
  if (in.truncated()) return data_error("the online risk control ends too early");
  if (!options.check() || !(theta >= -options.debt && theta <= 1)) {
    return data_error("the online risk control has values that are out of range");
  }
  OnlineRiskControl control(options);
  control.theta_ = theta;
  return control;
}

}  // namespace errata::selective

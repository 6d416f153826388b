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

OnlineRiskControl::OnlineRiskControl(const OnlineRiskOptions& options)
    : options_(options), theta_(options.start), step_(options.step), slack_(options.start / options.step) {
  ERRATA_CHECK(options.check().has_value());
}

void OnlineRiskControl::move(double by) {
  const double to = theta_ + by, floor = -options_.debt;
  if (to < floor) regained_ += (floor - to) / step_;
  theta_ = std::clamp(to, floor, 1.0);
}

void OnlineRiskControl::grant(double by) {
  regained_ += by / step_;
  move(by);
}

void OnlineRiskControl::decided(bool accepted) {
  if (!accepted && theta_ < options_.probe) grant(options_.leak * step_ * options_.risk);
}

void OnlineRiskControl::resolved(bool failed) {
  ++accepted_;
  failures_ += static_cast<std::uint64_t>(failed);
  move(step_ * (options_.risk - (failed ? 1 : 0)));
}

void OnlineRiskControl::refused(double rank, bool failed) {
  if (!(rank < std::max(theta_, options_.probe))) return;
  const double by = step_ * (options_.risk - (failed ? 1 : 0));
  grant(std::max(by, std::min(-theta_, 0.0)));
}

void OnlineRiskControl::late(double delay_cases) {
  constexpr std::uint64_t kMemory = 200;
  outcomes_ = std::min(outcomes_ + 1, kMemory);
  lateness_ += (delay_cases - lateness_) / static_cast<double>(outcomes_);
  const double step = online_step(lateness_);
  if (step >= step_) return;
  slack_ += theta_ * (1 / step - 1 / step_);
  step_ = step;
}

RiskBound OnlineRiskControl::bound() const {
  return {.accepted = accepted_,
          .failures = failures_,
          .regained = regained_,
          .at_most = options_.risk * static_cast<double>(accepted_) + regained_ + slack_ - theta_ / step_};
}

void OnlineRiskControl::save(ByteWriter& out) const {
  for (const double value : {options_.risk, options_.step, options_.leak, options_.probe, options_.start, options_.debt,
                             theta_, step_, slack_, regained_, lateness_}) {
    out.write(value);
  }
  for (const std::uint64_t value : {accepted_, failures_, outcomes_}) out.write(value);
}

Result<OnlineRiskControl> OnlineRiskControl::load(ByteReader& in, bool without_bound) {
  OnlineRiskOptions options;
  for (double* value : {&options.risk, &options.step, &options.leak, &options.probe, &options.start, &options.debt}) {
    *value = in.read<double>();
  }
  const auto damaged = [] { return data_error("the online risk control has values that are out of range"); };
  if (!options.check()) return in.truncated() ? data_error("the online risk control ends too early") : damaged();
  OnlineRiskControl control(options);
  control.theta_ = in.read<double>();
  if (without_bound) {
    control.slack_ = control.theta_ / control.step_;
    const bool fits = control.theta_ >= -options.debt && control.theta_ <= 1;
    return in.truncated() || !fits ? damaged() : Result<OnlineRiskControl>(control);
  }
  for (double* value : {&control.step_, &control.slack_, &control.regained_, &control.lateness_}) {
    *value = in.read<double>();
  }
  for (std::uint64_t* value : {&control.accepted_, &control.failures_, &control.outcomes_}) {
    *value = in.read<std::uint64_t>();
  }
  if (in.truncated()) return data_error("the online risk control ends too early");
  const bool fits = control.theta_ >= -options.debt && control.theta_ <= 1 && control.step_ > 0 &&
                    control.step_ <= options.step && std::isfinite(control.slack_) &&
                    std::isfinite(control.regained_) && control.lateness_ >= 0 &&
                    control.failures_ <= control.accepted_;
  return fits ? Result<OnlineRiskControl>(control) : damaged();
}

}  // namespace errata::selective

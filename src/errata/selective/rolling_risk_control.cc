#include "errata/selective/rolling_risk_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace errata::selective {

Result<void> RollingRiskOptions::check() const {
  ERRATA_TRY(target.check());
  if (window < 1 || window > std::numeric_limits<std::uint32_t>::max()) {
    return invalid_argument(fmt::format("rolling window {} is not in 1 to 2^32 - 1", window));
  }
  if (refresh < 1) return invalid_argument("the rolling threshold needs a refresh of at least 1 outcome, got 0");
  return {};
}

RollingRiskControl::RollingRiskControl(const RollingRiskOptions& options)
    : options_(options), threshold_(-std::numeric_limits<double>::infinity()) {
  ERRATA_CHECK(options.check().has_value());
}

void RollingRiskControl::resolved(double risk, bool failed) {
  if (std::isnan(risk)) risk = std::numeric_limits<double>::infinity();
  if (risk_.size() < options_.window) {
    risk_.push_back(risk);
    failed_.push_back(failed);
  } else {
    const auto oldest = static_cast<std::size_t>(seen_ % options_.window);
    risk_[oldest] = risk;
    failed_[oldest] = failed;
  }
  ++seen_;
  if (seen_ % options_.refresh != 0) return;
  if (!region_ || region_->cases() != risk_.size())
    region_ = std::make_shared<const SafeRegion>(risk_.size(), options_.target.risk, options_.target.delta);
  threshold_ = sgr_threshold(risk_, failed_, *region_).threshold;
}

void RollingRiskControl::save(ByteWriter& out) const {
  out.write(options_.target.risk);
  out.write(options_.target.delta);
  out.write<std::uint64_t>(options_.window);
  out.write<std::uint64_t>(options_.refresh);
  out.write(seen_);
  out.write(threshold_);
  out.write(risk_);
  out.write(failed_);
}

Result<RollingRiskControl> RollingRiskControl::load(ByteReader& in) {
  RollingRiskOptions options;
  options.target.risk = in.read<double>();
  options.target.delta = in.read<double>();
  options.window = static_cast<std::size_t>(in.read<std::uint64_t>());
  options.refresh = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto seen = in.read<std::uint64_t>();
  const auto threshold = in.read<double>();
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
  in.read_into(risk);
  in.read_into(failed);
  if (in.truncated()) return data_error("the rolling risk control ends too early");
  const bool fits = options.check().has_value() && risk.size() == std::min<std::uint64_t>(options.window, seen) &&
                    failed.size() == risk.size() && !std::isnan(threshold);
  if (!fits || std::ranges::any_of(risk, [](double r) { return std::isnan(r); }) ||
      std::ranges::any_of(failed, [](auto f) { return f > 1; })) {
    return data_error("the rolling risk control does not fit its own sizes");
  }
  RollingRiskControl control(options);
  control.seen_ = seen;
  control.threshold_ = threshold;
  control.risk_ = std::move(risk);
  control.failed_ = std::move(failed);
  return control;
}

}  // namespace errata::selective

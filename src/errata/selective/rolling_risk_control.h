#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/selective/risk_control.h"

namespace errata::selective {

struct RollingRiskOptions {
  RiskTarget target;
  std::size_t window = 2000;  ///< resolved cases that count, >= 1
  std::size_t refresh = 100;  ///< the threshold is computed anew after so many outcomes, >= 1
  [[nodiscard]] Result<void> check() const;
};

/// SGR over the last `window` resolved cases, again and again.
/// Guarantee: at one moment, the one of sgr_threshold(), when the cases of the window and those until the next refresh
/// are i.i.d.; nothing over all refreshes together and nothing under drift faster than the window. It follows slow
/// drift, and it forgets: that is all.
/// Cost: one sgr_threshold(window) in `refresh` outcomes, about 1 µs an outcome at the defaults; 9 bytes a case.
///     RollingRiskControl control({.target = {.risk = .05}});
///     control.resolved(risk, failed);          // every outcome, whatever the decision was
///     const bool accepted = new_risk <= control.threshold();
class RollingRiskControl {
 public:
  /// @param options  checked
  explicit RollingRiskControl(const RollingRiskOptions& options);

  [[nodiscard]] const RollingRiskOptions& options() const { return options_; }
  /// −inf before the first refresh and whenever no coverage meets the target.
  [[nodiscard]] double threshold() const { return threshold_; }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  /// @param risk  at the decision; NaN counts as +inf
  void resolved(double risk, bool failed);

  void save(ByteWriter& out) const;
  /// @return data error when sizes do not fit each other
  [[nodiscard]] static Result<RollingRiskControl> load(ByteReader& in);

 private:
  RollingRiskOptions options_;
  std::uint64_t seen_ = 0;
  double threshold_;
  std::vector<double> risk_;  // a ring
  std::vector<std::uint8_t> failed_;
  std::shared_ptr<const SafeRegion> region_;  // of the outcomes in the window; made when it is needed
};

}  // namespace errata::selective

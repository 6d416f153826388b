#pragma once

#include <cstdint>

#include "errata/base/bytes.h"
#include "errata/base/error.h"

namespace errata::selective {

struct OnlineRiskOptions {
  double risk = 0.05;   ///< target failure rate of accepted cases, in (0, 1)
  double step = 0.01;   ///< η in (0, 1): of rank; see online_step()
  double leak = 0.1;    ///< in [0, 1]: upward step of a case not accepted below `probe`, as a share of η · risk
  double probe = 0.05;  ///< in [0, 1]: level below which the leak acts, so that nothing is refused for ever
  double start = 0.5;   ///< first level, in [0, 1]
  double debt = 0.1;    ///< >= step: how far below 0 late failures may push the level
  [[nodiscard]] Result<void> check() const;
};

/// The step for outcomes that come about `delay_cases` cases late: min(.01, 3/delay). A larger step follows drift
/// faster; but a level that reacts to outcomes of decisions long past overshoots unless it moves little within the
/// delay.
/// @param delay_cases  >= 0
[[nodiscard]] double online_step(double delay_cases);

/// Which share of the ranks to accept so that the failure rate of accepted cases stays at the target though the stream
/// drifts. With every outcome of an accepted case (e = 1: it failed)
///     θ ← θ + η (risk − e),  kept in [−debt, 1];   level = max(θ, 0)
/// and θ ← θ + leak · η · risk for each case that is not accepted while θ < probe. θ lives on ranks in a window of past
/// scores and not on the scores, so that one step size fits every score.
/// Guarantee for every sequence of outcomes, no assumption on the data: when outcomes come before the next decision,
///     failures accepted <= risk · (cases accepted + leak · cases not accepted) + 1/η + 1,
/// since each failure lowers θ by η(1 − risk), and θ >= −η and <= 1. With late outcomes add the failures that arrive
/// while θ stands at −debt (they were accepted before θ fell; a smaller step or a larger debt makes them rare).
/// The bound is one-sided: where scores are good and θ stands at 1, the realised rate lies below the target.
/// Cost: O(1). References: I. Gibbs, E. Candès, NeurIPS 2021; S. Feldman, L. Ringel, S. Bates, Y. Romano, TMLR 2023
/// (rolling risk control).
///     const bool accepted = window.rank(risk) < control.level();
///     control.decided(accepted);   …   control.resolved(failed);   // the latter for accepted cases only
class OnlineRiskControl {
 public:
  /// @param options  checked
  explicit OnlineRiskControl(const OnlineRiskOptions& options);

  [[nodiscard]] const OnlineRiskOptions& options() const { return options_; }
  /// Accept a case when its rank is below. In [0, 1].
  [[nodiscard]] double level() const { return theta_ > 0 ? theta_ : 0; }
  void decided(bool accepted);
  /// The outcome of a case that was accepted.
  void resolved(bool failed);

  void save(ByteWriter& out) const;
  /// @return data error when a value is out of range
  [[nodiscard]] static Result<OnlineRiskControl> load(ByteReader& in);

 private:
  void move(double by);

  OnlineRiskOptions options_;
  double theta_;
};

}  // namespace errata::selective

#pragma once

#include <cstdint>

#include "errata/base/bytes.h"
#include "errata/base/error.h"

namespace errata::selective {

struct OnlineRiskOptions {
  double risk = 0.05;   ///< target failure rate of accepted cases, in (0, 1)
  double step = 0.01;   ///< η in (0, 1): of rank; see online_step()
  double leak = 0.01;   ///< in [0, 1]: upward step of a case not accepted below `probe`, as a share of η · risk
  double probe = 0.05;  ///< in [0, 1]: level below which refused cases raise it, so that nothing is refused for ever
  double start = 0.5;   ///< first level, in [0, 1]
  double debt = 0.1;    ///< >= step: how far below 0 late failures may push the level
  [[nodiscard]] Result<void> check() const;
};

/// The step for outcomes that come about `delay_cases` cases late: min(.01, 3/delay). A larger step follows drift
/// faster; but a level that reacts to outcomes of decisions long past overshoots unless it moves little within the
/// delay.
/// @param delay_cases  >= 0
[[nodiscard]] double online_step(double delay_cases);

/// What is certain about the failures of the accepted cases whose outcome came: failures <= at_most, whatever the data
/// were and however late they came.
struct RiskBound {
  std::uint64_t accepted = 0, failures = 0;
  double regained = 0;  ///< failures that refused cases have earned: they taught that the safest do not fail
  double at_most = 0;   ///< target · accepted + regained + what the level had at the beginning and has not any more
};

/// Which share of the ranks to accept so that the failure rate of accepted cases stays at the target though the stream
/// drifts. With every outcome of an accepted case (e = 1: it failed)
///     θ ← θ + η (risk − e),  kept in [−debt, 1];   level = max(θ, 0)
/// Refused cases teach as well, so that nothing is refused for ever: those whose rank is below max(level, probe) by
/// their outcomes, as if accepted (but they lower θ to 0 at most), and while θ < probe each by leak · η · risk, for
/// streams in which the outcomes of refused cases never come. θ lives on ranks in a window of past scores and not on
/// the scores, so that one step size fits every score. η falls to online_step() of the mean lateness of the outcomes
/// and never rises again. Guarantee for every sequence of outcomes, no assumption on the data: with A accepted cases
/// whose outcome came, F of them failures,
///     F <= risk · A + regained + start/η − θ/η  (η fallen: + θ (1/η' − 1/η) at each fall),
/// `regained` being what refused cases raised θ by, and what it was held up by at −debt, each over η: the sum of all
/// moves of θ. bound() gives these numbers. When outcomes come before the next decision θ >= −η, so that
///     F <= risk · (A + V + leak · N) + start/η + 1,
/// N cases not accepted, V those of them that taught and did not fail. The rate among the accepted cases is
/// near the target when A is large against 1/(η · risk) and V, and not sooner.
/// The bound is one-sided: where scores are good and θ stands at 1, the realised rate lies below the target.
/// Cost: O(1). References: I. Gibbs, E. Candès, NeurIPS 2021; S. Feldman, L. Ringel, S. Bates, Y. Romano, TMLR 2023
/// (rolling risk control).
///     const double rank = window.rank(risk);
///     const bool accepted = rank < control.level();
///     control.decided(accepted);   …
///     accepted ? control.resolved(failed) : control.refused(rank, failed);
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
  /// The outcome of a case of this rank that was not.
  void refused(double rank, bool failed);
  /// An outcome came so many cases late.
  void late(double delay_cases);
  [[nodiscard]] RiskBound bound() const;

  void save(ByteWriter& out) const;
  /// @param without_bound  as versions up to 2 of snapshots have it: the bound counts from here on
  /// @return data error when a value is out of range
  [[nodiscard]] static Result<OnlineRiskControl> load(ByteReader& in, bool without_bound = false);

 private:
  void move(double by);
  /// Moves by what no accepted case has earned.
  void grant(double by);

  OnlineRiskOptions options_;
  double theta_;
  double step_;          ///< η now
  double slack_;         ///< start/η and what falls of η add to it
  double regained_ = 0;  ///< in failures
  double lateness_ = 0;  ///< mean, in cases
  std::uint64_t accepted_ = 0, failures_ = 0, outcomes_ = 0;
};

}  // namespace errata::selective

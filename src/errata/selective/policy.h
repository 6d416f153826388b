#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/selective/coverage_tracker.h"
#include "errata/selective/decision.h"
#include "errata/selective/online_risk_control.h"
#include "errata/selective/risk_control.h"
#include "errata/selective/rolling_risk_control.h"
#include "errata/selective/score_window.h"

namespace errata::selective {

/// How the threshold for a target risk is found.
enum class RiskMethod : std::uint8_t {
  online,  ///< OnlineRiskControl: a bound on failures under any drift
  sgr,     ///< sgr_threshold() on the first `cold_start` outcomes, then fixed: i.i.d. guarantee. Where no threshold can
           ///< be shown to be safe it is asked again at twice, 4, … 128 times as many, 4/5 of delta for the first and
           ///< 1/10, 1/20, … for these; nothing is accepted meanwhile
  ltt,     ///< ltt_threshold() on the same: i.i.d. guarantee
  rolling,  ///< RollingRiskControl: SGR over the last outcomes
};
/// "online", "sgr", "ltt" or "rolling".
[[nodiscard]] std::string_view word(RiskMethod method);
/// The method of that name, or invalid_argument naming the four.
[[nodiscard]] Result<RiskMethod> risk_method(std::string_view name);

/// Exactly one of `coverage` and `risk` is given.
struct SelectivePolicyOptions {
  std::optional<double> coverage{};            ///< target share of accepted cases, in (0, 1)
  std::optional<double> risk{};                ///< target failure rate of accepted cases, in (0, 1)
  RiskMethod method = RiskMethod::online;      ///< for `risk`
  double delta = 0.05;                         ///< for sgr, ltt and rolling: chance of missing the target, in (0, 1)
  double step = 0.01;                          ///< for online: OnlineRiskOptions::step, best from online_step()
  std::size_t rolling_window = 2000;           ///< for rolling: outcomes that count, >= 1
  double defer_share = 0;                      ///< share of all cases, the safest of those not accepted, in [0, 1)
  std::size_t cold_start = 500;                ///< cases (coverage, online) or outcomes (sgr, ltt, rolling) before
                                               ///< thresholds count; >= 1 for sgr and ltt
  Decision cold_decision = Decision::abstain;  ///< until then
  std::size_t window = 10'000;                 ///< past scores that ranks are taken in, >= 1
  [[nodiscard]] Result<void> check() const;
  bool operator==(const SelectivePolicyOptions&) const = default;
};

/// What a policy can promise by now, in numbers; which part is there depends on the target and the method.
struct PolicyBounds {
  std::optional<RiskBound> risk{};                 ///< online
  std::optional<double> coverage_slack{};          ///< coverage: accepted differs from target · seen by at most so many
  std::optional<ControlledThreshold> threshold{};  ///< sgr, ltt: once it is calibrated
};

struct PolicyDecision {
  Decision decision = Decision::abstain;
  double threshold = 0;  ///< accepts up to this risk (in a tie with it perhaps); ±inf: nothing, everything
  bool cold = false;     ///< the cold-start rule decided
};

/// Accept, defer or abstain, for one stream, from past scores and past outcomes alone.
///     ERRATA_ASSIGN(auto policy, SelectivePolicy::create({.coverage = .2, .defer_share = .1}));
///     const auto made = policy.decide(risk);             // in the order of the stream
///     policy.resolve(risk, made.decision, failed);       // whenever the outcome comes, or never
/// Coverage: CoverageTracker on ranks in the window of past scores. Risk: see RiskMethod. Deferral: a second tracker
/// keeps the share of deferred cases at defer_share, taken next to the accepted ones. During the cold start the
/// trackers run as if they decided, so that they are settled when it ends.
/// A case whose risk is NaN or +inf is never accepted or deferred, cold start or not.
/// Guarantees, each under its own assumption, are those of the parts; coverage and deferral count every case since the
/// first, the cold start as if decided by threshold.
/// Cost: decide O(√window), about 0.4 µs at 10,000 scores; resolve O(1), but for the outcome that calibrates (sgr, ltt)
/// and each 1/20 of a rolling window, which sort. Memory: 24 bytes a score of the window and 9 an outcome of the
/// calibration or rolling window. One thread at a time.
class SelectivePolicy {
 public:
  /// @return invalid_argument when an option is out of range or not exactly one target is given
  [[nodiscard]] static Result<SelectivePolicy> create(const SelectivePolicyOptions& options);

  [[nodiscard]] const SelectivePolicyOptions& options() const { return options_; }
  [[nodiscard]] PolicyDecision decide(double risk);
  /// @param risk  as given to decide()  @param decision  as it returned; outcomes may come in any order
  /// @param delay_cases  cases that were decided since
  void resolve(double risk, Decision decision, bool failed, double delay_cases = 0);
  [[nodiscard]] PolicyBounds bounds() const;
  /// The shares of accepted and deferred cases count from here on.
  void settle();
  /// Whether the cold-start rule would decide now.
  [[nodiscard]] bool cold() const;

  void save(ByteWriter& out) const;
  /// @param without_bounds  as versions up to 2 of snapshots have it
  /// @return data error when values are out of range or do not fit each other
  [[nodiscard]] static Result<SelectivePolicy> load(ByteReader& in, bool without_bounds = false);

 private:
  /// A threshold calibrated once (sgr, ltt): `done` where one was found or too many outcomes were asked.
  struct Calibration {
    std::vector<double> risk;
    std::vector<std::uint8_t> failed;
    bool done = false;
    ControlledThreshold rule;
  };
  using Control = std::variant<CoverageTracker, OnlineRiskControl, RollingRiskControl, Calibration>;

  explicit SelectivePolicy(const SelectivePolicyOptions& options);
  [[nodiscard]] static Control make_control(const SelectivePolicyOptions& options);
  [[nodiscard]] static Result<Control> load_control(const SelectivePolicyOptions& options, ByteReader& in,
                                                    bool without_bounds);
  [[nodiscard]] double threshold() const;
  [[nodiscard]] double level() const;
  [[nodiscard]] bool accepts(double risk, double rank) const;
  void calibrate(Calibration& calibration, double risk, bool failed) const;

  SelectivePolicyOptions options_;
  ScoreWindow window_;
  Control control_;
  std::optional<CoverageTracker> deferral_;
};

}  // namespace errata::selective

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/memory/expert_turns.h"
#include "errata/memory/online_logistic.h"
#include "errata/memory/risk_case.h"
#include "errata/memory/signals.h"

namespace errata::memory {

/// Each expert is an online logistic regression over some of the signals.
inline constexpr std::array<std::string_view, kExpertCount> kExperts{
    "confidence", "confidence_ema", "logistic", "neighbours", "rates", "modes", "signals", "all", "all_slow", "case"};
inline constexpr std::size_t kConfidenceExpert = 0, kConfidenceEmaExpert = 1, kLogisticExpert = 2,
                             kNeighboursExpert = 3, kCaseExpert = 9;

using IncludedExperts = std::array<bool, kExperts.size()>;
/// All experts but those named, or invalid_argument for a name that none has, or when none is left.
[[nodiscard]] Result<IncludedExperts> experts_without(std::span<const std::string> names);

/// P(failure | case, past): experts, stacked and mixed.
///   stack   one more online logistic regression over the experts' log-odds, started at their mean
///   mixture Σ_k v_k p_k with fixed-share Bayesian weights v
///   leaders Σ_k l_k z_k, l_k ∝ exp(−(A_k/min A − 1)/0.1), A_k the area under the risk–coverage curve of candidate k
///           over the resolved past
/// The risk's log-odds are the mean of the three, drawn by the share 0.7 D/(D + 300) to the mean of the logistic and
/// the case expert, which go by the case and not by what happened lately. D is the delay of outcomes, the running mean
/// of how many cases were assessed in between. With it forgetting, share and learning rates fall: an outcome that is D
/// cases late comes with D others that say the same. Every expert learns a case from its signals as they were when it
/// was assessed, so that it learns how much a late rate is worth, and what regime follows which.
///
/// Cost: estimate O(window · width), learn O(Σ experts d²); about 9 µs each at 16 features and a window of 3,000.
/// References: M. Herbster, M. Warmuth, Machine Learning 32 (1998), 151–178 (fixed share); D. Wolpert, Neural Networks
/// 5 (1992), 241–259 (stacking); P. Joulani et al., ICML 2013 (delayed feedback).
class RiskModel {
 public:
  struct Estimate {
    double risk = 0;                                ///< in (0, 1)
    std::array<double, kExperts.size()> experts{};  ///< P(failure) of each
  };

  /// @param warm  [n >= 1, width] embedded warm-up cases  @param predicted  [n]  @param usual_rate  in [0, 1]
  /// @param included  the experts that the combinations read; the others are kept as baselines
  [[nodiscard]] static Result<RiskModel> fit(const SignalOptions& options, MatrixView<const float> warm,
                                             std::span<const std::uint32_t> predicted, double usual_rate,
                                             const IncludedExperts& included);

  [[nodiscard]] const SignalOptions& options() const { return signals_.options(); }
  /// Numbers that the caller keeps with a case until its outcome comes.
  [[nodiscard]] std::size_t kept() const { return signals_.layout().size + kCandidates; }
  /// @param keep  [kept()] filled
  [[nodiscard]] Estimate estimate(const RiskCase& seen, std::span<float> keep);
  /// @param keep  as estimate filled it  @param lag  cases assessed since
  void learn(std::span<const float> keep, std::span<const float> z, std::uint32_t predicted, bool failed,
             std::uint32_t label, double lag);
  /// The two halves of both. What the signals say and learn takes nothing from the experts, so one thread may sense and
  /// record cases while another weighs and teaches earlier ones.
  void sense(const RiskCase& seen, std::span<float> keep);
  [[nodiscard]] Estimate weigh(std::span<float> keep);
  void record(std::span<const float> z, std::uint32_t predicted, bool failed, std::uint32_t label);
  void teach(std::span<const float> keep, bool failed, double lag);
  /// The experts' part of weigh() and teach(), for a caller who has a stretch of cases and outcomes at once: an expert
  /// takes nothing from the others, so that a few go through the stretch by themselves, their matrices in the nearest
  /// cache.
  struct Turn {
    std::span<const float> kept{};  ///< of the case, as sense() filled it
    double* log_odds = nullptr;     ///< of a case: [experts] filled
    bool failed = false;            ///< of an outcome
    std::optional<double> delay{};  ///< of an outcome: the mean delay once it is counted
  };
  [[nodiscard]] OutcomeDelay outcome_delay() const { return {.mean = delay_, .outcomes = resolved_}; }
  /// @param group  below kExpertGroups; each has to have its turns before combine() and teach_combined()
  void run_experts(std::span<const Turn> turns, std::size_t group);
  /// What is left of weigh() and teach() after that. @param log_odds  [experts] as run_experts() filled them
  [[nodiscard]] Estimate combine(std::span<float> keep, std::span<const double> log_odds);
  void teach_combined(std::span<const float> keep, bool failed, double lag);
  /// What was learned so far may not hold from here on: the model saw those cases in training.
  void doubt();
  /// Share of each expert in the mixture, sums to 1.
  [[nodiscard]] std::array<double, kExperts.size()> expert_weights() const;
  [[nodiscard]] double delay() const { return delay_; }
  /// How many signals an expert reads.
  [[nodiscard]] std::size_t expert_inputs(std::size_t expert) const { return inputs_[expert].size(); }

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<RiskModel> load(ByteReader& in);

 private:
  /// The raw confidence, the experts, the stack, the mixture, and the mean of these two.
  static constexpr std::size_t kCandidates = kExperts.size() + 4;
  static constexpr std::size_t kHistory = 4096;      ///< resolved cases that candidates are compared on …
  static constexpr std::size_t kHistoryStride = 5;   ///< … every so many, once there are more
  static constexpr std::size_t kCompareEvery = 128;  ///< outcomes between two candidates' comparisons

  RiskModel(Signals signals, const IncludedExperts& included);
  void build_experts();
  [[nodiscard]] std::span<const float> gathered(std::size_t expert, std::span<const float> signals);
  [[nodiscard]] double log_odds_of(std::size_t expert, std::span<const float> signals);
  void teach_experts(std::span<const std::size_t> experts, std::span<const float> signals, bool failed, double delay);
  [[nodiscard]] double cautious(double together, std::span<const float> candidates) const;
  void learn_mixture(std::span<const float> candidates, bool failed, double rate);
  void learn_leaders(std::span<const float> candidates, bool failed);
  void weigh_leaders();
  [[nodiscard]] double mixed(std::span<const float> candidates) const;

  Signals signals_;
  IncludedExperts included_;
  std::array<std::vector<std::uint32_t>, kExperts.size()> inputs_;  ///< which signals each expert reads
  std::vector<OnlineLogistic> experts_;
  std::vector<OnlineLogistic> stack_;  ///< one
  std::array<double, kExperts.size()> log_weights_{};
  std::array<double, kCandidates> leaders_{}, areas_{};
  std::vector<float> history_;  ///< [<= kHistory, kCandidates] log-odds
  std::vector<std::uint8_t> history_failed_;
  std::uint64_t resolved_ = 0, history_next_ = 0;
  double delay_ = 0;
  std::vector<float> stacked_;                                  ///< scratch
  std::array<std::vector<float>, kExperts.size()> gathered_{};  ///< scratch: what each expert reads
};

}  // namespace errata::memory

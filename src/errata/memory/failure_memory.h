#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/memory/case.h"
#include "errata/memory/expert_turns.h"
#include "errata/memory/feature_coder.h"
#include "errata/memory/modes.h"
#include "errata/memory/regimes.h"

namespace errata::memory {

struct MemoryOptions {
  std::size_t warm_up = 1000;          ///< cases seen before the embedding is fitted; until then risk is 1 − confidence
  std::size_t max_warm_up = 50'000;    ///< the most that warm_up may be: held cases cost memory
  std::size_t window = 3000;           ///< resolved cases kept for local rates
  std::size_t max_modes = 16;          ///< 1 … 64
  std::size_t max_pending = 100'000;   ///< cases that wait for an outcome; the oldest is given up when there are more
  double confident = 0.6;              ///< a failure of at least this confidence may found a mode
  double half_life = 500;              ///< of a mode's activity, in units of CaseView::time
  std::vector<std::string> without{};  ///< names of experts that the risk leaves out (kExperts)
  std::uint64_t seed = 1;
};

/// One number a case from one way of telling: its name is in FailureMemory::score_names.
/// Scores are risks: larger is more dangerous. Those in [0, 1] are probabilities, the source's danger is not.
struct Assessment {
  std::uint64_t ticket = 0;          ///< names the case when its outcome arrives
  double risk = 0;                   ///< P(failure | case, past)
  double danger = 0;                 ///< sum over modes of similarity · activity
  std::uint32_t mode = kNoMode;      ///< the nearest failure mode
  double similarity = 0;             ///< to that mode, in [0, 1]
  std::span<const double> scores{};  ///< [score_names()] valid until the next call
  bool warm = false;                 ///< the embedding is fitted: risk is more than 1 − confidence
};

/// The memory of a stream: embeds cases, keeps failure modes and regimes, and tells the risk of the next case from the
/// outcomes that have arrived.
///     ERRATA_ASSIGN(auto memory, FailureMemory::create(schema, {}));
///     ERRATA_ASSIGN(const auto assessed, memory.assess(seen));
///     ERRATA_TRY(memory.learn(assessed.ticket, {.failed = true}, now));
/// One writer: assess and learn change the memory. Memory is bounded for any length of stream.
class FailureMemory {
 public:
  [[nodiscard]] static Result<FailureMemory> create(const Schema& schema, const MemoryOptions& options);
  FailureMemory(FailureMemory&&) noexcept;
  FailureMemory& operator=(FailureMemory&&) noexcept;
  ~FailureMemory();

  /// @return invalid_argument when the case does not fit the schema, a score is outside [0, 1] or time goes back
  [[nodiscard]] Result<Assessment> assess(const CaseView& seen);
  /// @param time  when the outcome became known, >= the case's time and never decreasing over calls
  /// @return invalid_argument for a ticket that was never given, was resolved before, or has been given up
  [[nodiscard]] Result<void> learn(std::uint64_t ticket, const Outcome& outcome, std::int64_t time);
  /// The halves of assess() and learn() of a memory that is warm, for a caller who knows beforehand when outcomes come.
  /// The first halves read and change nothing that the second ones do: one thread may take them ahead while another
  /// takes the second halves, in the same order; the result is that of the whole calls, to the bit.
  struct Sensed {
    Assessment assessed;  ///< but for risk and scores
    double confidence = kUnknown, source = 0, auditor_risk = kUnknown;
    std::span<float> kept{};  ///< of the memory; valid until the case's outcome was noted and taught
    std::array<double, kExpertCount> log_odds{};
    bool is_estimated = false;  ///< log_odds are there
  };
  struct Noted {
    std::vector<float> kept{};  ///< of the case; room that noting another one takes back
    bool failed = false;
    double lag = 0;
    double delay = 0;
    bool is_taught = false;             ///< the experts have learned it
    std::vector<RegimeEvent> events{};  ///< those of this outcome, which take_regime_events() does not give
  };
  [[nodiscard]] Result<Sensed> sense(const CaseView& seen);
  [[nodiscard]] Assessment weigh(const Sensed& sensed);
  [[nodiscard]] Result<void> note(std::uint64_t ticket, const Outcome& outcome, std::int64_t time, Noted& noted);
  void teach(const Noted& noted);
  /// The experts' part of the second halves, which takes nothing from the rest of them: a caller may run it ahead of
  /// weigh() and teach(), for a stretch of cases and outcomes in their order, each group of experts on a thread of its
  /// own. plan_experts() tells these halves so, and run_experts() has to follow for every group.
  /// doubt() must not come between.
  struct Turn {
    Sensed* sensed = nullptr;  ///< a case …
    Noted* noted = nullptr;    ///< … or an outcome
  };
  /// @param delay  as it is before the stretch; moved on to its end
  static void plan_experts(std::span<const Turn> turns, OutcomeDelay& delay);
  void run_experts(std::span<const Turn> turns, std::size_t group);
  [[nodiscard]] OutcomeDelay outcome_delay() const;  ///< of a memory that is warm, after what was taught

  /// Fits the embedding on what was seen so far instead of waiting for options.warm_up cases.
  /// @return invalid_argument with fewer than two cases
  /// @param cancellation  looked at between cases; unwinds with Cancelled, after which the memory can only be destroyed
  [[nodiscard]] Result<void> finish_warm_up(const Cancellation* cancellation = nullptr);
  [[nodiscard]] bool warming_up() const;
  /// A warm-up case as the memory judged it once the embedding was fitted, from what was known then.
  struct PlayedCase {
    std::array<double, 7> scores{};  ///< [score_names()]
    std::optional<bool> failed{};    ///< where the outcome came during the warm-up
  };
  /// The warm-up cases, in order; empty until it is over and when they were taken before.
  [[nodiscard]] std::vector<PlayedCase> take_played();
  /// What was learned so far came from cases that the model was trained on: it stays as a start that new outcomes
  /// correct quickly.
  void doubt();

  /// "errata" (= Assessment::risk) first, then the baselines: "confidence", "confidence_ema", "logistic", "neighbours",
  /// "source" (the danger signal of SourceRisk), and "auditor" (NaN in cases without one).
  [[nodiscard]] std::span<const std::string_view> score_names() const;

  [[nodiscard]] const Schema& schema() const;
  [[nodiscard]] const MemoryOptions& options() const;
  [[nodiscard]] std::size_t pending() const;      ///< cases that wait for an outcome
  [[nodiscard]] std::vector<Mode> modes() const;  ///< as of the last call; empty during warm-up
  [[nodiscard]] std::span<const RetiredMode> retired_modes() const;
  /// What the features of the warm-up were; null while it lasts.
  [[nodiscard]] const FeatureCoder* usual_features() const;
  /// Features that set a mode apart; FeatureDifference::feature indexes schema().numbers.
  [[nodiscard]] std::vector<FeatureDifference> describe(std::uint32_t mode, std::size_t count) const;
  [[nodiscard]] std::vector<RegimeState> regimes() const;  ///< overall and near each mode, as they stand
  /// Events since the last call of this function, oldest first; at most 10,000 are held, the oldest are dropped.
  [[nodiscard]] std::vector<RegimeEvent> take_regime_events();
  struct ExpertWeight {
    std::string_view name;
    double weight = 0;  ///< share in the mixture, sums to 1
  };
  [[nodiscard]] std::vector<ExpertWeight> expert_weights() const;

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<FailureMemory> load(ByteReader& in);

 private:
  struct State;
  explicit FailureMemory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace errata::memory

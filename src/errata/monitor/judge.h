#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/memory/failure_memory.h"
#include "errata/selective/policy.h"

namespace errata::monitor {

/// What a judge has to be told again with the outcome of a case.
struct Judged {
  std::uint64_t ticket = 0;
  double value = 0;  ///< the score that the decision was made by
  std::uint32_t mode = memory::kNoMode;
  selective::Decision decision = selective::Decision::abstain;
  bool decided = false;  ///< the policy took part
};

/// All of it but `decided`, as snapshots hold it.
void write_judged(ByteWriter& out, const Judged& judged);
/// @return data error for a decision that is none; what is cut off reads as zeros
[[nodiscard]] Result<Judged> read_judged(ByteReader& in);

struct Judgement {
  memory::Assessment assessed;
  selective::PolicyDecision made;
  Judged judged;
};

/// What a warm-up held when it ended.
struct WarmUpEnd {
  std::size_t cases = 0, outcomes = 0;
};

struct JudgeOptions {
  memory::MemoryOptions memory;
  selective::SelectivePolicyOptions policy{.coverage = .8};  ///< without a target of your own
  std::string decide_by = "errata";  ///< the score that the policy sees, one of FailureMemory::score_names
};

/// A failure memory and the policy that decides by it: what a live monitor and the replay of a log have in common.
/// When the memory's warm-up ends, the policy starts anew from the risks that the fitted memory gives to the warm-up
/// cases: those that it saw until then were of another scale.
///     ERRATA_ASSIGN(auto judge, Judge::create(schema, {.policy = {.coverage = .8}}));
///     ERRATA_ASSIGN(const auto judgement, judge.decide(seen));
///     ERRATA_TRY(judge.learn(judgement.judged, {.failed = true}, now));
/// One thread at a time.
class Judge {
 public:
  [[nodiscard]] static Result<Judge> create(const memory::Schema& schema, const JudgeOptions& options);
  /// A memory that has learned already, and a new policy.
  [[nodiscard]] static Result<Judge> create(memory::FailureMemory memory, const JudgeOptions& options);

  [[nodiscard]] Result<Judgement> decide(const memory::CaseView& seen);
  /// Fits the embedding on what was seen so far; see FailureMemory::finish_warm_up().
  /// @return the risk of each warm-up case as the fitted memory gives it; none when the warm-up was over
  [[nodiscard]] Result<std::vector<double>> finish_warm_up(const Cancellation* cancellation = nullptr);
  /// Decisions count from here on; see SelectivePolicy::settle().
  void settle() { policy_.settle(); }
  /// Without a decision: for cases that only teach.
  [[nodiscard]] Result<Judgement> assess(const memory::CaseView& seen);
  [[nodiscard]] Result<void> learn(const Judged& judged, const memory::Outcome& outcome, std::int64_t time);

  /// What is left of assess(), decide() and learn() once FailureMemory::sense() and note() have taken the first halves.
  [[nodiscard]] Judgement assess(const memory::FailureMemory::Sensed& sensed);
  [[nodiscard]] Judgement decide(const memory::FailureMemory::Sensed& sensed);
  void learn(const Judged& judged, const memory::FailureMemory::Noted& noted);

  /// Why the risk is what it is, in words: "near mode 3, active now (12 of its last 14 cases failed)".
  [[nodiscard]] std::string reason(const Judgement& judgement, double confidence) const;
  /// Events of regimes since the last call; see FailureMemory::take_regime_events().
  [[nodiscard]] std::vector<memory::RegimeEvent> take_regime_events();
  [[nodiscard]] bool raised(std::uint32_t mode) const;  ///< a regime is on near it (kNoMode: over all cases)

  [[nodiscard]] const memory::FailureMemory& memory() const { return memory_; }
  [[nodiscard]] memory::FailureMemory& memory() { return memory_; }
  [[nodiscard]] const selective::SelectivePolicy& policy() const { return policy_; }
  /// Decides by another policy from now on, which knows nothing of the past.
  [[nodiscard]] Result<void> decide_anew(const selective::SelectivePolicyOptions& policy, std::string_view decide_by);
  [[nodiscard]] std::string_view decides_by() const { return memory_.score_names()[decide_by_]; }
  [[nodiscard]] std::uint64_t last_ticket() const { return last_ticket_; }
  /// Of a warm-up that ended since the judge was made or loaded.
  [[nodiscard]] const std::optional<WarmUpEnd>& warm_up_end() const { return warm_up_end_; }

  void save(ByteWriter& out) const;
  /// @param version  of the snapshot, 2 or 3
  [[nodiscard]] static Result<Judge> load(ByteReader& in, std::uint32_t version);

 private:
  static constexpr std::size_t kRecent = 16, kMaxRecent = 128, kMaxEvents = 10'000;
  /// The last outcomes near a mode, newest in the lowest bit.
  struct Recent {
    std::uint32_t mode = memory::kNoMode;
    std::uint32_t failed = 0;
    std::uint8_t cases = 0;
    std::uint64_t last = 0;  ///< number of the outcome
  };
  Judge(memory::FailureMemory memory, selective::SelectivePolicy policy, std::size_t decide_by)
      : memory_(std::move(memory)), policy_(std::move(policy)), decide_by_(decide_by) {}
  [[nodiscard]] static Result<std::size_t> score_index(const memory::FailureMemory& memory, std::string_view name);
  [[nodiscard]] Judgement judgement_of(const memory::Assessment& assessed);
  [[nodiscard]] Judgement decided(const memory::Assessment& assessed);
  void resolve(const Judged& judged, bool failed);
  void follow(const memory::RegimeEvent& event);
  [[nodiscard]] Result<std::vector<double>> settle_policy();
  void count_recent(std::uint32_t mode, bool failed);
  void follow_regimes();

  memory::FailureMemory memory_;
  selective::SelectivePolicy policy_;
  std::size_t decide_by_;
  std::uint64_t outcomes_ = 0;
  std::vector<Recent> recent_;
  std::vector<std::uint32_t> raised_;  ///< modes in a regime
  std::vector<memory::RegimeEvent> events_;
  std::uint64_t last_ticket_ = 0;
  std::optional<WarmUpEnd> warm_up_end_;
};

}  // namespace errata::monitor

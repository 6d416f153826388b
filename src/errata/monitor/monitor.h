#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/memory/failure_memory.h"
#include "errata/monitor/judge.h"

namespace errata::monitor {

/// What to do with a case or outcome that is earlier than the last one.
enum class BackwardTime : std::uint8_t {
  refuse,  ///< an error
  clamp,   ///< take it as if it came at the time of the last one
};

struct MonitorOptions {
  memory::MemoryOptions memory;
  selective::SelectivePolicyOptions policy = JudgeOptions{}.policy;
  std::string decide_by = JudgeOptions{}.decide_by;
  BackwardTime backward_time = BackwardTime::refuse;
  bool reasons = true;              ///< say why, in words
  std::size_t publish_every = 100;  ///< calls of decide and learn after which view() is renewed, >= 1
};

struct MonitorDecision {
  double risk = 0;  ///< P(failure)
  selective::Decision decision = selective::Decision::abstain;
  double threshold = 0;
  bool cold = false;  ///< the cold-start rule decided
  std::uint32_t mode = memory::kNoMode;
  double similarity = 0, danger = 0;
  bool warm = false;                 ///< the memory's embedding is fitted
  std::string reason{};              ///< "near mode 3, active now (12 of its last 14 cases failed); confidence 0.81"
  std::span<const double> scores{};  ///< [score_names()] valid until the next decide
};

/// A monitor as it stood a moment ago; a copy that nothing changes.
struct MonitorView {
  std::uint64_t decided = 0, accepted = 0, deferred = 0, abstained = 0;
  std::uint64_t learned = 0, failures = 0;
  std::size_t waiting = 0;  ///< cases whose outcome may still come
  std::int64_t time = 0;    ///< of the last case or outcome
  bool warming_up = true;
  std::vector<memory::Mode> modes{};
  std::vector<memory::RegimeState> regimes{};
  std::vector<memory::FailureMemory::ExpertWeight> experts{};
};

/// A failure memory beside a model in service: decides about each case, learns outcomes as they arrive.
///     ERRATA_ASSIGN(auto monitor, Monitor::create({.numbers = {"age"}, .classes = {"no", "yes"}}, {}));
///     ERRATA_ASSIGN(const auto decision, monitor.decide("case-17", seen));
///     if (decision.decision == selective::Decision::accept) …
///     ERRATA_TRY(monitor.learn("case-17", {.failed = true}, now));          // whenever it is known, or never
/// Ids: those of the last `memory.max_pending` cases are remembered. Within these an id that comes again, an id that
/// was never seen and a second outcome for one case are errors that name the id and change nothing.
/// Threads: decide, learn, publish, snapshot and save are the writer's; one thread at a time. view() may be called from
/// any thread at any time and never waits for the writer's work.
/// Memory: that of the failure memory and the policy, and about 150 bytes and the id for each remembered case.
class Monitor {
 public:
  /// An id may have so many bytes.
  static constexpr std::size_t kLongestId = 512;

  [[nodiscard]] static Result<Monitor> create(const memory::Schema& schema, const MonitorOptions& options);
  Monitor(Monitor&&) noexcept;
  Monitor& operator=(Monitor&&) noexcept;
  ~Monitor();

  /// @param id  1 to kLongestId bytes
  /// @return conflict for an id that was used; invalid_argument for one that is empty or too long, or a case that does
  /// not fit the schema
  [[nodiscard]] Result<MonitorDecision> decide(std::string_view id, const memory::CaseView& seen);
  /// @param time  when the outcome became known, not before its case
  /// @return not_found for an id that is not known, conflict for one that has its outcome
  [[nodiscard]] Result<void> learn(std::string_view id, const memory::Outcome& outcome, std::int64_t time);

  [[nodiscard]] const memory::Schema& schema() const;
  [[nodiscard]] const MonitorOptions& options() const;
  [[nodiscard]] std::span<const std::string_view> score_names() const;

  /// The state at the last publication; never null.
  [[nodiscard]] std::shared_ptr<const MonitorView> view() const;
  /// Renews view() now.
  void publish();

  /// Everything that later decisions depend on (docs/formats/memory-snapshot.md).
  [[nodiscard]] std::string snapshot() const;
  [[nodiscard]] Result<void> save(const std::string& place) const;
  /// A monitor that goes on as the one that was saved would have, bit for bit.
  /// @param schema  what cases look like here
  /// @param place   named in errors
  /// @return data error for a snapshot that is truncated, damaged, of another version, or of other features: the first
  /// that differs is named
  [[nodiscard]] static Result<Monitor> restore(std::string_view bytes, const memory::Schema& schema,
                                               std::string_view place = "snapshot");
  [[nodiscard]] static Result<Monitor> load(const std::string& place, const memory::Schema& schema);

 private:
  struct State;
  explicit Monitor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace errata::monitor

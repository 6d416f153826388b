#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/limits.h"

namespace errata::improve {

/// Why an answer is remembered.
enum class Detected : std::uint8_t {
  no,        ///< right, and sure of it
  wrong,     ///< the verifier refuses it
  doubtful,  ///< right, but one of its tokens was hardly likelier than another
};
[[nodiscard]] std::string_view name_of(Detected detected);

inline constexpr std::uint32_t kNoFailureMode = std::numeric_limits<std::uint32_t>::max();

/// One answered question of a round. Signals that were not taken are NaN.
struct StoredAnswer {
  std::size_t round = 0, place = 0;  ///< place in its round
  std::string skill, prompt, answer;
  std::string correction;  ///< of the teacher; empty where nothing was detected
  Detected detected = Detected::no;
  double mean_log_probability = 0, least_log_probability = 0;
  double entropy = kNaN;                ///< mean over the answer's tokens, in nats
  double agreement = kNaN;              ///< share of sampled answers that are this one
  double margin = kNaN;                 ///< share of the samples' most frequent answer less that of the next
  double inverse = kNaN;                ///< 1 where the inverse check agrees, 0 where it does not
  double auditor_risk = kNaN;           ///< calibrated probability of being wrong, from the hidden states
  double combined_risk = kNaN;          ///< the same from all signals together
  double confidence = kNaN;             ///< 1 − risk by what the run detects with
  std::string vote{};                   ///< the samples' most frequent answer
  bool labelled = false;                ///< the auditor learned whether it is right
  std::string detector{};               ///< what detected it; empty where nothing was
  std::string corrected_by{};           ///< name of the teacher; empty without a correction
  bool verified = false;                ///< a verifier accepts the correction
  std::uint32_t mode = kNoFailureMode;  ///< failure mode that it belongs to
  std::vector<float> embedding{};       ///< hidden states of the answer; kept of failures and labelled answers
};

/// What a round does, in this order; each is a verb of `errata improve`.
enum class Step : std::uint8_t { answer, detect, correct, store, tune, evaluate };
inline constexpr std::size_t kSteps = 6;
[[nodiscard]] std::string_view name_of(Step step);

/// How far a round has come.
struct StoredStep {
  std::size_t round = 0;
  Step done = Step::answer;  ///< the last step that was done
  std::string figures{};     ///< JSON
};

struct StepCost {
  std::size_t round = 0;
  Step step = Step::answer;
  double wall_seconds = 0, cpu_seconds = 0;
};

struct StoredMode {
  std::uint32_t mode = 0;
  std::string name;
  std::size_t failures = 0;
};

/// The failure memory of a run: one SQLite file (docs/formats/failure-store.md). What a call has put is on the disk
/// when it returns, and a process that is killed leaves the calls before it. One process at a time writes to it; others
/// may read.
class FailureStore {
 public:
  /// Opens a store or makes one.
  /// @param run  what the run is, in words that differ when its results would: a store of another run is refused
  /// @return data error naming the file: no such store, damaged, of another version (an older one is told to be so);
  /// conflict for one of another run;
  ///     unavailable when another process writes to it
  [[nodiscard]] static Result<FailureStore> open(const std::filesystem::path& place, std::string_view run);
  FailureStore(FailureStore&&) noexcept;
  FailureStore& operator=(FailureStore&&) noexcept;
  ~FailureStore();

  /// All answers of a round, at once or not at all, in place of those that it had.
  [[nodiscard]] Result<void> put_answers(std::size_t round, std::span<const StoredAnswer> answers);
  /// In the order of their places; none where the round has not been answered.
  [[nodiscard]] Result<std::vector<StoredAnswer>> answers(std::size_t round) const;
  /// What was wrong or doubtful in the rounds up to this, in order.
  [[nodiscard]] Result<std::vector<StoredAnswer>> failures(std::size_t last_round) const;
  /// All answers of all rounds from round 1 on, in order. (Round 0 holds the held-out questions at the start.)
  [[nodiscard]] Result<std::vector<StoredAnswer>> all_answers() const;

  /// Ends a step of a round: its answers where the step changed them, how far the round is, and what it cost, at once.
  [[nodiscard]] Result<void> put_step(const StoredStep& done, const StepCost& cost,
                                      std::span<const StoredAnswer> answers = {});
  /// How far each round has come, from round 1 on.
  [[nodiscard]] Result<std::vector<StoredStep>> rounds() const;
  [[nodiscard]] Result<std::vector<StepCost>> costs() const;

  /// The failure modes in place of those that there were, and to which each failure belongs.
  /// @param failures  of which round, place and mode are read
  [[nodiscard]] Result<void> put_modes(std::span<const StoredMode> modes, std::span<const StoredAnswer> failures);
  [[nodiscard]] Result<std::vector<StoredMode>> modes() const;

  /// Gives back the room of hidden states that were let go of. Where there is no room to do so nothing happens.
  void compact();

 private:
  class Database;
  explicit FailureStore(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace errata::improve

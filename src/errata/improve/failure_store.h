#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::improve {

/// Why an answer is remembered.
enum class Detected : std::uint8_t {
  no,        ///< right, and sure of it
  wrong,     ///< the verifier refuses it
  doubtful,  ///< right, but one of its tokens was hardly likelier than another
};
[[nodiscard]] std::string_view name_of(Detected detected);

/// One answered question of a round.
struct StoredAnswer {
  std::size_t round = 0, place = 0;  ///< place in its round
  std::string skill, prompt, answer;
  std::string correction;  ///< of the teacher; empty where nothing was detected, or there is none
  Detected detected = Detected::no;
  double mean_log_probability = 0, least_log_probability = 0;
  std::string corrected_by{};  ///< name of the teacher; empty where there is no correction
  bool verified = false;       ///< the correction, by the task's verifier or, of a model itself, by its identities
};

/// The failure memory of a run: one SQLite file with tables `answers` and `rounds` and the view `failures`
/// (docs/formats/failure-store.md). What a call has put is on the disk when it returns, and a process that is killed
/// leaves the calls before it. One process at a time writes to it; others may read.
class FailureStore {
 public:
  /// Opens a store or makes one.
  /// @param run  what the run is, in words that differ when its results would: a store of another run is refused
  /// @return data error naming the file: no such store, damaged, another version; conflict for one of another run;
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
  /// All answers of all rounds, in order.
  [[nodiscard]] Result<std::vector<StoredAnswer>> all_answers() const;

  /// Ends a round. @param figures  JSON
  [[nodiscard]] Result<void> put_round(std::size_t round, std::string_view figures);
  /// Figures of the rounds that have ended, from round 1 on.
  [[nodiscard]] Result<std::vector<std::string>> rounds() const;

 private:
  class Database;
  explicit FailureStore(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace errata::improve

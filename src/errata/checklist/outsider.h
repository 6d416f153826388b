#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "errata/base/error.h"
#include "errata/relevance/allocator.h"

// An allocator that is not part of Errata: a program or a library of the user's, which may answer anything or nothing.
namespace errata::checklist {

struct Task;

/// What is wrong with an answer.
enum class Fault : std::uint8_t {
  late,        ///< none within the time
  ended,       ///< the program ended
  endless,     ///< a line of too many bytes
  malformed,   ///< no answer as the protocol has it
  other_id,    ///< an answer to another question
  refused,     ///< it says that it cannot
  too_many,    ///< more positions than are allowed
  outside,     ///< a position that the grid does not have
  repeated,    ///< a position twice
  budget,      ///< of a position, below 1 or above the total
  over_total,  ///< all together more tokens than the total
  not_asked,   ///< it had failed to answer too often before
};
[[nodiscard]] std::string_view name_of(Fault fault);
/// Whether question and answer are no longer in step, so that the program has to begin anew.
[[nodiscard]] constexpr bool breaks_off(Fault fault) { return fault <= Fault::other_id; }

struct BadAnswer {
  Fault fault{};
  std::string message;  ///< "position 4096 is not in [0, 4096)"
};
using Answer = std::expected<relevance::Allocation, BadAnswer>;

struct Outsider {
  std::string command;  ///< as the user calls it
  /// Called from one thread. A bad answer is a finding; an error is of Errata's own doing.
  std::function<Result<Answer>(const Task&)> answer;
};

/// Asks an outsider, but not for ever: one that breaks off kMostInARow times in a row is asked no more in the mode,
/// and once in each later one until it answers.
class Questioner {
 public:
  static constexpr std::size_t kMostInARow = 3;

  explicit Questioner(const Outsider& outsider) : outsider_(&outsider) {}
  void begin_mode() { given_up_ = false; }
  [[nodiscard]] Result<Answer> answer(const Task& task);

 private:
  const Outsider* outsider_;
  std::size_t in_a_row_ = 0;
  bool given_up_ = false;
};

}  // namespace errata::checklist

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// Which answers are wrong, as far as a run may know: by the verifier; where it may not be asked, by the inverse check,
/// which no answer's own tokens or votes can sway, and by what the teacher believed where there is none.
/// @return [answers] 0/1
[[nodiscard]] std::vector<std::uint8_t> wrong_of(const Task& task, Teacher teacher,
                                                 std::span<const StoredAnswer> answers);

/// Answers from which auditors learn.
struct Labelled {
  std::vector<StoredAnswer> answers;
  std::vector<const StoredAnswer*> places;  ///< of these
  std::vector<std::uint8_t> wrong;          ///< [answers] 0/1
};

/// The labelled answers of the rounds up to the last, and those among `more`.
/// @return data error of a store that has lost their hidden states
[[nodiscard]] Result<Labelled> labelled_answers(const FailureStore& store, const Task& task, Teacher teacher,
                                                std::size_t last_round, std::span<const StoredAnswer> more = {});

}  // namespace errata::improve

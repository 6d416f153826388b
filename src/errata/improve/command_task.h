#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/improve/jsonl_task.h"
#include "errata/improve/task.h"

namespace errata::improve {

struct CommandTaskOptions {
  std::string command;                ///< as base/command_words.h parts it
  std::size_t count = 10'000;         ///< questions that it is asked for, from 1 to 10 million
  std::vector<std::string> skills{};  ///< keeps those alone; empty: all
  Match match = Match::exact;         ///< exact or numeric; where it does not verify
  bool verifies = false;              ///< it is asked whether an answer is right
};

/// Questions that a program tells, a line of JSON each (docs/formats/task-protocol.md); from then on a list. The same
/// ones told again make a run that was stopped go on.
/// @param cancellation  outlives the task
/// @return invalid_argument for what is no command, cannot be started, or options out of range; unavailable or data
///     error naming the command and the question; afterwards Task::health() for what it does not verify
[[nodiscard]] Result<std::unique_ptr<Task>> make_command_task(const CommandTaskOptions& options,
                                                              const Cancellation* cancellation);

}  // namespace errata::improve

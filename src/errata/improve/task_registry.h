#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/improve/arithmetic.h"
#include "errata/improve/jsonl_task.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// Which task, and what it is made of.
struct TaskOptions {
  std::string name = "arithmetic";
  std::size_t digits = 0;             ///< of the longest number; 0: 3 of arithmetic, 2 of word problems
  std::vector<std::string> skills{};  ///< of those that the task has; empty: its usual ones
  std::string file{};                 ///< of questions; for gsm8k and jsonl
  Match match = Match::exact;         ///< of jsonl, and of command where it does not verify
  std::string command{};              ///< of command, as base/command_words.h parts it
  std::size_t count = 10'000;         ///< questions that the command is asked for
  bool command_verifies = false;      ///< it is asked whether an answer is right
  std::optional<Writing> writing{};   ///< of arithmetic; without it reversed
  std::size_t longest_answer = 0;     ///< tokens; 0: as the task has it
};

/// A kind of task.
struct TaskKind {
  std::string_view name;
  std::string_view words;  ///< what it asks, in a few words
};
/// All kinds, in the order in which they are told.
[[nodiscard]] const std::vector<TaskKind>& task_kinds();

/// The task of those options.
/// @param cancellation  outlives the task; for a command
/// @return data error of a file or a command; invalid_argument for a name that none has, and for options out of range
[[nodiscard]] Result<std::unique_ptr<Task>> make_task(const TaskOptions& options,
                                                      const Cancellation* cancellation = nullptr);

/// Everything that the task's questions depend on, in one line: of a list the questions, not where they are from.
[[nodiscard]] std::string words_of(const TaskOptions& options, const Task& task);

}  // namespace errata::improve

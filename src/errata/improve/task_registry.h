#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/improve/jsonl_task.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// Which task, and what it is made of.
struct TaskOptions {
  std::string name = "arithmetic";
  std::size_t digits = 0;             ///< of the longest number; 0: 3 of arithmetic, 2 of word problems
  std::vector<std::string> skills{};  ///< of those that the task has; empty: its usual ones
  std::string file{};                 ///< of questions; for gsm8k and jsonl
  Match match = Match::exact;         ///< of jsonl
};

/// A kind of task.
struct TaskKind {
  std::string_view name;
  std::string_view words;  ///< what it asks, in a few words
};
/// All kinds, in the order in which they are told.
[[nodiscard]] const std::vector<TaskKind>& task_kinds();

/// The task of those options.
/// @return data error of a file; invalid_argument for a name that none has, and for options out of range
[[nodiscard]] Result<std::unique_ptr<Task>> make_task(const TaskOptions& options);

/// Everything that the task's questions depend on, in one line: of a file its content, not its name.
/// @return data error of a file
[[nodiscard]] Result<std::string> words_of(const TaskOptions& options);

}  // namespace errata::improve

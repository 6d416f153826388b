#include "errata/improve/task_registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "errata/base/checksum.h"
#include "errata/improve/command_task.h"
#include "errata/improve/word_problems.h"

namespace errata::improve {
namespace {

Result<std::unique_ptr<Task>> make_arithmetic(const TaskOptions& options, const Cancellation*) {
  const auto skills = options.skills.empty() ? std::vector<std::string>{"add", "sub"} : options.skills;
  const std::size_t digits = options.digits == 0 ? 3 : options.digits;
  ERRATA_TRY(Arithmetic::check_options(digits, skills));
  return std::make_unique<Arithmetic>(digits, skills, options.writing.value_or(Writing::reversed));
}

Result<std::unique_ptr<Task>> make_word_problems(const TaskOptions& options, const Cancellation*) {
  const auto skills = options.skills.empty() ? std::vector<std::string>{"one", "two", "three"} : options.skills;
  const std::size_t digits = options.digits == 0 ? 2 : options.digits;
  ERRATA_TRY(WordProblems::check_options(digits, skills));
  return std::make_unique<WordProblems>(digits, skills);
}

Result<JsonlOptions> file_options(const TaskOptions& options) {
  if (options.file.empty()) return invalid_argument(fmt::format("task {} needs a file of questions", options.name));
  return JsonlOptions{.file = options.file, .match = options.match, .skills = options.skills};
}

Result<std::unique_ptr<Task>> make_gsm8k(const TaskOptions& options, const Cancellation*) {
  ERRATA_ASSIGN(const auto of_file, file_options(options));
  return make_gsm8k_task(of_file);
}

Result<std::unique_ptr<Task>> make_jsonl(const TaskOptions& options, const Cancellation*) {
  ERRATA_ASSIGN(const auto of_file, file_options(options));
  return make_jsonl_task(of_file);
}

Result<std::unique_ptr<Task>> make_command(const TaskOptions& options, const Cancellation* cancellation) {
  if (options.command.empty()) return invalid_argument("task command needs a command that tells questions");
  return make_command_task({.command = options.command,
                            .count = options.count,
                            .skills = options.skills,
                            .match = options.match,
                            .verifies = options.command_verifies},
                           cancellation);
}

struct Maker {
  TaskKind kind;
  Result<std::unique_ptr<Task>> (*make)(const TaskOptions&, const Cancellation*);
};

const std::vector<Maker>& makers() {
  static const std::vector<Maker> all{
      {.kind = {.name = "arithmetic", .words = "numbers added, subtracted, multiplied, and in chains"},
       .make = make_arithmetic},
      {.kind = {.name = "word-problems", .words = "stories of one to three events"}, .make = make_word_problems},
      {.kind = {.name = "gsm8k", .words = "a file of GSM8K"}, .make = make_gsm8k},
      {.kind = {.name = "jsonl", .words = "a file of prompts and completions, or of chats"}, .make = make_jsonl},
      {.kind = {.name = "command", .words = "what a program asks"}, .make = make_command},
  };
  return all;
}

}  // namespace

const std::vector<TaskKind>& task_kinds() {
  static const std::vector<TaskKind> kinds = [] {
    std::vector<TaskKind> all;
    for (const Maker& maker : makers()) all.push_back(maker.kind);
    return all;
  }();
  return kinds;
}

Result<std::unique_ptr<Task>> make_task(const TaskOptions& options, const Cancellation* cancellation) {
  if (!options.file.empty() && options.name != "gsm8k" && options.name != "jsonl")
    return invalid_argument(fmt::format("{}: a file of questions is for the tasks gsm8k and jsonl, and this is {}",
                                        options.file, options.name));
  if (!options.command.empty() && options.name != "command")
    return invalid_argument(
        fmt::format("a command that tells questions is for the task command, and this is {}", options.name));
  std::vector<std::string_view> names;
  for (const Maker& maker : makers()) {
    names.push_back(maker.kind.name);
    if (maker.kind.name != options.name) continue;
    ERRATA_ASSIGN(auto task, maker.make(options, cancellation));
    task->set_longest_answer(options.longest_answer);
    return task;
  }
  return invalid_argument(fmt::format("task '{}' is none of {}", options.name, fmt::join(names, ", ")));
}

std::string words_of(const TaskOptions& options, const Task& task) {
  std::string words =
      fmt::format("{} digits {} skills {}", options.name, options.digits, fmt::join(task.skills(), ","));
  if (options.writing == Writing::forwards) words += " forwards";
  if (options.longest_answer > 0) words += fmt::format(" longest {}", options.longest_answer);
  std::string content;
  for (std::size_t skill = 0; skill < task.skills().size(); ++skill)
    for (const Split split : {Split::held_out, Split::development, Split::pool})
      if (const auto* const list = task.listed(skill, split))
        for (const Question& question : *list) content += question.prompt + '\0' + task.reference(question) + '\0';
  if (content.empty()) return words;
  return words + fmt::format(" questions {:016x} match {} verified by command {}", checksum(content),
                             name_of(options.match), options.command_verifies);
}

}  // namespace errata::improve

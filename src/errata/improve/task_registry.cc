#include "errata/improve/task_registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "errata/base/atomic_file.h"
#include "errata/base/checksum.h"
#include "errata/improve/arithmetic.h"
#include "errata/improve/word_problems.h"

namespace errata::improve {
namespace {

Result<std::unique_ptr<Task>> make_arithmetic(const TaskOptions& options) {
  const auto skills = options.skills.empty() ? std::vector<std::string>{"add", "sub"} : options.skills;
  const std::size_t digits = options.digits == 0 ? 3 : options.digits;
  ERRATA_TRY(Arithmetic::check_options(digits, skills));
  return std::make_unique<Arithmetic>(digits, skills);
}

Result<std::unique_ptr<Task>> make_word_problems(const TaskOptions& options) {
  const auto skills = options.skills.empty() ? std::vector<std::string>{"one", "two", "three"} : options.skills;
  const std::size_t digits = options.digits == 0 ? 2 : options.digits;
  ERRATA_TRY(WordProblems::check_options(digits, skills));
  return std::make_unique<WordProblems>(digits, skills);
}

Result<JsonlOptions> file_options(const TaskOptions& options) {
  if (options.file.empty()) return invalid_argument(fmt::format("task {} needs a file of questions", options.name));
  return JsonlOptions{.file = options.file, .match = options.match, .skills = options.skills};
}

Result<std::unique_ptr<Task>> make_gsm8k(const TaskOptions& options) {
  ERRATA_ASSIGN(const auto of_file, file_options(options));
  return make_gsm8k_task(of_file);
}

Result<std::unique_ptr<Task>> make_jsonl(const TaskOptions& options) {
  ERRATA_ASSIGN(const auto of_file, file_options(options));
  return make_jsonl_task(of_file);
}

struct Maker {
  TaskKind kind;
  Result<std::unique_ptr<Task>> (*make)(const TaskOptions&);
};

const std::vector<Maker>& makers() {
  static const std::vector<Maker> all{
      {.kind = {.name = "arithmetic", .words = "numbers added, subtracted, multiplied, and in chains"},
       .make = make_arithmetic},
      {.kind = {.name = "word-problems", .words = "stories of one to three events"}, .make = make_word_problems},
      {.kind = {.name = "gsm8k", .words = "a file of GSM8K"}, .make = make_gsm8k},
      {.kind = {.name = "jsonl", .words = "a file of prompts and completions, or of chats"}, .make = make_jsonl},
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

Result<std::unique_ptr<Task>> make_task(const TaskOptions& options) {
  std::vector<std::string_view> names;
  for (const Maker& maker : makers()) {
    if (maker.kind.name == options.name) return maker.make(options);
    names.push_back(maker.kind.name);
  }
  return invalid_argument(fmt::format("task '{}' is none of {}", options.name, fmt::join(names, ", ")));
}

Result<std::string> words_of(const TaskOptions& options) {
  std::string words =
      fmt::format("{} digits {} skills {}", options.name, options.digits, fmt::join(options.skills, ","));
  if (options.file.empty()) return words;
  ERRATA_ASSIGN(const std::string content, read_file(options.file));
  return words + fmt::format(" file {:016x} match {}", checksum(content), name_of(options.match));
}

}  // namespace errata::improve

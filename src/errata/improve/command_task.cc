#include "errata/improve/command_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "errata/base/child_process.h"
#include "errata/base/command_words.h"
#include "errata/base/json_nesting.h"
#include "errata/improve/task_listed.h"
#include "errata/improve/task_match.h"

namespace errata::improve {
namespace {

constexpr std::size_t kMostTold = 10'000'000, kMostToldDepth = 64;

/// A program that is asked an object and answers an object.
class Teller {
 public:
  Teller(std::string command, LineProgram program, const Cancellation* cancellation)
      : command_(std::move(command)), program_(std::move(program)), cancellation_(cancellation) {}

  Result<nlohmann::json> ask(const nlohmann::ordered_json& what) {
    const auto said = program_.ask(what.dump(), {.cancellation = cancellation_});
    if (!said) return unavailable(problem(what, said.error().message));
    constexpr std::size_t kShown = 200;
    if (nests_deeper(*said, kMostToldDepth)) return data_error(problem(what, "its line is nested too deep"));
    auto json = nlohmann::json::parse(*said, nullptr, false);
    if (!json.is_object())
      return data_error(problem(what, fmt::format("its line is no JSON object: '{}'", said->substr(0, kShown))));
    return json;
  }

  [[nodiscard]] std::string problem(const nlohmann::ordered_json& what, std::string_view words) const {
    return fmt::format("the task's command '{}', told {}: {}", command_, what.dump(), words);
  }

 private:
  std::string command_;
  LineProgram program_;
  const Cancellation* cancellation_;
};

class CommandTask : public ListedTask {
 public:
  CommandTask(const CommandTaskOptions& options, std::vector<ListedQuestion> questions, Teller teller)
      : ListedTask(std::move(questions)),
        match_(options.match),
        verifies_(options.verifies),
        teller_(std::move(teller)) {}

  [[nodiscard]] std::string_view name() const override { return "command"; }

  [[nodiscard]] bool verify(const Question& question, std::string_view answer) const override {
    if (verifies_) return asked(question, answer);
    const std::string right = reference(question);
    if (match_ == Match::numeric) return decimal(right) && decimal(right) == decimal(answer);
    return trimmed(right) == trimmed(answer);
  }

  [[nodiscard]] std::string meaning(std::string_view answer) const override {
    if (verifies_) return std::string(answer);
    const auto number = match_ == Match::numeric ? decimal(answer) : std::nullopt;
    return number.value_or(std::string(trimmed(answer)));
  }

  [[nodiscard]] Result<void> health() const override {
    if (problem_) return std::unexpected(*problem_);
    return {};
  }

 private:
  /// Asks once for each answer; after a problem nothing is right.
  [[nodiscard]] bool asked(const Question& question, std::string_view answer) const {
    if (problem_) return false;
    const auto [known, first] = judged_.try_emplace({question.prompt, std::string(answer)}, false);
    if (!first) return known->second;
    const nlohmann::ordered_json what{{"ask", "verify"}, {"prompt", question.prompt}, {"answer", answer}};
    const auto said = teller_.ask(what);
    if (!said) {
      problem_ = said.error();
    } else if (const auto right = said->find("right"); right == said->end() || !right->is_boolean()) {
      problem_ =
          Error{.code = ErrorCode::data, .message = teller_.problem(what, "no field 'right' that is true or false")};
    } else {
      known->second = right->get<bool>();
    }
    return known->second;
  }

  Match match_;
  bool verifies_;
  mutable Teller teller_;
  mutable std::optional<Error> problem_;
  mutable std::map<std::pair<std::string, std::string>, bool> judged_;
};

Result<ListedQuestion> told_question(Teller& teller, std::size_t number, Match match) {
  const nlohmann::ordered_json what{{"ask", "question"}, {"number", number}};
  ERRATA_ASSIGN(const auto said, teller.ask(what));
  ListedQuestion question{.skill = "all", .place = fmt::format("question {}", number)};
  for (const auto& [field, to] : {std::pair{"prompt", &question.prompt}, {"answer", &question.answer}}) {
    const auto found = said.find(field);
    if (found == said.end() || !found->is_string() || trimmed(found->get_ref<const std::string&>()).empty())
      return data_error(teller.problem(what, fmt::format("no text '{}'", field)));
    *to = found->get<std::string>();
  }
  if (const auto skill = said.find("skill"); skill != said.end()) {
    if (!skill->is_string()) return data_error(teller.problem(what, "'skill' is no text"));
    question.skill = skill->get<std::string>();
  }
  if (match == Match::numeric && !decimal(question.answer))
    return data_error(teller.problem(what, fmt::format("the answer '{}' is no number", question.answer)));
  return question;
}

}  // namespace

Result<std::unique_ptr<Task>> make_command_task(const CommandTaskOptions& options, const Cancellation* cancellation) {
  if (options.count < 1 || options.count > kMostTold)
    return invalid_argument(fmt::format("{} questions of a command are not from 1 to {}", options.count, kMostTold));
  if (options.match == Match::pattern) return invalid_argument("a command's questions have no patterns");
  ERRATA_ASSIGN(const auto words, split_command(options.command));
  auto program = LineProgram::start(words);
  if (!program) return invalid_argument(program.error().message);
  Teller teller(options.command, std::move(*program), cancellation);
  std::vector<ListedQuestion> questions;
  for (std::size_t number = 1; number <= options.count; ++number) {
    ERRATA_ASSIGN(auto question, told_question(teller, number, options.match));
    if (options.skills.empty() || std::ranges::find(options.skills, question.skill) != options.skills.end())
      questions.push_back(std::move(question));
  }
  ERRATA_TRY(ListedTask::check_questions(questions, options.command));
  return std::make_unique<CommandTask>(options, std::move(questions), std::move(teller));
}

}  // namespace errata::improve

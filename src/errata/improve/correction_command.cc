#include "errata/improve/correction_command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "errata/base/child_process.h"
#include "errata/base/command_words.h"
#include "errata/base/json_nesting.h"

namespace errata::improve {
namespace {

constexpr std::size_t kMostTeacherDepth = 64;

class CommandCorrector : public TruthCorrector {
 public:
  CommandCorrector(std::string command, LineProgram program, const Cancellation* cancellation)
      : command_(std::move(command)), program_(std::move(program)), cancellation_(cancellation) {}

  [[nodiscard]] std::string_view name() const override { return name_of(Teacher::command); }

 protected:
  Result<std::vector<std::string>> answers_to(const Asking& asking, std::span<const Question> questions) override {
    std::vector<std::string> answers;
    for (const Question& question : questions) {
      const nlohmann::ordered_json line{{"id", ++asked_},
                                        {"task", asking.task.name()},
                                        {"skill", asking.task.skills()[question.skill]},
                                        {"prompt", question.prompt}};
      const auto said = program_.ask(line.dump(), {.cancellation = cancellation_});
      if (!said) return unavailable(problem(question, said.error().message));
      ERRATA_ASSIGN(answers.emplace_back(), answer_in(*said, question));
    }
    return answers;
  }

 private:
  [[nodiscard]] std::string problem(const Question& question, std::string_view what) const {
    return fmt::format("the teacher '{}', asked '{}' (question {}): {}", command_, question.prompt, asked_, what);
  }

  [[nodiscard]] Result<std::string> answer_in(const std::string& said, const Question& question) const {
    const auto bad = [&](std::string_view what) {
      constexpr std::size_t kShown = 200;
      return data_error(problem(question, fmt::format("{}: '{}'", what, said.substr(0, kShown))));
    };
    if (nests_deeper(said, kMostTeacherDepth)) return bad("its line is nested too deep");
    const auto json = nlohmann::json::parse(said, nullptr, false);
    if (!json.is_object()) return bad("its line is no JSON object");
    const auto id = json.find("id"), answer = json.find("answer");
    if (id == json.end() || *id != asked_) return bad("its line has not the question's id");
    if (answer == json.end() || !answer->is_string()) return bad("its line has no text 'answer'");
    return answer->get<std::string>();
  }

  std::string command_;
  LineProgram program_;
  const Cancellation* cancellation_;
  std::uint64_t asked_ = 0;
};

}  // namespace

Result<std::unique_ptr<Corrector>> make_command_corrector(const std::string& command,
                                                          const Cancellation* cancellation) {
  ERRATA_ASSIGN(const auto words, split_command(command));
  auto program = LineProgram::start(words);
  if (!program) return invalid_argument(program.error().message);
  return std::make_unique<CommandCorrector>(command, std::move(*program), cancellation);
}

}  // namespace errata::improve

#include "errata/improve/asking.h"

#include <fmt/format.h>

#include <utility>

#include "errata/language/generation.h"

namespace errata::improve {
namespace {

Result<void> check_readable(const Asking& asking, const Question& question) {
  ERRATA_ASSIGN(const auto prompt, language::question_tokens(asking.tokenizer, question.prompt));
  ERRATA_TRY(asking.tokenizer.encode(asking.task.reference(question)));
  const std::size_t more = asking.task.longest_answer() + 1, positions = asking.model.config.positions;
  if (prompt.size() + more > positions)
    return data_error(fmt::format("{} tokens and an answer of up to {}, and the model reads {} (--longest-answer)",
                                  prompt.size(), more, positions));
  return {};
}

}  // namespace

Result<std::vector<Answered>> answer(const Asking& asking, std::span<const Question> questions, double temperature,
                                     std::uint64_t seed) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const Question& question : questions) {
    ERRATA_ASSIGN(auto prompt, language::question_tokens(asking.tokenizer, question.prompt));
    prompts.push_back(std::move(prompt));
  }
  const language::GenerationOptions options{.most_tokens = asking.task.longest_answer() + 1,
                                            .end = asking.tokenizer.end(),
                                            .temperature = temperature,
                                            .seed = seed};
  ERRATA_ASSIGN(const auto generated, language::generate(asking.model, nullptr, prompts, options, asking.cancellation));
  std::vector<Answered> answers;
  for (const language::Answer& one : generated)
    answers.push_back({.text = asking.tokenizer.decode(one.tokens),
                       .mean_log_probability = one.mean_log_probability(),
                       .least_log_probability = one.least_log_probability()});
  return answers;
}

Result<std::vector<std::string>> ask(const Asking& asking, std::span<const Question> questions, double temperature,
                                     std::uint64_t seed) {
  ERRATA_ASSIGN(auto answered, answer(asking, questions, temperature, seed));
  std::vector<std::string> texts;
  for (Answered& one : answered) texts.push_back(std::move(one.text));
  return texts;
}

Result<void> check_listed(const Asking& asking) {
  constexpr std::size_t kShown = 60;
  for (std::size_t skill = 0; skill < asking.task.skills().size(); ++skill)
    for (const Split split : {Split::held_out, Split::development, Split::pool}) {
      const auto* const list = asking.task.listed(skill, split);
      if (list == nullptr) continue;
      for (const Question& question : *list)
        if (const auto readable = check_readable(asking, question); !readable)
          return data_error(fmt::format("the question '{}{}': {}", question.prompt.substr(0, kShown),
                                        question.prompt.size() > kShown ? "…" : "", readable.error().message));
    }
  return {};
}

Result<std::vector<bool>> judge(const Asking& asking, std::span<const Question> questions) {
  ERRATA_ASSIGN(const auto answers, ask(asking, questions));
  std::vector<bool> right(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) right[i] = asking.task.verify(questions[i], answers[i]);
  ERRATA_TRY(asking.task.health());
  return right;
}

Result<language::Example> example_of(const language::Tokenizer& tokenizer, const std::string& prompt,
                                     const std::string& answer) {
  ERRATA_ASSIGN(auto tokens, language::question_tokens(tokenizer, prompt));
  ERRATA_ASSIGN(const auto more, tokenizer.encode(answer));
  const std::size_t begin = tokens.size();
  tokens.insert(tokens.end(), more.begin(), more.end());
  tokens.push_back(tokenizer.end());
  return language::Example{.tokens = std::move(tokens), .answer = begin};
}

}  // namespace errata::improve

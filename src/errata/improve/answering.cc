#include "errata/improve/answering.h"

namespace errata::improve {

Result<std::vector<Answered>> answer(const language::Model& model, const language::Tokenizer& tokenizer,
                                     std::span<const Question> questions, std::size_t longest,
                                     const Cancellation* cancellation) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const Question& question : questions) {
    ERRATA_ASSIGN(auto prompt, language::question_tokens(tokenizer, question.prompt));
    prompts.push_back(std::move(prompt));
  }
  ERRATA_ASSIGN(
      const auto generated,
      language::generate(model, nullptr, prompts, {.most_tokens = longest + 1, .end = tokenizer.end()}, cancellation));
  std::vector<Answered> answers;
  for (const language::Answer& one : generated)
    answers.push_back({.text = tokenizer.decode(one.tokens),
                       .mean_log_probability = one.mean_log_probability(),
                       .least_log_probability = one.least_log_probability()});
  return answers;
}

Result<std::vector<std::string>> sampled_answers(const language::Model& model, const language::Tokenizer& tokenizer,
                                                 std::span<const Question> questions, std::size_t longest,
                                                 std::size_t count, std::uint64_t seed,
                                                 const Cancellation* cancellation) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const Question& question : questions) {
    ERRATA_ASSIGN(const auto prompt, language::question_tokens(tokenizer, question.prompt));
    prompts.insert(prompts.end(), count, prompt);
  }
  const language::GenerationOptions options{
      .most_tokens = longest + 1, .end = tokenizer.end(), .temperature = 1, .seed = seed};
  ERRATA_ASSIGN(const auto generated, language::generate(model, nullptr, prompts, options, cancellation));
  std::vector<std::string> answers;
  for (const language::Answer& one : generated) answers.push_back(tokenizer.decode(one.tokens));
  return answers;
}

Result<std::vector<bool>> judge(const language::Model& model, const language::Tokenizer& tokenizer, const Task& task,
                                std::span<const Question> questions, const Cancellation* cancellation) {
  ERRATA_ASSIGN(const auto answers, answer(model, tokenizer, questions, task.longest_answer(), cancellation));
  std::vector<bool> right(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) right[i] = task.verify(questions[i], answers[i].text);
  ERRATA_TRY(task.health());
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

#include "errata/improve/asking.h"

#include <utility>

#include "errata/language/generation.h"

namespace errata::improve {

Result<std::vector<std::string>> ask(const Asking& asking, std::span<const Question> questions, double temperature,
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
  std::vector<std::string> answers;
  for (const language::Answer& one : generated) answers.push_back(asking.tokenizer.decode(one.tokens));
  return answers;
}

}  // namespace errata::improve

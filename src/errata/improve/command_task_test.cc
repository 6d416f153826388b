#include "errata/improve/command_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::improve {
namespace {

using ::testing::HasSubstr;

/// Tells "say N" with the answer "N"; says of an answer that it is right when it begins with "ok".
constexpr const char* kTeller =
    R"(sed -u -e 's/{"ask":"question","number":\([0-9]*\)}/{"prompt":"say \1","answer":"\1"}/' )"
    R"(-e 's/.*"answer":"ok[^{]*/{"right":true}/' -e 's/.*"ask":"verify".*/{"right":false}/')";

TEST(CommandTask, ItsQuestionsAreAList) {
  const auto task = make_command_task({.command = kTeller, .count = 100, .match = Match::numeric}, nullptr);
  ASSERT_TRUE(task) << task.error().message;
  const Question question{.skill = 0, .prompt = "say 7"};
  EXPECT_EQ((*task)->reference(question), "7");
  EXPECT_TRUE((*task)->verify(question, "7.0"));
  EXPECT_FALSE((*task)->verify(question, "8"));
  EXPECT_EQ((*task)->listed(0, Split::pool)->size() + (*task)->listed(0, Split::development)->size() +
                (*task)->listed(0, Split::held_out)->size(),
            100U);
  EXPECT_TRUE((*task)->health());
}

TEST(CommandTask, ItVerifiesWhereItIsAskedTo) {
  const auto task = make_command_task({.command = kTeller, .count = 100, .verifies = true}, nullptr);
  ASSERT_TRUE(task) << task.error().message;
  const Question question{.skill = 0, .prompt = "say 7"};
  EXPECT_TRUE((*task)->verify(question, "ok then"));
  EXPECT_FALSE((*task)->verify(question, "7"));
  EXPECT_TRUE((*task)->verify(question, "ok then"));
  EXPECT_TRUE((*task)->health());
}

TEST(CommandTask, AVerifierThatTalksNonsenseIsToldOf) {
  const auto task = make_command_task(
      {.command = R"(sed -u 's/{"ask":"question","number":\([0-9]*\)}/{"prompt":"say \1","answer":"x"}/')",
       .count = 100,
       .verifies = true},
      nullptr);
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_FALSE((*task)->verify({.skill = 0, .prompt = "say 7"}, "x"));
  ASSERT_FALSE((*task)->health());
  EXPECT_THAT((*task)->health().error().message, HasSubstr("no field 'right'"));
}

TEST(CommandTask, OneThatCannotBeUsedIsToldInWords) {
  const auto problem = [](const std::string& command, std::size_t count = 100) {
    return make_command_task({.command = command, .count = count}, nullptr).error().message;
  };
  EXPECT_THAT(problem("sh -c 'echo gone >&2; exit 3'"), HasSubstr("ended with status 3: gone"));
  EXPECT_THAT(problem("cat"), HasSubstr(R"(told {"ask":"question","number":1}: no text 'prompt')"));
  EXPECT_THAT(problem("sed -u 's/.*/5/'"), HasSubstr("its line is no JSON object: '5'"));
  EXPECT_THAT(problem("a | b"), HasSubstr("|"));
  EXPECT_THAT(problem("cat", 0), HasSubstr("0 questions of a command"));
  EXPECT_THAT(problem(kTeller, 1), HasSubstr("none of them is"));
}

}  // namespace
}  // namespace errata::improve

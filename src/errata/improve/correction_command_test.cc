#include "errata/improve/correction_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/improve/arithmetic.h"
#include "errata/language/character_tokenizer.h"

namespace errata::improve {
namespace {

using ::testing::HasSubstr;

const std::vector<Question> kAsked{{.skill = 0, .prompt = "1+2="}, {.skill = 1, .prompt = "9-4="}};

/// What a teacher says to two questions, whose answers are 3 and 5.
Result<std::vector<Correction>> taught(const std::string& command) {
  const Arithmetic task(1);
  const auto tokenizer = language::CharacterTokenizer::create(task.alphabet()).value();
  const language::Model none{};
  ERRATA_ASSIGN(const auto teacher, make_command_corrector(command, nullptr));
  const std::vector<StoredAnswer> answers(kAsked.size());
  return teacher->correct({.model = none, .tokenizer = tokenizer, .task = task}, kAsked, answers);
}

std::string says(const std::string& answer) {
  return R"(sed -u 's/{"id":\([0-9]*\),.*/{"id":\1,"answer":")" + answer + R"("}/')";
}

TEST(TeacherCommand, ItsAnswersAreVerified) {
  const auto corrections = taught(says("3"));
  ASSERT_TRUE(corrections) << corrections.error().message;
  EXPECT_TRUE((*corrections)[0].verified);
  EXPECT_EQ((*corrections)[1].answer, "3");
  EXPECT_TRUE((*corrections)[1].found);
  EXPECT_FALSE((*corrections)[1].verified);
}

TEST(TeacherCommand, IsAskedInLinesOfJson) {
  // The line itself comes back as the answer, its quotes made single.
  const auto corrections =
      taught(R"(sed -u 'h;s/"/`/g;s/.*/"&"/;x;s/{"id":\([0-9]*\),.*/{"id":\1,"answer":/;G;s/\n//;s/$/}/')");
  ASSERT_TRUE(corrections) << corrections.error().message;
  EXPECT_EQ((*corrections)[1].answer, "{`id`:2,`task`:`arithmetic`,`skill`:`sub`,`prompt`:`9-4=`}");
}

TEST(TeacherCommand, OneThatEndsOrTalksNonsenseIsNamed) {
  const auto problem = [](const std::string& command) { return taught(command).error().message; };
  EXPECT_THAT(problem("sh -c 'echo gone >&2; exit 3'"),
              HasSubstr("asked '1+2=' (question 1): ended with status 3: gone"));
  EXPECT_THAT(problem("sed -u 's/.*/hm/'"), HasSubstr("its line is no JSON object: 'hm'"));
  EXPECT_THAT(problem("sed -u 's/.*/[1]/'"), HasSubstr("no JSON object"));
  EXPECT_THAT(problem("cat"), HasSubstr("no text 'answer'"));
  EXPECT_THAT(problem(R"(sed -u 's/.*/{"id":7,"answer":"3"}/')"), HasSubstr("not the question's id"));
  EXPECT_THAT(problem(R"(sed -u 's/{"id":\([0-9]*\),.*/{"id":\1,"answer":3}/')"), HasSubstr("no text 'answer'"));
  EXPECT_THAT(problem("sed -u 's/.*/" + std::string(100, '[') + "/'"), HasSubstr("nested too deep"));
  EXPECT_EQ(taught("no-such-program-here").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(taught("a | b").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace errata::improve

#include "errata/improve/word_problems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "errata/language/character_tokenizer.h"

namespace errata::improve {
namespace {

const Question kPears{.skill = 1, .prompt = "Ann has 12 pears. She buys 7. She sells 5. How many pears has Ann now? "};

TEST(WordProblems, TheAnswerIsWorkedOutEventByEvent) {
  const WordProblems task;
  EXPECT_EQ(task.reference(kPears), "12+7=19, 19-5=14 #### 14");
  EXPECT_TRUE(task.verify(kPears, "12+7=19, 19-5=14 #### 14"));
  EXPECT_TRUE(task.verify(kPears, "#### 14"));
  for (const char* wrong : {"12+7=19, 19-5=14", "#### 15", "14", "", "#### -14", "#### 14 pears"})
    EXPECT_FALSE(task.verify(kPears, wrong)) << wrong;
  EXPECT_EQ(task.meaning("14 pears #### 14"), "14");
  EXPECT_EQ(task.meaning("14"), "14");
  EXPECT_NE(task.meaning("19"), task.meaning("12+7=19 #### 14"));
}

TEST(WordProblems, FeaturesAndSingleSteps) {
  const WordProblems task;
  const auto features = task.features(kPears);
  EXPECT_EQ(features[0].value, "2");      // digits of 12
  EXPECT_EQ(features[1].value, "0");      // 12 + 7 carries nowhere, 19 − 5 borrows nowhere
  EXPECT_EQ(features[2].value, "fewer");  // sells
  ASSERT_EQ(task.steps(kPears), 2U);
  const auto first = task.step(kPears, {});
  EXPECT_EQ(first->prompt, "Ann has 12 pears. She buys 7. How many pears has Ann now? ");
  const std::vector<std::string> said{"12+7=19 #### 19"};
  EXPECT_EQ(task.step(kPears, said)->prompt, "Ann has 19 pears. She sells 5. How many pears has Ann now? ");
  EXPECT_FALSE(task.step(kPears, std::vector<std::string>{"#### -1"}));
  EXPECT_FALSE(task.step(kPears, std::vector<std::string>{"#### 100"}));
  EXPECT_EQ(task.assembled(kPears, std::vector<std::string>{"12+7=19 #### 19", "19-5=14 #### 14"}),
            "12+7=19, 19-5=14 #### 14");
}

TEST(WordProblems, OptionsOutOfRangeAreToldInWords) {
  EXPECT_EQ(WordProblems::check_options(5, {"one"}).error().message, "digits 5 are not from 1 to 4");
  EXPECT_EQ(WordProblems::check_options(2, {"four"}).error().message, "skill 'four' is none of one, two, three");
  EXPECT_FALSE(WordProblems::check_options(2, {}));
}

class Stories : public ::testing::TestWithParam<std::size_t> {
 public:
  template <typename Look>
  void for_questions(Look look) const {
    Rng rng(5);
    for (int i = 0; i < 1500; ++i) look(task.generate(static_cast<std::size_t>(i) % 3, rng), rng);
  }
  const WordProblems task{GetParam()};
};

TEST_P(Stories, StayWithinTheirLengthsAndAlphabet) {
  const auto tokenizer = language::CharacterTokenizer::create(task.alphabet());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  std::size_t longest = 0;
  for_questions([&](const Question& question, Rng& rng) {
    for (const Question& one : {question, task.variant(question, rng)}) {
      const std::string answer = task.reference(one);
      longest = std::max(longest, one.prompt.size());
      EXPECT_LE(one.prompt.size(), task.longest_prompt()) << one.prompt;
      EXPECT_LE(answer.size(), task.longest_answer()) << answer;
      EXPECT_TRUE(tokenizer->encode(one.prompt + answer)) << one.prompt << answer;
      EXPECT_EQ(one.skill, question.skill);
      EXPECT_TRUE(task.verify(one, answer));
    }
    EXPECT_EQ(task.features(task.variant(question, rng))[0].value, task.features(question)[0].value);
  });
  EXPECT_GE(longest + 6, task.longest_prompt());
}

TEST_P(Stories, ChecksHoldForRightAnswersAndOnlyForThem) {
  for_questions([&](const Question& question, Rng&) {
    const std::string right = task.reference(question);
    const auto check = task.check(question, right);
    EXPECT_EQ(check.has_value(), question.skill == 0);
    if (!check) return;
    ASSERT_TRUE(check->ask) << question.prompt;
    EXPECT_EQ(task.reference(*check->ask), check->expected);
    for (const std::string& wrong : {right + "0", std::string("#### 3"), std::string()})
      EXPECT_FALSE(task.check(question, wrong)->ask) << wrong;
  });
}

TEST_P(Stories, InverseQuestionsAndStepsGiveRightAnswers) {
  std::size_t made = 0;
  for_questions([&](const Question& question, Rng& rng) {
    if (const auto inverse = task.inverse(question, rng)) {
      if (const auto lesson = task.inverted(question, *inverse, task.reference(*inverse))) {
        ++made;
        EXPECT_EQ(lesson->answer, task.reference(lesson->question)) << lesson->question.prompt;
        EXPECT_EQ(task.features(lesson->question)[0].value, task.features(question)[0].value);
      }
      EXPECT_FALSE(task.inverted(question, *inverse, "nonsense"));
    }
    std::vector<std::string> answers;
    for (std::size_t i = 0; i < task.steps(question); ++i)
      answers.push_back(task.reference(task.step(question, answers).value()));
    if (!answers.empty()) {
      EXPECT_EQ(task.assembled(question, answers), task.reference(question));
    }
  });
  EXPECT_GT(made, 50U);
}

INSTANTIATE_TEST_SUITE_P(Digits, Stories, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace errata::improve

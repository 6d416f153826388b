#include "errata/improve/arithmetic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace errata::improve {
namespace {

std::map<std::string, std::string> features_of(const Question& question) {
  std::map<std::string, std::string> features;
  for (const Feature& feature : Arithmetic(3).features(question)) features[feature.name] = feature.value;
  return features;
}

TEST(Arithmetic, AnswersAreWrittenFromTheLastDigit) {
  const Arithmetic task(3);
  EXPECT_EQ(task.reference({.skill = 0, .prompt = "348+57="}), "504");
  EXPECT_EQ(task.reference({.skill = 1, .prompt = "12-905="}), "398-");
  EXPECT_EQ(task.reference({.skill = 1, .prompt = "110-10="}), "001");
  EXPECT_EQ(task.reference({.skill = 1, .prompt = "7-7="}), "0");
}

TEST(Arithmetic, OnlyTheExactAnswerIsRight) {
  const Arithmetic task(3);
  const Question question{.skill = 1, .prompt = "3-8="};
  EXPECT_TRUE(task.verify(question, "5-"));
  for (const char* wrong : {"5", "-5", "5-0", "05-", "", "5- "}) EXPECT_FALSE(task.verify(question, wrong)) << wrong;
}

TEST(Arithmetic, FeaturesSayWhatMakesAQuestionHard) {
  const auto sum = features_of({.skill = 0, .prompt = "999+1="});
  EXPECT_EQ(sum.at("digits_a"), "3");
  EXPECT_EQ(sum.at("digits_b"), "1");
  EXPECT_EQ(sum.at("carries"), "3");
  EXPECT_EQ(sum.at("negative"), "no");
  // 1000 − 1 borrows three times; 5 − 1000 is −995 and borrows as 1000 − 5 does.
  EXPECT_EQ(features_of({.skill = 1, .prompt = "1000-1="}).at("carries"), "3");
  EXPECT_EQ(features_of({.skill = 1, .prompt = "5-1000="}).at("carries"), "3");
  EXPECT_EQ(features_of({.skill = 1, .prompt = "5-1000="}).at("negative"), "yes");
  EXPECT_EQ(features_of({.skill = 1, .prompt = "87-35="}).at("carries"), "0");
}

TEST(Arithmetic, AVariantHasTheSameSkillAndDigits) {
  const Arithmetic task(3);
  Rng rng(4);
  const Question question{.skill = 1, .prompt = "348-5="};
  for (int i = 0; i < 50; ++i) {
    const Question variant = task.variant(question, rng);
    EXPECT_EQ(variant.skill, 1U);
    EXPECT_EQ(features_of(variant).at("digits_a"), "3");
    EXPECT_EQ(features_of(variant).at("digits_b"), "1");
  }
}

TEST(Arithmetic, DigitsAreEquallyFrequentAndEveryPromptIsInTheAlphabet) {
  const Arithmetic task(3);
  Rng rng(4);
  std::map<std::string, int> digits;
  for (int i = 0; i < 3000; ++i) {
    const Question question = task.generate(static_cast<std::size_t>(i % 2), rng);
    ++digits[features_of(question).at("digits_a")];
    EXPECT_EQ(question.prompt.find_first_not_of(task.alphabet()), std::string::npos);
  }
  for (const char* count : {"1", "2", "3"}) EXPECT_NEAR(digits[count], 1000, 150);
}

TEST(Arithmetic, OptionsOutOfRangeAreToldInWords) {
  const auto problem = [](std::size_t digits, const std::vector<std::string>& skills) {
    return Arithmetic::check_options(digits, skills).error().message;
  };
  EXPECT_EQ(problem(7, {"add"}), "digits 7 are not from 1 to 6");
  EXPECT_EQ(problem(3, {"div"}), "skill 'div' is none of add, sub, mul, chain");
  EXPECT_EQ(problem(3, {"add", "add"}),
            "skills 'add,add': different ones of add, sub, mul, chain are needed, at least one");
  EXPECT_FALSE(Arithmetic::check_options(0, {"add"}));
  EXPECT_FALSE(Arithmetic::check_options(3, {}));
}

const std::vector<std::string>& all_skills() {
  static const std::vector<std::string> skills{"add", "sub", "mul", "chain"};
  return skills;
}

TEST(Arithmetic, ProductsAndChainsAreComputedFromTheLeft) {
  const Arithmetic task(3, all_skills());
  EXPECT_EQ(task.reference({.skill = 2, .prompt = "47*8="}), "673");
  EXPECT_EQ(task.reference({.skill = 3, .prompt = "348-57+9="}), "003");   // 300
  EXPECT_EQ(task.reference({.skill = 3, .prompt = "12-5-905="}), "898-");  // −898
  EXPECT_THAT(task.alphabet(), ::testing::HasSubstr("*"));
  EXPECT_EQ(std::string(Arithmetic(3).alphabet()).find('*'), std::string::npos);
}

TEST(Arithmetic, FeaturesOfProductsAndChains) {
  const Arithmetic task(3, all_skills());
  const auto of = [&](const char* skill, const char* prompt) {
    std::map<std::string, std::string> found;
    for (const Feature& f : task.features({.skill = skill_of(task, skill), .prompt = prompt})) found[f.name] = f.value;
    return found;
  };
  EXPECT_EQ(of("mul", "47*8=").at("carries"), "2");  // 56 carries 5, 32 + 5 carries 3
  EXPECT_EQ(of("mul", "8*47=").at("carries"), "2");
  EXPECT_EQ(of("mul", "11*8=").at("carries"), "0");
  EXPECT_EQ(of("chain", "348-57+9=").at("carries"), "3");  // 4 − 5 borrows; 291 + 9 carries twice
  EXPECT_EQ(of("chain", "348-57+9=").at("digits_c"), "1");
  EXPECT_EQ(of("add", "1+2=").at("digits_c"), "0");
  EXPECT_EQ(of("chain", "12-5-905=").at("negative"), "yes");
}

/// Questions of every skill, answered by the reference in place of a model.
class ArithmeticIdentities : public ::testing::TestWithParam<std::tuple<std::size_t, Writing>> {
 public:
  template <typename Look>
  void for_questions(Look look) const {
    Rng rng(7);
    for (int i = 0; i < 2000; ++i) look(task.generate(static_cast<std::size_t>(i) % 4, rng), rng);
  }
  const Arithmetic task{std::get<0>(GetParam()), all_skills(), std::get<1>(GetParam())};
};

TEST_P(ArithmeticIdentities, QuestionsStayWithinTheirLengths) {
  for_questions([&](const Question& question, Rng& rng) {
    for (const Question& one : {question, task.variant(question, rng)}) {
      EXPECT_LE(one.prompt.size(), task.longest_prompt()) << one.prompt;
      EXPECT_LE(task.reference(one).size(), task.longest_answer()) << one.prompt;
      EXPECT_EQ(one.prompt.find_first_not_of(task.alphabet()), std::string::npos) << one.prompt;
    }
  });
}

TEST_P(ArithmeticIdentities, ChecksHoldForRightAnswersAndOnlyForThem) {
  for_questions([&](const Question& question, Rng& rng) {
    const auto right = task.check(question, task.reference(question));
    if (!right) return;
    ASSERT_TRUE(right->ask) << question.prompt;
    EXPECT_EQ(task.reference(*right->ask), right->expected) << question.prompt;
    std::string other = task.reference(question);
    other[rng.below(other.size())] = static_cast<char>('0' + rng.below(10));
    if (other == task.reference(question)) return;
    const auto wrong = task.check(question, other);
    EXPECT_TRUE(!wrong->ask || task.reference(*wrong->ask) != wrong->expected) << question.prompt << other;
  });
}

TEST_P(ArithmeticIdentities, InverseQuestionsGiveRightLessonsOfTheShape) {
  std::size_t made = 0, asked = 0;
  for_questions([&](const Question& question, Rng& rng) {
    const auto inverse = task.inverse(question, rng);
    EXPECT_EQ(inverse.has_value(), question.skill == 1) << question.prompt;
    if (!inverse) return;
    ++asked;
    const auto lesson = task.inverted(question, *inverse, task.reference(*inverse));
    if (!lesson) return;
    ++made;
    EXPECT_EQ(lesson->answer, task.reference(lesson->question)) << question.prompt;
    const auto features = task.features(question), theirs = task.features(lesson->question);
    for (const std::size_t i : {0U, 1U, 4U}) EXPECT_EQ(theirs[i].value, features[i].value) << question.prompt;
    EXPECT_FALSE(task.inverted(question, *inverse, "nonsense"));
    EXPECT_FALSE(task.inverted(question, *inverse, std::get<1>(GetParam()) == Writing::reversed ? "5-" : "-5"));
  });
  EXPECT_GT(made * 3, asked);
}

TEST_P(ArithmeticIdentities, StepsEndAtTheRightAnswer) {
  for_questions([&](const Question& question, Rng&) {
    const std::size_t steps = task.steps(question);
    if (question.skill < 2 || question.skill == 3) {
      EXPECT_EQ(steps, question.skill == 3 ? 2U : 0U);
    }
    std::vector<std::string> answers;
    for (std::size_t i = 0; i < steps; ++i) {
      const auto step = task.step(question, answers);
      if (!step) return;  // a partial sum that is longer than an operand
      EXPECT_LT(step->skill, 2U);
      answers.push_back(task.reference(*step));
    }
    if (steps > 0) {
      EXPECT_EQ(answers.back(), task.reference(question)) << question.prompt;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Digits, ArithmeticIdentities,
                         ::testing::Combine(::testing::Values(1, 2, 3, 5),
                                            ::testing::Values(Writing::reversed, Writing::forwards)));

TEST(Arithmetic, ForwardsIsAskedInWordsAndAnsweredByTheLastNumber) {
  const Arithmetic task(3, all_skills(), Writing::forwards);
  const Question sum{.skill = 0, .prompt = "What is 348 + 57?"}, difference{.skill = 1, .prompt = "What is 12 - 905?"};
  EXPECT_EQ(task.reference(sum), "405");
  EXPECT_EQ(task.reference(difference), "-893");
  EXPECT_EQ(task.reference({.skill = 3, .prompt = "What is 348 - 57 + 9?"}), "300");
  for (const char* right : {"405", "348 + 57 = 405.", "It is 405, I think"}) EXPECT_TRUE(task.verify(sum, right));
  for (const char* wrong : {"", "504", "-405", "4050", "405 or 406", "405.5"}) EXPECT_FALSE(task.verify(sum, wrong));
  EXPECT_TRUE(task.verify(difference, "12 - 905 = -893"));
  EXPECT_FALSE(task.verify(difference, "893"));
  EXPECT_EQ(task.features(difference)[3].value, "1");  // of 905 less 12, the tens borrow
  const auto check = task.check(sum, "348 + 57 = 405");
  ASSERT_TRUE(check && check->ask);
  EXPECT_EQ(check->ask->prompt, "What is 57 + 348?");
  EXPECT_EQ(task.meaning(check->expected), "405");
  EXPECT_GE(task.longest_answer(), 32U);
}

TEST(Arithmetic, StepsAreThoseOfTheTaskAlone) {
  const Arithmetic without_sub(3, {"add", "chain"}), without_add(3, {"sub", "mul"});
  EXPECT_EQ(without_sub.steps({.skill = 1, .prompt = "1+2+3="}), 2U);
  EXPECT_EQ(without_sub.steps({.skill = 1, .prompt = "3-2+3="}), 0U);
  EXPECT_EQ(without_add.steps({.skill = 1, .prompt = "3*4="}), 0U);
  EXPECT_FALSE(without_add.check({.skill = 0, .prompt = "3-2="}, "1"));
  EXPECT_FALSE(Arithmetic(3, all_skills()).step({.skill = 3, .prompt = "3-2+3="}, std::vector<std::string>{"oops"}));
}

}  // namespace
}  // namespace errata::improve

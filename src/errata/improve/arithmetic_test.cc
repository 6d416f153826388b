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
  EXPECT_EQ(Arithmetic::check(7).error().message, "digits 7 are not from 1 to 6");
  EXPECT_FALSE(Arithmetic::check(0));
}

}  // namespace
}  // namespace errata::improve

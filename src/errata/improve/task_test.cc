#include "errata/improve/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "errata/improve/arithmetic.h"

namespace errata::improve {
namespace {

TEST(Splits, AreSettledByThePromptAloneAndHoldATenthEach) {
  const Arithmetic task(3);
  Rng rng(1);
  std::array<int, 3> counts{};
  for (int i = 0; i < 10'000; ++i) ++counts[static_cast<std::size_t>(split_of(task.generate(0, rng)))];
  EXPECT_NEAR(counts[0], 1000, 200);  // short sums come more than once, so this is no binomial count
  EXPECT_NEAR(counts[1], 1000, 200);
  EXPECT_EQ(split_of({.skill = 0, .prompt = "1+2="}), split_of({.skill = 1, .prompt = "1+2="}));
}

TEST(Splits, DrawsAreOfTheSplitAndDistinctOnesDiffer) {
  const Arithmetic task(2);
  Rng rng(1);
  for (const Split split : {Split::held_out, Split::development, Split::pool}) {
    const auto questions = draw_distinct(task, 1, split, 100, rng);
    std::set<std::string> prompts;
    for (const Question& question : questions) {
      EXPECT_EQ(split_of(question), split);
      EXPECT_EQ(question.skill, 1U);
      prompts.insert(question.prompt);
    }
    EXPECT_EQ(prompts.size(), 100U);
  }
}

TEST(Splits, EverySkillOfTheSmallestTaskHasQuestionsOfEach) {
  const Arithmetic task(1);
  Rng rng(1);
  for (const std::size_t skill : {0U, 1U})
    for (const Split split : {Split::held_out, Split::development, Split::pool})
      EXPECT_EQ(split_of(draw_question(task, skill, split, rng)), split);
}

}  // namespace
}  // namespace errata::improve

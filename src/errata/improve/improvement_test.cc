#include "errata/improve/improvement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/limits.h"

namespace errata::improve {
namespace {

using ::testing::HasSubstr;

TEST(Rounds, AreReadBackAsTheyWereWritten) {
  Round round{.number = 3,
              .asked = {{.failures = 1, .trials = 10}, {.failures = 4, .trials = 10}},
              .doubtful = 2,
              .auroc_mean = 0.1 + 0.2,
              .auroc_least = kNaN,
              .remembered = 5,
              .variants = 20,
              .replayed = 15,
              .first_loss = 1.5,
              .last_loss = 1e-3,
              .development = {{.failures = 0, .trials = 7}, {.failures = 1, .trials = 7}},
              .verdict = Verdict::forgot,
              .held_out = {{.failures = 2, .trials = 9}, {.failures = 3, .trials = 9}},
              .pairs = {.both = 1, .only_first = 2, .only_second = 3, .neither = 4}};
  const std::string content = round_content(round);
  const auto read = parse_round(content, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(round_content(*read), content);
  EXPECT_EQ(read->auroc_mean, 0.1 + 0.2);
  EXPECT_TRUE(std::isnan(read->auroc_least));
  EXPECT_EQ(read->verdict, Verdict::forgot);
  EXPECT_EQ(read->pairs.only_second, 3U);
}

TEST(Rounds, WhatIsNoneIsRefused) {
  for (const char* content : {"", "[]", "{}", R"({"number":"a"})"})
    EXPECT_THAT(parse_round(content, "memory").error().message, HasSubstr("memory: what is kept of a round"));
}

TEST(Accuracy, IsTheMeanOverSkills) {
  // .9 and .5
  EXPECT_DOUBLE_EQ(accuracy(Evaluation{{.failures = 10, .trials = 100}, {.failures = 1, .trials = 2}}), 0.7);
  EXPECT_TRUE(std::isnan(accuracy(Evaluation{})));
}

TEST(LoopOptions, OutOfRangeAreRefused) {
  const auto problem = [](const LoopOptions& options) { return check(options).error().message; };
  EXPECT_THAT(problem({.rounds = 0}), HasSubstr("rounds 0"));
  EXPECT_THAT(problem({.replay = 1}), HasSubstr("replay 1"));
  EXPECT_THAT(problem({.doubt = NAN}), HasSubstr("doubt nan"));
  EXPECT_THAT(problem({.held_out = 0}), HasSubstr("held-out 0"));
  EXPECT_THAT(problem({.fresh = 1}), HasSubstr("fresh 1"));
  EXPECT_THAT(problem({.votes = 0}), HasSubstr("votes 0"));
  EXPECT_THAT(problem({.source = Source::random, .teacher = Teacher::self}), HasSubstr("no other teacher"));
  EXPECT_THAT(problem({.teacher = Teacher::command}), HasSubstr("command is needed"));
  EXPECT_THAT(problem({.teacher_command = "cat"}), HasSubstr("only then"));
  EXPECT_NE(words_of({.teacher = Teacher::self}), words_of({.teacher = Teacher::vote}));
  EXPECT_NE(words_of({.seed = 1}), words_of({.seed = 2}));
  EXPECT_EQ(words_of({.rounds = 1}), words_of({.rounds = 2}));
}

}  // namespace
}  // namespace errata::improve

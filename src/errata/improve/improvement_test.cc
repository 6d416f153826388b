#include "errata/improve/improvement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/limits.h"

namespace errata::improve {
namespace {

using ::testing::HasSubstr;

TEST(Rounds, AreReadBackAsTheyWereWritten) {
  Round round{
      .number = 3,
      .asked = {{.failures = 1, .trials = 10}, {.failures = 4, .trials = 10}},
      .doubtful = 2,
      .detection = {.cases = 7, .wrong = 2, .labelled = 3, .labelled_wrong = 1},
      .remembered = 5,
      .variants = 20,
      .replayed = 15,
      .adapter = 0xfedcba9876543210U,
      .first_loss = 1.5,
      .last_loss = 1e-3,
      .development = {{.failures = 0, .trials = 7}, {.failures = 1, .trials = 7}},
      .verdict = Verdict::forgot,
      .held_out = {{.failures = 2, .trials = 9}, {.failures = 3, .trials = 9}},
      .pairs = {.both = 1, .only_first = 2, .only_second = 3, .neither = 4},
      .before = {.margin = 0.5},
      .watch = {.margin = 0.6, .auditor = 0.7, .inverse = 0.8},
      .alarm = true,
      .back_to = 1,
      .examples = {{.skill = "add", .prompt = "1+1=", .reference = "2", .before = "3", .after = "2", .fixed = true}},
      .tokens_written = 11,
      .tokens_learned = 12};
  round.detection.signals[0] = {.auroc = 0.1 + 0.2, .low = 0.1, .high = 0.4, .aurc = 0.05};
  round.detection.withheld = {{.skill = 1, .cases = 4, .wrong = 1, .auditor = 0.75, .combined = kNaN, .mean = 0.5}};
  const std::string content = round_content(round);
  const auto read = parse_round(content, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(round_content(*read), content);
  EXPECT_EQ(read->detection.signals[0].auroc, 0.1 + 0.2);
  EXPECT_TRUE(std::isnan(read->detection.signals[1].auroc));
  EXPECT_EQ(read->detection.withheld[0].auditor, 0.75);
  EXPECT_TRUE(read->alarm);
  EXPECT_EQ(read->examples[0].after, "2");
  EXPECT_EQ(read->verdict, Verdict::forgot);
  EXPECT_EQ(read->adapter, 0xfedcba9876543210U);
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
  EXPECT_THAT(problem({.replay = 1.0}), HasSubstr("replay 1"));
  EXPECT_THAT(problem({.doubt = NAN}), HasSubstr("doubt nan"));
  EXPECT_THAT(problem({.labelled = 1}), HasSubstr("labelled 1"));
  EXPECT_THAT(problem({.detect = Detector::consistency, .samples = 0}), HasSubstr("needs samples"));
  EXPECT_THAT(problem({.detect = Detector::auditor, .labelled = 0}), HasSubstr("learns from labelled answers"));
  EXPECT_THAT(problem({.lora = {.alpha = INFINITY}}), HasSubstr("alpha inf is not above 0 and up to 1000000"));
  EXPECT_THAT(problem({.lora = {.rank = 0}}), HasSubstr("rank 0"));
  EXPECT_THAT(problem({.tuning = {.learning_rate = 0}}), HasSubstr("learning rate 0 is not in (0, 1]"));
  EXPECT_THAT(problem({.tuning = {.steps = 10'000'001}}), HasSubstr("10000001 steps are more than"));
  EXPECT_THAT(problem({.gate = Gate::alarm, .watched = 0}), HasSubstr("the alarm needs samples"));
  EXPECT_THAT(detector_named("guess").error().message, HasSubstr("there is no detector 'guess'; there are verifier, "));
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

TEST(Gate, ForgettingIsMoreThanTheBoundAndMoreThanChanceCounts) {
  const auto forgot = [](std::uint64_t before, std::uint64_t now, std::uint64_t of) {
    return is_forgotten({.failures = before, .trials = of}, {.failures = now, .trials = of}, 0.01);
  };
  EXPECT_TRUE(forgot(1, 10, 800));    // 9 > 8 and 9 > √11
  EXPECT_FALSE(forgot(1, 9, 800));    // 8 is not more than 8
  EXPECT_FALSE(forgot(60, 69, 800));  // 9 > 8, but 9 < √129
  EXPECT_TRUE(forgot(60, 73, 800));   // 13 > √133
  EXPECT_FALSE(forgot(5, 6, 10));     // a question of ten
  EXPECT_FALSE(forgot(0, 1, 10));
  EXPECT_TRUE(forgot(0, 2, 10));
  EXPECT_FALSE(forgot(9, 2, 10));
}

TEST(Gate, ASkillOfFewQuestionsDoesNotOutweighTheOthers) {
  const Evaluation before{{.failures = 100, .trials = 800}, {.failures = 5, .trials = 10}};
  EXPECT_TRUE(is_better({{.failures = 60, .trials = 800}, {.failures = 6, .trials = 10}}, before));
  EXPECT_FALSE(is_better({{.failures = 101, .trials = 800}, {.failures = 4, .trials = 10}}, before));
  EXPECT_FALSE(is_better(before, before));
}

TEST(Replay, ShrinksAsMoreIsWrong) {
  EXPECT_EQ(replay_for(0), 0.6);
  EXPECT_EQ(replay_for(0.05), 0.6);
  EXPECT_LT(replay_for(1), 1e-6);
  EXPECT_NEAR(replay_for(0.4), 1 / (1 + 6.7 * 0.4 / 0.6), 1e-12);
  EXPECT_NEAR(replay_for(0.4, 1), 1 / (1 + 3.35 * 0.4 / 0.6), 1e-12);
  EXPECT_NEAR(replay_for(0.4, 9), 0.6, 1e-12);  // as many failures as fresh questions hold
  double last = 0.6;
  for (double wrong = 0; wrong <= 1; wrong += 0.05) {
    const double share = replay_for(wrong);
    EXPECT_LE(share, last);
    EXPECT_GE(share, 0);
    EXPECT_GE(1 - share, wrong) << "a batch of fresh questions would hold more failures";
    last = share;
  }
}

}  // namespace
}  // namespace errata::improve

#include "errata/report/replay/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/replay/test_example.h"
#include "errata/report/replay/words.h"

namespace errata::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string advice_of(const replay::Replay& replay) {
  std::string all;
  for (const auto& sentence : replay_advice(replay)) all += sentence + "\n";
  return all;
}

replay::PolicyResult by_risk(double risk, selective::RiskMethod method) {
  replay::PolicyResult policy;
  policy.options.risk = risk;
  policy.options.method = method;
  policy.cases = 1000;
  policy.accepted = 601;
  policy.accepted_failures = 283;
  return policy;
}

TEST(ReplayGuarantee, OnlineSaysWhatItsBoundAllowsAndWhatHappened) {
  auto policy = by_risk(.01, selective::RiskMethod::online);
  policy.bounds.risk = selective::RiskBound{.accepted = 601, .failures = 283, .regained = 230.4, .at_most = 286.41};
  const std::string words = guarantee_words(policy);
  EXPECT_THAT(words, AllOf(HasSubstr("at most 286 (47.6%) can have failed, 1.0% and 280 more"),
                           HasSubstr("283 did (47.1%)"), HasSubstr("230 of the 280 more were granted")));
  EXPECT_THAT(words, Not(HasSubstr("held at")));
}

TEST(ReplayGuarantee, ABoundBelowTheTargetSaysNothingOfMore) {
  auto policy = by_risk(.05, selective::RiskMethod::online);
  policy.bounds.risk = selective::RiskBound{.accepted = 2374, .failures = 110, .regained = 3.2, .at_most = 110.2};
  const std::string words = guarantee_words(policy);
  EXPECT_THAT(words, HasSubstr("at most 110 (4.6%) can have failed; 110 did (4.6%)."));
  EXPECT_THAT(words, Not(HasSubstr("more were granted")));
}

TEST(ReplayGuarantee, ThresholdsOfStreamsAreNotAddedUp) {
  replay::Replay replay = streams_replay();
  replay.policy = by_risk(.05, selective::RiskMethod::sgr);
  replay.streams[0].policy.bounds.threshold = selective::ControlledThreshold{.accepted = {}};
  EXPECT_EQ(guarantee_words(replay),
            "each stream has a threshold and a guarantee of its own; 1 of 15 streams have calibrated theirs. Of the "
            "accepted cases of this log 47.1% failed.");
}

TEST(ReplayGuarantee, ACalibratedThresholdSaysWhatItWasShownBy) {
  for (const auto method : {selective::RiskMethod::sgr, selective::RiskMethod::ltt}) {
    auto policy = by_risk(.05, method);
    EXPECT_THAT(guarantee_words(policy), StartsWith("none yet"));
    policy.bounds.threshold = selective::ControlledThreshold{
        .threshold = .1, .coverage = .6, .accepted = {.failures = 5, .trials = 300}, .risk_bound = .049};
    EXPECT_THAT(guarantee_words(policy), AllOf(HasSubstr("5 of 300 at or below it failed, so at most 4.9%"),
                                               HasSubstr("nothing under drift"), HasSubstr("47.1%")));
    policy.bounds.threshold = selective::ControlledThreshold{.accepted = {}};
    EXPECT_THAT(guarantee_words(policy), HasSubstr("nothing is accepted"));
  }
}

TEST(ReplayAdvice, SaysOneThingAboutTheScore) {
  auto replay = example_replay();
  const auto* best = best_baseline(replay);
  ASSERT_NE(best, nullptr);
  for (auto& score : replay.scores)
    if (score.name == "errata") score.areas.aurc = best->areas.aurc * 2;
  EXPECT_THAT(advice_of(replay),
              AllOf(HasSubstr("sorts failures better than the memory's risk"), Not(HasSubstr("about as well"))));
  EXPECT_THAT(comparison_words(replay), HasSubstr("worse than"));
  for (auto& score : replay.scores) score.areas.aurc = .9;
  EXPECT_THAT(comparison_words(replay), AllOf(HasSubstr("no better than chance"), HasSubstr("is 0.9000, of cases in")));
  replay.calibration_error = .2;
  EXPECT_THAT(advice_of(replay), AllOf(HasSubstr("No score sorts"), Not(HasSubstr("use it to rank"))));
}

TEST(ReplayAdvice, ADifferenceWithinTheBandsIsNone) {
  auto replay = example_replay();
  ASSERT_THAT(advice_of(replay), HasSubstr("Decide by the memory's risk"));
  for (auto& score : replay.scores)
    if (score.bands) score.bands->ratio_to_reference = {.low = 0.8, .high = 1.7};
  EXPECT_THAT(advice_of(replay), AllOf(HasSubstr("about as well as"), Not(HasSubstr("Decide by"))));
}

TEST(ReplayAdvice, TheWorstRegimeIsToldByItsCounts) {
  auto replay = example_replay();
  replay.regimes = {{.mode = 4, .onset = 5, .rate_before = .5, .rate = .97, .cases = 41, .failures = 30},
                    {.onset = 9, .rate_before = .06, .rate = .235, .cases = 8550, .failures = 3089}};
  EXPECT_THAT(advice_of(replay), HasSubstr("the one with most failures beyond the usual is over all cases: 3089 of "
                                           "8550 cases failed (36.1%), 6.0% before"));
  EXPECT_THAT(headline_words(replay), HasSubstr("36.1% fail instead of 6.0%, still on"));
}

TEST(ReplayAdvice, AGreatRegimeThatIsOverComesBeforeASmallOneThatGoesOn) {
  auto replay = example_replay();
  replay.has_time = false;
  replay.regimes = {{.onset = 701, .ended = 1400, .rate_before = .196, .cases = 699, .failures = 560},
                    {.mode = 3, .onset = 2122, .rate_before = .409, .cases = 66, .failures = 46}};
  EXPECT_THAT(headline_words(replay), StartsWith("80.1% fail instead of 19.6% from step 701 to step 1,400; "));
  EXPECT_THAT(advice_of(replay), HasSubstr("1 regime is still on at the end of the log; it is near mode 3: 46 of 66"));
}

TEST(ReplayAdvice, OnlyModesWorseThanTheLogAreLookedAtFirst) {
  auto replay = example_replay();
  for (auto& mode : replay.modes) mode.mode.near = {.failures = 725, .trials = 63'780};
  EXPECT_THAT(advice_of(replay), Not(HasSubstr("Look near mode")));
  replay.modes[1].mode.near = {.failures = 90, .trials = 120};
  EXPECT_THAT(advice_of(replay), HasSubstr("90 of 120 cases near it failed (75.0%"));
}

TEST(ReplayAdvice, ColdDecisionsAreNotAMissedTarget) {
  replay::PolicyResult policy;
  policy.options.coverage = .8;
  policy.cases = 2700;
  policy.accepted = 1840;
  policy.cold = 400;
  EXPECT_TRUE(keeps_target(policy));
  EXPECT_THAT(policy_words(policy), HasSubstr("the rule of the cold start (abstain) decided 400"));
  policy.cold = 0;
  EXPECT_FALSE(keeps_target(policy));
}

}  // namespace
}  // namespace errata::report

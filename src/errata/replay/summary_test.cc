// Counts and means of a stream against results that were worked out by hand.
#include "errata/replay/summary.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/replay/test_results.h"

namespace errata::replay {
namespace {

using test::HandMade;
using test::Inputs;

TEST(Summary, CountsCasesAndDecisionsWithAnOutcome) {
  const Inputs inputs{HandMade()};
  const Replay replay = summarise(inputs.input());
  EXPECT_EQ(replay.rows, 10);
  EXPECT_EQ(replay.trained, 0);
  EXPECT_EQ(replay.warm, 2);
  EXPECT_EQ(replay.evaluated, 8);
  EXPECT_EQ(replay.without_outcome, 1);
  EXPECT_EQ(replay.failures, 3);
  EXPECT_EQ(replay.policy.cases, 7);
  EXPECT_EQ(replay.policy.accepted, 4);
  EXPECT_EQ(replay.policy.accepted_failures, 1);
  EXPECT_EQ(replay.policy.deferred, 2);
  EXPECT_EQ(replay.policy.deferred_failures, 1);
  EXPECT_EQ(replay.policy.abstained, 1);
  EXPECT_EQ(replay.policy.abstained_failures, 1);
  EXPECT_DOUBLE_EQ(replay.policy.coverage(), 4.0 / 7);
  EXPECT_DOUBLE_EQ(replay.policy.risk(), 1.0 / 4);
  EXPECT_FALSE(replay.has_time);
}

TEST(Summary, BinsHoldTheEvaluatedCases) {
  HandMade made;
  made.streamed.bins.resize(3);  // cases 2–3, 4–6 and 7–9
  const Inputs inputs(std::move(made));
  const auto bins = summarise(inputs.input()).bins;
  ASSERT_EQ(bins.size(), 3);
  const auto expect = [&](std::size_t b, const TimeBin& by_hand) {
    EXPECT_EQ(bins[b].first_case, by_hand.first_case) << b;
    EXPECT_EQ(bins[b].cases, by_hand.cases) << b;
    EXPECT_EQ(bins[b].begin, by_hand.begin) << b;
    EXPECT_EQ(bins[b].end, by_hand.end) << b;
    EXPECT_EQ(bins[b].failures, by_hand.failures) << b;
    EXPECT_EQ(bins[b].accepted, by_hand.accepted) << b;
    EXPECT_EQ(bins[b].accepted_failures, by_hand.accepted_failures) << b;
    EXPECT_NEAR(bins[b].mean_risk, by_hand.mean_risk, 1e-12) << b;
    EXPECT_NEAR(bins[b].mean_danger, by_hand.mean_danger, 1e-12) << b;
    EXPECT_FLOAT_EQ(static_cast<float>(bins[b].threshold), static_cast<float>(by_hand.threshold)) << b;
  };
  expect(0, {.cases = 2,
             .begin = 2,
             .end = 3,
             .failures = 1,
             .accepted = 2,
             .accepted_failures = 1,
             .mean_risk = .1,
             .mean_danger = 2,
             .threshold = .2});
  expect(1, {.first_case = 2,
             .cases = 3,
             .begin = 4,
             .end = 6,
             .failures = 1,
             .accepted = 1,
             .mean_risk = 1.1 / 3,
             .mean_danger = 2,
             .threshold = .5});
  expect(2, {.first_case = 5,
             .cases = 3,
             .begin = 7,
             .end = 9,
             .failures = 1,  // the last case failed, and nobody knows
             .accepted = 2,
             .mean_risk = 1.7 / 3,
             .mean_danger = 3,
             .threshold = .8});
}

TEST(Summary, CalibrationAndBrierScore) {
  const Inputs inputs{HandMade()};
  const Replay replay = summarise(inputs.input());
  // Risks of the seven cases with an outcome: .1 three times (one failed), .3 twice (none), .5 and .7 (both).
  ASSERT_EQ(replay.calibration.size(), 4);
  const std::array<std::uint64_t, 4> cases{3, 2, 1, 1};
  const std::array<double, 4> risk{.1, .3, .5, .7}, rate{1.0 / 3, 0, 1, 1};
  for (std::size_t b = 0; b < 4; ++b) {
    EXPECT_EQ(replay.calibration[b].n, cases[b]);
    EXPECT_NEAR(replay.calibration[b].mean_score, risk[b], 1e-12);
    EXPECT_NEAR(replay.calibration[b].observed, rate[b], 1e-12);
  }
  EXPECT_NEAR(replay.calibration_error, (.7 + .6 + .5 + .3) / 7, 1e-12);
  EXPECT_NEAR(replay.brier, (.81 + .01 + .09 + .25 + .09 + .09 + .01) / 7, 1e-12);
}

TEST(Summary, CalibrationBinsAreOfAboutEqualSize) {
  const auto bins = calibration_bins({.6, .1, .2, .5, .4, .3}, {1, 0, 0, 1, 1, 0}, 3);
  ASSERT_EQ(bins.size(), 3);
  EXPECT_NEAR(bins[0].mean_score, .15, 1e-12);
  EXPECT_NEAR(bins[1].mean_score, .35, 1e-12);
  EXPECT_NEAR(bins[2].mean_score, .55, 1e-12);
  EXPECT_EQ(bins[0].observed, 0);
  EXPECT_EQ(bins[1].observed, .5);
  EXPECT_EQ(bins[2].observed, 1);
  EXPECT_EQ(bins[1].n, 2);
  EXPECT_EQ(bins[1].happened, 1);
  EXPECT_EQ(bins[1].low, .3);
  EXPECT_EQ(bins[1].high, .4);
  EXPECT_TRUE(calibration_bins({}, {}, 3).empty());
  EXPECT_EQ(calibration_bins({.5, .5, .5}, {1, 0, 0}, 3).size(), 1);
}

TEST(Summary, ExpertSharesAreMeansOverTheBinsThatHaveThem) {
  HandMade made;
  made.streamed.expert_names = {"one", "two"};
  made.streamed.bins = {{.expert_weights = {.2, .8}}, {}, {.expert_weights = {.6, .4}}};
  const Inputs inputs(std::move(made));
  const auto experts = summarise(inputs.input()).experts;
  ASSERT_EQ(experts.size(), 2);
  EXPECT_EQ(experts[0].name, "two");
  EXPECT_NEAR(experts[0].weight, .6, 1e-12);
  EXPECT_EQ(experts[1].name, "one");
  EXPECT_NEAR(experts[1].weight, .4, 1e-12);
}

/// Risks spread evenly over [0, 1); every case above .7 fails.
TEST(Summary, OnlineCoveragesReachTheirTargets) {
  constexpr std::size_t kCases = 4000, kWarm = 1000;
  HandMade made;
  made.log = {.files = {"by hand"}, .rows = kCases, .columns = {numbers("f", std::vector<double>(kCases))}};
  made.log.roles.features = {"f"};
  made.streamed.risk.clear();
  for (std::size_t i = 0; i < kCases; ++i) {
    made.streamed.risk.push_back(std::fmod(static_cast<double>(i) * .618033988749895, 1.0));
    made.log.failed.push_back(made.streamed.risk.back() > .7 ? 1 : 0);
  }
  const auto cases = *CaseStream::make(made.log, {.warm_up = {.cases = kWarm}});
  const auto judge = *monitor::Judge::create(cases.schema(), {.policy = {.coverage = .5}});
  const auto online = online_coverages({.log = made.log, .cases = cases, .streamed = made.streamed, .judge = judge});
  ASSERT_EQ(online.size(), kCoverages);
  for (std::size_t c = 0; c < kCoverages; ++c) {
    const double target = static_cast<double>(c + 1) / 20;
    EXPECT_DOUBLE_EQ(online[c].target, target);
    EXPECT_NEAR(online[c].coverage, target, .01);
    EXPECT_NEAR(online[c].error, std::max(0.0, 1 - .7 / target), .02);
    EXPECT_EQ(online[c].hindsight_error, 0);
  }
}

TEST(Summary, WithoutOutcomesThereAreNoOnlineCoverages) {
  HandMade made;
  made.log.judged.assign(10, 0);
  const Inputs inputs(std::move(made));
  const Replay replay = summarise(inputs.input());
  EXPECT_TRUE(replay.online.empty());
  EXPECT_TRUE(replay.calibration.empty());
  EXPECT_EQ(replay.without_outcome, 8);
  EXPECT_EQ(replay.policy.coverage(), 0);
  EXPECT_EQ(replay.brier, 0);
}

}  // namespace
}  // namespace errata::replay

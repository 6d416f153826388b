#include "errata/selective/risk_control.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "errata/base/rng.h"
#include "errata/stats/binomial_tail.h"

namespace errata::selective {
namespace {

using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Calibration {
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
};

/// Risks uniform in [0, 1); a case of risk x fails with probability base + slope · x, so that the failure rate of the
/// cases up to a threshold is base + slope · threshold / 2.
Calibration draw(std::size_t cases, std::uint64_t seed, double base, double slope) {
  Rng rng(seed);
  Calibration drawn;
  for (std::size_t i = 0; i < cases; ++i) {
    drawn.risk.push_back(rng.uniform());
    drawn.failed.push_back(rng.bernoulli(base + slope * drawn.risk.back()));
  }
  return drawn;
}

/// Failures only above .6, one in two there: 16 cases by hand.
TEST(Sgr, HasTheHandComputedThreshold) {
  Calibration cases;
  for (int i = 1; i <= 16; ++i) {
    cases.risk.push_back(i / 16.0);
    cases.failed.push_back(i > 10 && i % 2 == 0);
  }
  // ⌈log2 16⌉ = 4 looks at delta .2 / 4 = .05: k of 0 failures passes a target of .4 when .6^k <= .05, k >= 6.
  // The looks: 8 passes, 12 (one failure: 12 · .4 · .6^11 + .6^12 = .0196) passes, 14 (2 failures) passes at .0398,
  // 15 (2 failures) passes at .0271.
  const auto rule = sgr_threshold(cases.risk, cases.failed, {.risk = .4, .delta = .2}).value();
  EXPECT_EQ(rule.threshold, 15 / 16.0);
  EXPECT_EQ(rule.accepted.trials, 15U);
  EXPECT_EQ(rule.accepted.failures, 2U);
  EXPECT_DOUBLE_EQ(rule.coverage, 15 / 16.0);
  EXPECT_NEAR(rule.risk_bound, stats::binomial_upper_bound({.failures = 2, .trials = 15}, .05), 1e-12);
  EXPECT_LE(rule.risk_bound, .4);
}

TEST(Ltt, HasTheHandComputedThreshold) {
  Calibration cases;
  for (int i = 1; i <= 40; ++i) {
    cases.risk.push_back(i / 40.0);
    cases.failed.push_back(i == 5 || i > 20);
  }
  LearnThenTestOptions options{.starts = 1, .grid = {.1, .2, .25, .5, 1.0}};
  // .9^n <= .1 from n = 22 on: nothing can be shown for fewer cases, so the sequence starts at 1.0 and stops.
  EXPECT_EQ(ltt_threshold(cases.risk, cases.failed, {.risk = .1, .delta = .1}, options)->threshold, -kInfinity);
  // Target .3, delta .1: 7 cases could do. 8 cases with 1 failure: 8 · .3 · .7^7 + .7^8 = .255 stops the sequence …
  EXPECT_EQ(ltt_threshold(cases.risk, cases.failed, {.risk = .3, .delta = .1}, options)->threshold, -kInfinity);
  // … two starts find .5 (20 cases, 1 failure: .0076), and so does Bonferroni at .02 each.
  options.starts = 2;
  EXPECT_EQ(ltt_threshold(cases.risk, cases.failed, {.risk = .3, .delta = .1}, options)->threshold, .5);
  options.testing = MultipleTesting::bonferroni;
  const auto rule = ltt_threshold(cases.risk, cases.failed, {.risk = .3, .delta = .1}, options).value();
  EXPECT_EQ(rule.threshold, .5);
  EXPECT_DOUBLE_EQ(rule.coverage, .5);
  EXPECT_EQ(rule.accepted.failures, 1U);
}

TEST(RiskControl, NeverAcceptsUnknownRisk) {
  Calibration cases{.risk = std::vector<double>(200, kNaN), .failed = std::vector<std::uint8_t>(200, 0)};
  for (std::size_t i = 0; i < 100; ++i) cases.risk[i] = i < 50 ? .1 : kInfinity;
  const auto rule = sgr_threshold(cases.risk, cases.failed, {.risk = .2}).value();
  EXPECT_EQ(rule.threshold, .1);
  EXPECT_DOUBLE_EQ(rule.coverage, .25);
  EXPECT_EQ(ltt_threshold(cases.risk, cases.failed, {.risk = .2})->threshold, .1);
}

TEST(RiskControl, OfNothingAcceptsNothing) {
  for (const std::size_t cases : {0U, 1U, 2U, 3U}) {
    const std::vector<double> risk(cases, .1);
    const std::vector<std::uint8_t> failed(cases, 1);
    EXPECT_EQ(sgr_threshold(risk, failed, {})->threshold, -kInfinity);
    EXPECT_EQ(ltt_threshold(risk, failed, {})->threshold, -kInfinity);
    EXPECT_EQ(ltt_threshold(risk, failed, {})->risk_bound, 1);
  }
}

RC_GTEST_PROP(RiskControl, WhatIsAcceptedWasShownToBeSafe, ()) {
  const auto cases = draw(*rc::gen::inRange<std::size_t>(1, 800), *rc::gen::inRange<std::uint64_t>(0, 1000), 0, .4);
  const RiskTarget target{.risk = .1, .delta = .1};
  const LearnThenTestOptions bonferroni{.testing = MultipleTesting::bonferroni};
  for (const auto& rule : {sgr_threshold(cases.risk, cases.failed, target).value(),
                           ltt_threshold(cases.risk, cases.failed, target).value(),
                           ltt_threshold(cases.risk, cases.failed, target, bonferroni).value()}) {
    if (rule.threshold == -kInfinity) continue;
    RC_ASSERT(rule.risk_bound <= .1 + 1e-12);
    RC_ASSERT(static_cast<double>(rule.accepted.failures) <= .1 * static_cast<double>(rule.accepted.trials));
  }
}

struct Outcomes {
  int violations = 0;
  double coverage = 0;
};

/// Over 1,000 calibration sets of 1,500 cases: how often the true risk of the accepted cases exceeds the target of .1.
template <typename Method>
Outcomes monte_carlo(double base, double slope, Method method) {
  Outcomes outcomes;
  constexpr int kSets = 1000;
  for (int set = 0; set < kSets; ++set) {
    const auto cases = draw(1500, static_cast<std::uint64_t>(set), base, slope);
    const auto rule = method(cases, RiskTarget{.risk = .1, .delta = .1}).value();
    if (rule.threshold == -kInfinity) continue;
    outcomes.violations += static_cast<int>(base + slope * rule.threshold / 2 > .1);
    outcomes.coverage += rule.threshold / kSets;
  }
  return outcomes;
}

constexpr auto kSgr = [](const Calibration& c, RiskTarget t) { return sgr_threshold(c.risk, c.failed, t); };
constexpr auto kSequence = [](const Calibration& c, RiskTarget t) { return ltt_threshold(c.risk, c.failed, t); };
constexpr auto kOneSequence = [](const Calibration& c, RiskTarget t) {
  return ltt_threshold(c.risk, c.failed, t, {.starts = 1});
};
constexpr auto kBonferroni = [](const Calibration& c, RiskTarget t) {
  return ltt_threshold(c.risk, c.failed, t, {.testing = MultipleTesting::bonferroni});
};

TEST(RiskControl, MissesTheTargetNoMoreOftenThanDeltaWhereTheScoreIsGood) {
  for (const auto& outcomes : {monte_carlo(0, .4, kSgr), monte_carlo(0, .4, kSequence),
                               monte_carlo(0, .4, kOneSequence), monte_carlo(0, .4, kBonferroni)}) {
    EXPECT_LE(outcomes.violations, 100);                      // delta of 1,000
    EXPECT_GT(outcomes.coverage, .2) << outcomes.violations;  // the truth is .5
  }
}

TEST(RiskControl, MissesTheTargetNoMoreOftenThanDeltaWhereTheScoreIsWorthless) {
  // Every case fails with probability .101: any acceptance misses the target.
  EXPECT_LE(monte_carlo(.101, 0, kSgr).violations, 100);
  EXPECT_LE(monte_carlo(.101, 0, kSequence).violations, 100);
  EXPECT_LE(monte_carlo(.101, 0, kOneSequence).violations, 100);
  EXPECT_LE(monte_carlo(.101, 0, kBonferroni).violations, 100);
}

TEST(RiskControl, RefusesWhatIsOutsideItsRange) {
  const std::vector<double> risk{.1, .2};
  const std::vector<std::uint8_t> failed{0, 1}, odd{0, 3};
  EXPECT_THAT(sgr_threshold(risk, odd, {}).error().message, HasSubstr("failure 3 of case 1"));
  EXPECT_THAT(sgr_threshold(risk, std::vector<std::uint8_t>{0}, {}).error().message, HasSubstr("2 risks"));
  EXPECT_THAT(sgr_threshold(risk, failed, {.risk = 0}).error().message, HasSubstr("risk target 0 is not in (0, 1)"));
  EXPECT_THAT(sgr_threshold(risk, failed, {.delta = kNaN}).error().message, HasSubstr("delta nan"));
  const auto message = [&](const LearnThenTestOptions& options) {
    return ltt_threshold(risk, failed, {}, options).error().message;
  };
  EXPECT_THAT(message({.starts = 0}), HasSubstr("at least 1 start"));
  EXPECT_THAT(message({.thresholds = 0}), HasSubstr("at least 1 threshold"));
  EXPECT_THAT(message({.grid_share = 1}), HasSubstr("grid share 1"));
  EXPECT_THAT(message({.grid = {.2, .1}}), HasSubstr("threshold 1 of the grid"));
  EXPECT_THAT(message({.grid = {kNaN}}), HasSubstr("threshold 0 of the grid"));
}

}  // namespace
}  // namespace errata::selective

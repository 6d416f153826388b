#include "errata/selective/risk_control.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <tuple>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/stats/binomial_tail.h"

namespace errata::selective {
namespace {

using testing::HasSubstr;

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
  // At the target .25 and delta .1: 16 cases with 3 failures have P(Bin(16, .25) <= 3) = .405, 15 with 2 .236, 13 with
  // 1 .127, 11 with none .75^11 = .0422 and 10 with none .0563. The region's level at 10 of 16 is below .1 · 10/16 =
  // .0625 and must be near it: 10 cases without a failure are the likeliest way into it.
  const auto rule = sgr_threshold(cases.risk, cases.failed, {.risk = .25, .delta = .1}).value();
  EXPECT_EQ(rule.threshold, 11 / 16.0);
  EXPECT_EQ(rule.accepted.trials, 11U);
  EXPECT_EQ(rule.accepted.failures, 0U);
  EXPECT_DOUBLE_EQ(rule.coverage, 11 / 16.0);
  EXPECT_LE(rule.risk_bound, .25);
}

TEST(Ltt, HasTheHandComputedThreshold) {
  Calibration cases;
  for (int i = 1; i <= 40; ++i) {
    cases.risk.push_back(i / 40.0);
    cases.failed.push_back(i == 5 || i > 20);
  }
  LearnThenTestOptions options{.testing = MultipleTesting::fixed_sequence, .starts = 1, .grid = {.1, .2, .25, .5, 1.0}};
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
  const LearnThenTestOptions sequences{.testing = MultipleTesting::fixed_sequence};
  for (const auto& rule : {sgr_threshold(cases.risk, cases.failed, target).value(),
                           ltt_threshold(cases.risk, cases.failed, target, sequences).value(),
                           ltt_threshold(cases.risk, cases.failed, target).value(),
                           ltt_threshold(cases.risk, cases.failed, target, bonferroni).value()}) {
    if (rule.threshold == -kInfinity) continue;
    RC_ASSERT(rule.risk_bound <= .1 + 1e-12);
    RC_ASSERT(static_cast<double>(rule.accepted.failures) <= .1 * static_cast<double>(rule.accepted.trials));
  }
}

struct Outcomes {
  double violations = 0, coverage = 0;  ///< shares
};

/// Over calibration sets of 1,500 cases: how often the true risk of the accepted cases exceeds the target of .1.
template <typename Method>
Outcomes monte_carlo(double base, double slope, int sets, Method method) {
  Outcomes outcomes;
  for (int set = 0; set < sets; ++set) {
    const auto cases = draw(1500, static_cast<std::uint64_t>(set), base, slope);
    const ControlledThreshold rule = method(cases, RiskTarget{.risk = .1, .delta = .1});
    if (rule.threshold == -kInfinity) continue;
    outcomes.violations += (base + slope * rule.threshold / 2 > .1 ? 1.0 : 0.0) / sets;
    outcomes.coverage += rule.threshold / sets;
  }
  return outcomes;
}

ControlledThreshold by_sgr(const Calibration& c, RiskTarget t) {
  static const SafeRegion region(1500, t.risk, t.delta);
  return sgr_threshold(c.risk, c.failed, region);
}
ControlledThreshold by_ltt(const Calibration& c, RiskTarget t) { return ltt_threshold(c.risk, c.failed, t).value(); }
ControlledThreshold by_sequences(const Calibration& c, RiskTarget t) {
  return ltt_threshold(c.risk, c.failed, t, {.testing = MultipleTesting::fixed_sequence}).value();
}
ControlledThreshold by_one_sequence(const Calibration& c, RiskTarget t) {
  return ltt_threshold(c.risk, c.failed, t, {.testing = MultipleTesting::fixed_sequence, .starts = 1}).value();
}
ControlledThreshold by_bonferroni(const Calibration& c, RiskTarget t) {
  return ltt_threshold(c.risk, c.failed, t, {.testing = MultipleTesting::bonferroni}).value();
}

/// What chance adds to a share of .1 of so many sets: three standard errors.
double and_noise(int sets) { return .1 + 3 * std::sqrt(.1 * .9 / sets); }

TEST(RiskControl, MissesTheTargetNoMoreOftenThanDeltaWhereTheScoreIsGood) {
  for (const auto& [method, sets, least] :
       {std::tuple(&by_sgr, 1000, .33), std::tuple(&by_ltt, 300, .34), std::tuple(&by_sequences, 1000, .31),
        std::tuple(&by_one_sequence, 1000, .2), std::tuple(&by_bonferroni, 1000, .2)}) {
    const auto outcomes = monte_carlo(0, .4, sets, method);
    EXPECT_LE(outcomes.violations, and_noise(sets));
    EXPECT_GT(outcomes.coverage, least) << outcomes.violations;  // the truth is .5
  }
}

TEST(RiskControl, MissesTheTargetNoMoreOftenThanDeltaWhereTheScoreIsWorthless) {
  // Every case fails with probability .101: any acceptance misses the target.
  EXPECT_LE(monte_carlo(.101, 0, 1000, by_sgr).violations, and_noise(1000));
  EXPECT_LE(monte_carlo(.101, 0, 300, by_ltt).violations, and_noise(300));
  EXPECT_LE(monte_carlo(.101, 0, 1000, by_sequences).violations, and_noise(1000));
  EXPECT_LE(monte_carlo(.101, 0, 1000, by_one_sequence).violations, and_noise(1000));
  EXPECT_LE(monte_carlo(.101, 0, 1000, by_bonferroni).violations, and_noise(1000));
}

/// Scores made to mislead: the failure rate of the accepted goes above the target, back below it and above it again,
/// and risks are tied in a few values. Any threshold may be the one that is taken.
TEST(RiskControl, KeepsDeltaWhereTheFailureRateIsNotMonotone) {
  // Failure rates of eight groups of equal size, safest first; of those accepted up to each: .20, .11, .0867, .115,
  // .10, .1017, .0971, .101: above the target of .1 at 1, 2, 4, 6 and 8.
  const std::vector<double> rates{.20, .02, .04, .20, .04, .11, .07, .128};
  const std::vector<bool> unsafe{true, true, false, true, false, true, false, true};
  const SafeRegion region(1200, .1, .1);
  int violations = 0, walked = 0;
  constexpr int kSets = 2000, kWalked = 500;
  for (int set = 0; set < kSets; ++set) {
    Rng rng(static_cast<std::uint64_t>(set) + 7);
    Calibration cases;
    for (int i = 0; i < 1200; ++i) {
      const auto group = static_cast<std::size_t>(rng.uniform() * 8);
      cases.risk.push_back(static_cast<double>(group));
      cases.failed.push_back(rng.bernoulli(rates[group]));
    }
    const auto rule = sgr_threshold(cases.risk, cases.failed, region);
    if (rule.threshold != -kInfinity) violations += unsafe[static_cast<std::size_t>(rule.threshold)] ? 1 : 0;
    if (set >= kWalked) continue;
    const auto other = ltt_threshold(cases.risk, cases.failed, {.risk = .1, .delta = .1}).value();
    if (other.threshold != -kInfinity) walked += unsafe[static_cast<std::size_t>(other.threshold)] ? 1 : 0;
  }
  EXPECT_LE(violations / double{kSets}, and_noise(kSets));
  EXPECT_LE(walked / double{kWalked}, and_noise(kWalked));
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

#include "errata/audit/operating_point.h"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/stats/binomial_tail.h"

namespace errata::audit {
namespace {

using testing::HasSubstr;

struct DrawnRisks {
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
};

/// Calibrated risks; `shift` is added to the true failure rate afterwards.
DrawnRisks draw_risks(std::size_t cases, std::uint64_t seed, double shift = 0) {
  Rng rng(seed);
  DrawnRisks drawn;
  for (std::size_t i = 0; i < cases; ++i) {
    drawn.risk.push_back(.4 * rng.uniform());
    drawn.failed.push_back(rng.bernoulli(drawn.risk.back() + shift));
  }
  return drawn;
}

TEST(OperatingPoint, KeepsItsRiskOnCasesOfTheSameKindAndNotUnderAShift) {
  const auto held_out = draw_risks(4000, 1), test = draw_risks(20'000, 2), shifted = draw_risks(20'000, 3, .2);
  for (const auto rule : {OperatingRule::sgr, OperatingRule::ltt}) {
    const auto point = operating_point_for_risk(held_out.risk, held_out.failed, {.risk = .1}, rule).value();
    EXPECT_EQ(point.rule, rule);
    EXPECT_EQ(point.target, .1);
    EXPECT_EQ(point.delta, .05);
    EXPECT_LE(point.at.risk_bound, .1);
    const auto same = realise(point, test.risk, test.failed).value();
    EXPECT_LE(same.risk, .1);
    EXPECT_GT(same.coverage, .35);  // the truth is .5
    const auto moved = realise(point, shifted.risk, shifted.failed).value();
    EXPECT_GT(moved.risk, .25);
    EXPECT_GT(moved.risk_interval.low, .1);
    EXPECT_NEAR(moved.coverage, same.coverage, .02);
  }
}

TEST(OperatingPoint, RealisesByHand) {
  OperatingPoint point;
  point.at.threshold = .3;
  const std::vector<double> risk{.1, .3, .31, kNaN, .2};
  const std::vector<std::uint8_t> failed{0, 1, 1, 0, 0};
  const auto found = realise(point, risk, failed).value();
  EXPECT_EQ(found.accepted.trials, 3U);
  EXPECT_EQ(found.accepted.failures, 1U);
  EXPECT_EQ(found.abstained.trials, 2U);
  EXPECT_EQ(found.abstained.failures, 1U);
  EXPECT_DOUBLE_EQ(found.coverage, .6);
  EXPECT_DOUBLE_EQ(found.risk, 1.0 / 3);
  EXPECT_DOUBLE_EQ(found.base_risk, .4);
  EXPECT_LT(found.coverage_interval.low, .6);
}

TEST(OperatingPoint, ThatAcceptsNothingHasNoRisk) {
  const std::vector<double> risk{.1, .2};
  const std::vector<std::uint8_t> failed{1, 1};
  const auto point = operating_point_for_risk(risk, failed, {.risk = .05}, OperatingRule::sgr).value();
  const auto found = realise(point, risk, failed).value();
  EXPECT_EQ(found.coverage, 0);
  EXPECT_TRUE(std::isnan(found.risk));
  EXPECT_EQ(found.risk_interval.high, 1);
  const auto nothing = realise(point, {}, {}).value();
  EXPECT_TRUE(std::isnan(nothing.coverage));
}

TEST(OperatingPoint, ForACoverageTakesTiesWhole) {
  const std::vector<double> risk{.1, .2, .2, .4, kNaN};
  const std::vector<std::uint8_t> failed{0, 1, 0, 1, 1};
  const auto point = operating_point_for_coverage(risk, failed, .4).value();
  EXPECT_EQ(point.at.threshold, .2);
  EXPECT_DOUBLE_EQ(point.at.coverage, .6);
  EXPECT_EQ(point.at.accepted.failures, 1U);
  EXPECT_NEAR(point.at.risk_bound, stats::binomial_upper_bound({.failures = 1, .trials = 3}, .05), 1e-9);
  EXPECT_EQ(point.delta, 1);
  EXPECT_EQ(operating_point_for_coverage(risk, failed, .8)->at.threshold, .4);
}

TEST(OperatingPoint, RefusesWhatIsOutsideItsRange) {
  const std::vector<double> risk{.1, .2};
  const std::vector<std::uint8_t> failed{0, 1}, odd{0, 2};
  EXPECT_THAT(operating_point_for_coverage(risk, failed, 1.5).error().message, HasSubstr("coverage 1.5"));
  EXPECT_THAT(operating_point_for_coverage({}, {}, .5).error().message, HasSubstr("got none"));
  EXPECT_THAT(operating_point_for_risk(risk, failed, {.risk = 2}, OperatingRule::ltt).error().message,
              HasSubstr("risk target 2"));
  EXPECT_THAT(operating_point_for_risk(risk, failed, {}, OperatingRule::coverage).error().message,
              HasSubstr("sgr or ltt"));
  EXPECT_THAT(realise({}, risk, odd).error().message, HasSubstr("failure 2 of case 1"));
  EXPECT_THAT(realise({}, risk, {}).error().message, HasSubstr("2 risks do not go with 0 failures"));
}

}  // namespace
}  // namespace errata::audit

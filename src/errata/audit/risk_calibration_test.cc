#include "errata/audit/risk_calibration.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/stats/calibration.h"

namespace errata::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct DrawnScores {
  std::vector<double> scores;
  std::vector<std::uint8_t> failed;
};

/// Failures by σ(slope · score + shift), scores normal.
DrawnScores draw_logistic(std::size_t cases, double slope, double shift, std::uint64_t seed) {
  Rng rng(seed);
  DrawnScores drawn;
  for (std::size_t i = 0; i < cases; ++i) {
    drawn.scores.push_back(rng.normal());
    drawn.failed.push_back(rng.bernoulli(1 / (1 + std::exp(-slope * drawn.scores.back() - shift))));
  }
  return drawn;
}

/// Failures by score³, scores uniform: no logistic curve.
DrawnScores draw_cubic(std::size_t cases, std::uint64_t seed) {
  Rng rng(seed);
  DrawnScores drawn;
  for (std::size_t i = 0; i < cases; ++i) {
    drawn.scores.push_back(rng.uniform());
    drawn.failed.push_back(rng.bernoulli(std::pow(drawn.scores.back(), 3)));
  }
  return drawn;
}

double error_on(const RiskCalibration& calibration, const DrawnScores& cases) {
  return stats::calibration(calibration.risks(cases.scores), cases.failed).expected_error();
}

TEST(Isotonic, PoolsAdjacentViolators) {
  // 0, then 1 0 (pooled to ½), then 1: by hand. n = 6: values stay in [1/8, 7/8].
  const std::vector<double> scores{1, 2, 3, 4, 5, 6};
  const std::vector<std::uint8_t> failed{0, 0, 1, 0, 1, 1};
  const auto found = RiskCalibration::fit(CalibrationMethod::isotonic, scores, failed).value();
  EXPECT_THAT(found.table().x(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(found.table().y(), ElementsAre(.125, .125, .5, .5, .875, .875));
  EXPECT_EQ(found.risk(3.5), .5);
  EXPECT_EQ(found.risk(2.5), .3125);  // straight between 1/8 and 1/2
  EXPECT_EQ(found.risk(-100), .125);
  EXPECT_EQ(found.risk(100), .875);
}

TEST(Isotonic, TakesTiedScoresTogether) {
  const std::vector<double> scores{1, 1, 1, 1, 2, 2};
  const std::vector<std::uint8_t> failed{1, 0, 0, 0, 1, 0};
  const auto found = RiskCalibration::fit(CalibrationMethod::isotonic, scores, failed).value();
  EXPECT_THAT(found.table().y(), ElementsAre(.25, .5));
}

/// The least squares of all non-decreasing functions, by the max-min formula: max over j <= i of min over k >= i of the
/// mean from j to k.
RC_GTEST_PROP(Isotonic, EqualsTheMaxMinFormula, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 20);
  std::vector<double> scores;
  std::vector<std::uint8_t> failed{0, 1};
  for (std::size_t i = 0; i < n; ++i) scores.push_back(static_cast<double>(i));
  while (failed.size() < n) failed.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  std::swap(failed[0], failed[*rc::gen::inRange<std::size_t>(0, n)]);
  const auto found = RiskCalibration::fit(CalibrationMethod::isotonic, scores, failed).value();
  const double least = 1 / (static_cast<double>(n) + 2);
  for (std::size_t i = 0; i < n; ++i) {
    double best = 0;
    for (std::size_t j = 0; j <= i; ++j) {
      double lowest = 1;
      for (std::size_t k = i; k < n; ++k) {
        double sum = 0;
        for (std::size_t m = j; m <= k; ++m) sum += failed[m];
        lowest = std::min(lowest, sum / static_cast<double>(k - j + 1));
      }
      best = std::max(best, lowest);
    }
    RC_ASSERT(std::abs(found.risk(scores[i]) - std::clamp(best, least, 1 - least)) < 1e-12);
  }
}

TEST(Platt, FindsTheCurve) {
  const auto drawn = draw_logistic(20'000, 2, -1, 3);
  const auto found = RiskCalibration::fit(CalibrationMethod::platt, drawn.scores, drawn.failed).value();
  for (const double score : {-2.0, 0.0, .5, 2.0}) {
    EXPECT_NEAR(found.risk(score), 1 / (1 + std::exp(-2 * score + 1)), .015) << score;
  }
}

TEST(LogOdds, FindsTheTemperature) {
  // Overconfident by 3: the truth is σ(logit(s)/3).
  auto drawn = draw_logistic(20'000, 1, 0, 4);
  for (double& score : drawn.scores) score = 1 / (1 + std::exp(-3 * score));
  const auto found = RiskCalibration::fit(CalibrationMethod::log_odds, drawn.scores, drawn.failed).value();
  for (const double truth : {.2, .5, .7}) {
    const double stated = 1 / (1 + std::exp(-3 * std::log(truth / (1 - truth))));
    EXPECT_NEAR(found.risk(stated), truth, .015);
  }
  EXPECT_GT(found.risk(0), 0);
  EXPECT_LT(found.risk(1), 1);
}

TEST(RiskCalibration, OfAUselessOrInvertedScoreIsTheBaseRate) {
  const std::vector<double> scores{4, 3, 2, 1};
  const std::vector<std::uint8_t> failed{0, 0, 1, 1};
  for (const auto method : {CalibrationMethod::isotonic, CalibrationMethod::platt}) {
    const auto found = RiskCalibration::fit(method, scores, failed).value();
    for (const double score : scores) EXPECT_NEAR(found.risk(score), .5, 1e-12);
  }
  const std::vector<double> same(4, 7);
  for (const auto method : {CalibrationMethod::isotonic, CalibrationMethod::platt}) {
    EXPECT_NEAR(RiskCalibration::fit(method, same, failed)->risk(7), .5, 1e-12);
  }
}

TEST(RiskCalibration, IsCalibratedOnNewCasesOfTheSameKind) {
  const auto chosen = [](const DrawnScores& cases) {
    return RiskCalibration::choose(cases.scores, cases.failed, 5, Rng(1)).value();
  };
  const auto logistic = chosen(draw_logistic(5000, 2, -1, 1));
  EXPECT_EQ(logistic.method(), CalibrationMethod::platt);
  EXPECT_LT(error_on(logistic, draw_logistic(20'000, 2, -1, 2)), .02);
  const auto cubic = chosen(draw_cubic(5000, 1));
  EXPECT_NE(cubic.method(), CalibrationMethod::platt);
  EXPECT_LT(error_on(cubic, draw_cubic(20'000, 2)), .02);
  EXPECT_GT(cubic.held_out_log_loss(), 0);
  EXPECT_LT(cubic.held_out_log_loss(), std::log(2.0));
  // The score taken for a probability is not: this is what the gate above would see.
  const auto raw = draw_cubic(20'000, 2);
  EXPECT_GT(stats::calibration(raw.scores, raw.failed).expected_error(), .2);
}

RC_GTEST_PROP(RiskCalibration, NeverFallsAndIsRestoredBitForBit, ()) {
  const auto drawn = draw_cubic(60, *rc::gen::inRange<std::uint64_t>(0, 500));
  for (const auto method : {CalibrationMethod::isotonic, CalibrationMethod::platt, CalibrationMethod::log_odds}) {
    const auto fitted = RiskCalibration::fit(method, drawn.scores, drawn.failed);
    if (!fitted) RC_DISCARD("only one kind of outcome");
    ByteWriter out;
    fitted->save(out);
    ByteReader in(out.bytes());
    const auto loaded = RiskCalibration::load(in).value();
    RC_ASSERT(in.finish("calibration").has_value());
    RC_ASSERT(loaded.method() == method);
    double last = 0;
    for (double score = -.2; score < 1.2; score += .01) {
      RC_ASSERT(fitted->risk(score) >= last && fitted->risk(score) < 1 && fitted->risk(score) > 0);
      last = fitted->risk(score);
      RC_ASSERT(loaded.risk(score) == last);
    }
  }
}

TEST(RiskCalibration, RefusesBrokenFiles) {
  const auto drawn = draw_cubic(60, 1);
  ByteWriter out;
  RiskCalibration::fit(CalibrationMethod::isotonic, drawn.scores, drawn.failed)->save(out);
  for (std::size_t size = 0; size < out.bytes().size(); ++size) {
    ByteReader in(std::string_view(out.bytes()).substr(0, size));
    EXPECT_FALSE(RiskCalibration::load(in)) << size;
  }
  auto bytes = out.bytes();
  bytes[0] = 9;
  ByteReader in(bytes);
  EXPECT_THAT(RiskCalibration::load(in).error().message, HasSubstr("calibration method 9 is unknown"));
}

TEST(RiskCalibration, RefusesWhatIsOutsideItsRange) {
  const std::vector<double> scores{.1, .2, 3};
  const std::vector<std::uint8_t> failed{0, 1, 1}, none{0, 0, 0};
  const auto message = [&](const auto& s, const auto& f, CalibrationMethod method = CalibrationMethod::isotonic) {
    return RiskCalibration::fit(method, s, f).error().message;
  };
  EXPECT_THAT(message(scores, none), HasSubstr("nothing to calibrate: of 3 cases 0 failed"));
  EXPECT_THAT(message(std::vector{.1}, failed), HasSubstr("1 scores do not go with 3 failures"));
  EXPECT_THAT(message(std::vector{.1, std::nan(""), .1}, failed), HasSubstr("score nan of case 1"));
  EXPECT_THAT(message(scores, failed, CalibrationMethod::log_odds), HasSubstr("log odds need scores in [0, 1]"));
  EXPECT_THAT(RiskCalibration::choose(scores, failed, 2, Rng(1)).error().message,
              HasSubstr("2 folds are not in 2 to 1"));
}

}  // namespace
}  // namespace errata::audit

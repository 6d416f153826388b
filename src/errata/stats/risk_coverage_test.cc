#include "errata/stats/risk_coverage.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "errata/base/limits.h"
#include "errata/stats/classification.h"

namespace errata::stats {
namespace {

using testing::HasSubstr;

RiskCoverage curve_of(const std::vector<double>& risk, const std::vector<std::uint8_t>& failed) {
  return RiskCoverage::of(risk, failed).value();
}

TEST(RiskCoverage, HasTheHandComputedAreas) {
  // In order of risk: 0 1 0 1, so F = 0 1 1 2 and the rates are 0, 1/2, 1/3, 1/2.
  const auto curve = curve_of({.4, .1, .3, .2}, {1, 0, 0, 1});
  const auto areas = curve.areas();
  EXPECT_DOUBLE_EQ(areas.aurc, (0 + 1.0 / 2 + 1.0 / 3 + 1.0 / 2) / 4);
  EXPECT_DOUBLE_EQ(areas.oracle_aurc, (1.0 / 3 + 2.0 / 4) / 4);  // 0 0 1 1
  EXPECT_DOUBLE_EQ(areas.excess_aurc, (1.0 / 2) / 4);
  EXPECT_DOUBLE_EQ(areas.augrc, (0 + 1 + 1 + 2) / 16.0);
  EXPECT_EQ(curve.failures(), 2U);
  EXPECT_DOUBLE_EQ(curve.error_at_coverage(.25), 0);
  EXPECT_DOUBLE_EQ(curve.error_at_coverage(.26), 1.0 / 2);
  EXPECT_DOUBLE_EQ(curve.error_at_coverage(.75), 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve.error_at_coverage(1), 1.0 / 2);
}

TEST(RiskCoverage, SpreadsFailuresOfATieEvenly) {
  const auto curve = curve_of({.5, .5, .5, .5}, {1, 0, 0, 0});  // F(k) = k/4 whatever the order
  EXPECT_DOUBLE_EQ(curve.areas().aurc, .25);
  EXPECT_DOUBLE_EQ(curve.areas().augrc, (.25 + .5 + .75 + 1) / 16);
  for (const double coverage : {.1, .5, 1.0}) EXPECT_DOUBLE_EQ(curve.error_at_coverage(coverage), .25);
}

TEST(RiskCoverage, TakesNaNForTheMostRisky) {
  const auto curve = curve_of({kNaN, .1, std::numeric_limits<double>::infinity(), -0.0, 0.0}, {1, 0, 0, 1, 0});
  EXPECT_EQ(curve.steps(), 3U);                       // {-0, 0}, .1, {inf, NaN}
  EXPECT_DOUBLE_EQ(curve.error_at_coverage(.2), .5);  // one of two zeros
  EXPECT_DOUBLE_EQ(curve.error_at_coverage(.6), 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve.error_at_coverage(.8), 1.5 / 4);
}

TEST(RiskCoverage, OfOneKindOnly) {
  const auto safe = curve_of({.1, .2, .3}, {0, 0, 0}).areas();
  EXPECT_EQ(safe.aurc, 0);
  EXPECT_EQ(safe.oracle_aurc, 0);
  const auto bad = curve_of({.1, .2, .3}, {1, 1, 1}).areas();
  EXPECT_DOUBLE_EQ(bad.aurc, 1);
  EXPECT_DOUBLE_EQ(bad.excess_aurc, 0);
  EXPECT_DOUBLE_EQ(bad.augrc, (1 + 2 + 3) / 9.0);
  const auto one = curve_of({.1}, {1});
  EXPECT_EQ(one.areas().aurc, 1);
  EXPECT_EQ(one.points().size(), 1U);
}

TEST(RiskCoverage, RefusesWhatIsOutsideItsRange) {
  EXPECT_THAT(RiskCoverage::of({}, {}).error().message, HasSubstr("got 0"));
  EXPECT_THAT(RiskCoverage::of(std::vector{.1}, {}).error().message, HasSubstr("1 risks do not go with 0 failures"));
  const std::vector<std::uint8_t> failed{0, 2};
  EXPECT_THAT(RiskCoverage::of(std::vector{.1, .2}, failed).error().message, HasSubstr("failure 2 of case 1"));
}

TEST(RiskCoverage, FindsTheLargestCoverageWithinAnError) {
  // In order: F = 1 1 1 1 2, rates 1, 1/2, 1/3, 1/4, 2/5. The most confident case is wrong.
  const auto curve = curve_of({.1, .2, .3, .4, .5}, {1, 0, 0, 0, 1});
  EXPECT_DOUBLE_EQ(curve.coverage_at_error(.25), .8);
  EXPECT_DOUBLE_EQ(curve.coverage_at_error(.39), .8);
  EXPECT_DOUBLE_EQ(curve.coverage_at_error(.4), 1);
  EXPECT_DOUBLE_EQ(curve.coverage_at_error(.2), 0);
  EXPECT_DOUBLE_EQ(curve.coverage_at_error(0), 0);
  // A tie is taken whole: the two safest cases hold one failure, so nothing is within .4.
  EXPECT_DOUBLE_EQ(curve_of({.1, .1, .3}, {0, 1, 1}).coverage_at_error(.4), 0);
  EXPECT_DOUBLE_EQ(curve_of({.1, .1, .3}, {0, 1, 1}).coverage_at_error(.5), 2.0 / 3);
  EXPECT_DOUBLE_EQ(curve_of({.1, .2}, {0, 0}).coverage_at_error(0), 1);
}

RC_GTEST_PROP(RiskCoverage, ObeysTheIdentitiesOfItsAreas, ()) {
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
  const auto size = *rc::gen::inRange<std::size_t>(2, 60);
  for (std::size_t i = 0; i < size; ++i) {
    risk.push_back(*rc::gen::inRange(0, 20));
    failed.push_back(i == 0 ? 1 : i == 1 ? 0 : *rc::gen::inRange<std::uint8_t>(0, 2));
  }
  const auto curve = curve_of(risk, failed);
  const auto n = static_cast<double>(size);
  const double error = static_cast<double>(curve.failures()) / n, accuracy = 1 - error;
  const double auroc = ranking_areas(risk, failed).roc_auc;
  // Of the areas under continuous curves, plus the half step that sums over k = 1 … n add.
  const double augrc = (1 - auroc) * accuracy * error + error * error / 2 + error / (2 * n);
  RC_ASSERT(std::abs(curve.areas().augrc - augrc) < 1e-12);
  const double oracle = error + accuracy * std::log(accuracy);
  RC_ASSERT(std::abs(curve.areas().oracle_aurc - oracle) <= 1 / n);
}

TEST(OracleAurc, ComesNearItsLimit) {
  EXPECT_NEAR(oracle_aurc(80000, 20000), .2 + .8 * std::log(.8), 1e-5);
  EXPECT_EQ(oracle_aurc(0, 0), 0);
  EXPECT_EQ(oracle_aurc(0, 3), 1);
  EXPECT_EQ(oracle_aurc(3, 0), 0);
}

TEST(AcceptedAtCoverage, DoesNotRoundUpForRoundingErrors) {
  EXPECT_EQ(accepted_at_coverage(.07, 100), 7U);  // .07 · 100 = 7.000000000000001
  EXPECT_EQ(accepted_at_coverage(.071, 100), 8U);
  EXPECT_EQ(accepted_at_coverage(1e-12, 100), 1U);
  EXPECT_EQ(accepted_at_coverage(1, 7), 7U);
}

struct Cases {
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
};

Cases draw_cases(std::size_t most) {
  const auto n = *rc::gen::inRange<std::size_t>(1, most);
  const auto levels = *rc::gen::inRange(1, 12);
  Cases cases;
  for (std::size_t i = 0; i < n; ++i) {
    cases.risk.push_back(0.25 * *rc::gen::inRange(0, levels));
    cases.failed.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
  }
  return cases;
}

/// Mean over all orders that keep the risks ascending, for at most a few cases.
RiskCoverageAreas mean_over_orders(const Cases& cases) {
  std::vector<std::size_t> order(cases.risk.size());
  std::iota(order.begin(), order.end(), 0U);
  RiskCoverageAreas sum{};
  double orders = 0;
  const auto n = static_cast<double>(order.size());
  do {
    if (!std::ranges::is_sorted(order, {}, [&](auto i) { return cases.risk[i]; })) continue;
    ++orders;
    double failures = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
      failures += cases.failed[order[k]];
      sum.aurc += failures / static_cast<double>(k + 1) / n;
      sum.augrc += failures / n / n;
    }
  } while (std::ranges::next_permutation(order).found);
  return {.aurc = sum.aurc / orders, .augrc = sum.augrc / orders};
}

RC_GTEST_PROP(RiskCoverage, IsTheMeanOverAllOrdersOfTies, ()) {
  const auto cases = draw_cases(7);
  const auto areas = curve_of(cases.risk, cases.failed).areas();
  const auto expected = mean_over_orders(cases);
  RC_ASSERT(std::abs(areas.aurc - expected.aurc) < 1e-12);
  RC_ASSERT(std::abs(areas.augrc - expected.augrc) < 1e-12);
}

RC_GTEST_PROP(RiskCoverage, DoesNotDependOnTheOrderOfCases, ()) {
  auto cases = draw_cases(60);
  const auto before = curve_of(cases.risk, cases.failed);
  std::ranges::reverse(cases.risk);
  std::ranges::reverse(cases.failed);
  const auto after = curve_of(cases.risk, cases.failed);
  RC_ASSERT(before.areas().aurc == after.areas().aurc);
  RC_ASSERT(before.areas().augrc == after.areas().augrc);
}

RC_GTEST_PROP(RiskCoverage, NoOrderBeatsTheOracle, ()) {
  const auto cases = draw_cases(60);
  const auto areas = curve_of(cases.risk, cases.failed).areas();
  RC_ASSERT(areas.excess_aurc > -1e-14);
  const std::vector<double> oracle_risk(cases.failed.begin(), cases.failed.end());
  RC_ASSERT(std::abs(curve_of(oracle_risk, cases.failed).areas().excess_aurc) < 1e-12);
}

RC_GTEST_PROP(RiskCoverage, PointsLieOnTheCurve, ()) {
  const auto cases = draw_cases(500);
  const auto curve = curve_of(cases.risk, cases.failed);
  const auto points = curve.points(200);
  RC_ASSERT(points.size() == std::min<std::size_t>(200, curve.cases()));
  RC_ASSERT(points.back().coverage == 1);
  for (const auto& point : points) RC_ASSERT(point.error == curve.error_at_coverage(point.coverage));
}

Cases long_stream(std::size_t n, std::uint64_t seed, double noise) {
  Rng rng(seed);
  Cases cases;
  for (std::size_t i = 0; i < n; ++i) {
    const double risk = .1 + .5 * static_cast<double>(i / 50 % 2) * rng.uniform();
    cases.risk.push_back(risk + noise * rng.uniform());
    cases.failed.push_back(rng.bernoulli(risk));
  }
  return cases;
}

/// The slow obvious version: the resampled cases are made and sorted. Blocks as bootstrap_risk_coverage draws them.
std::vector<double> naive_replicates(const Cases& cases, std::size_t replicates, std::size_t length, const Rng& rng) {
  std::vector<double> aurc;
  const std::size_t n = cases.risk.size();
  for (std::size_t r = 0; r < replicates; ++r) {
    Rng own = rng.fork(r);
    Cases drawn;
    while (drawn.risk.size() < n) {
      const auto start = static_cast<std::size_t>(own.below(n));
      for (std::size_t i = 0; i < length && drawn.risk.size() < n; ++i) {
        drawn.risk.push_back(cases.risk[(start + i) % n]);
        drawn.failed.push_back(cases.failed[(start + i) % n]);
      }
    }
    aurc.push_back(curve_of(drawn.risk, drawn.failed).areas().aurc);
  }
  return aurc;
}

TEST(RiskCoverageBootstrap, EqualsSortingEachReplicate) {
  auto cases = long_stream(331, 5, .2);
  for (double& risk : cases.risk) risk = std::round(risk * 40);  // with ties
  const Rng rng(3);
  ThreadPool pool(2);
  const auto curve = curve_of(cases.risk, cases.failed);
  const RiskCoverage* curves[] = {&curve};
  const auto bands = bootstrap_risk_coverage(
      curves, {.replicates = 101, .block_length = 20, .confidence = .9, .coverages = {}}, rng, pool);
  auto naive = naive_replicates(cases, 101, 20, rng);
  std::ranges::sort(naive);
  EXPECT_NEAR(bands->front().aurc.low, naive[5], 1e-13);  // 5% and 95% of 101 values
  EXPECT_NEAR(bands->front().aurc.high, naive[95], 1e-13);
}

TEST(RiskCoverageWalk, AddsManyTiedCasesAsOneByOne) {
  Rng rng(11);
  for (int log = 0; log < 50; ++log) {
    RiskCoverageWalk walk;
    double cases = 0, failures = 0, rates = 0;
    for (int step = 0; step < 30; ++step) {
      const auto tied = static_cast<double>(1 + rng.below(step % 2 == 0 ? 20 : 3'000));
      const auto failed = static_cast<double>(rng.below(static_cast<std::uint64_t>(tied) + 1));
      walk.step(tied, failed);
      for (double j = 1; j <= tied; ++j) rates += (failures + failed / tied * j) / (cases + j);
      cases += tied;
      failures += failed;
    }
    EXPECT_NEAR(walk.aurc(), rates / cases, 1e-13);
  }
}

TEST(RiskCoverageBootstrap, OfManyDistinctRisksIsNearSortingEachReplicate) {
  const auto cases = long_stream(200'000, 7, .2);
  const Rng rng(3);
  ThreadPool pool(2);
  const auto curve = curve_of(cases.risk, cases.failed);
  ASSERT_GT(curve.steps(), 190'000U);
  const RiskCoverage* curves[] = {&curve};
  const double sorted = naive_replicates(cases, 1, 500, rng).front();
  const auto bands =
      bootstrap_risk_coverage(curves, {.replicates = 1, .block_length = 500, .coverages = {}}, rng, pool);
  EXPECT_NEAR(bands->front().aurc.low, sorted, 2e-5);
  EXPECT_NE(bands->front().aurc.low, curve.areas().aurc);  // another sample of cases
}

TEST(RiskCoverageBootstrap, TakesNoNoticeOfThreads) {
  const auto cases = long_stream(2000, 1, .2);
  const auto curve = curve_of(cases.risk, cases.failed);
  const RiskCoverage* curves[] = {&curve};
  const RiskCoverageBootstrapOptions options{.replicates = 50, .coverages = {.05, .5, 1}};
  ThreadPool one(1), three(3);
  const auto a = bootstrap_risk_coverage(curves, options, Rng(1), one)->front();
  const auto b = bootstrap_risk_coverage(curves, options, Rng(1), three)->front();
  EXPECT_EQ(a.aurc.low, b.aurc.low);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(a.error_at_coverage[i].high, b.error_at_coverage[i].high);
}

TEST(RiskCoverageBootstrap, RatiosArePaired) {
  const auto good = long_stream(4000, 1, .02);
  auto worse = good;
  Rng rng(2);
  for (double& risk : worse.risk) risk += rng.uniform();
  const auto a = curve_of(good.risk, good.failed), b = curve_of(worse.risk, worse.failed);
  const RiskCoverage* curves[] = {&a, &b};
  ThreadPool pool(2);
  const auto bands = bootstrap_risk_coverage(curves, {.replicates = 200, .reference = 1, .coverages = {}}, rng, pool);
  const auto& ratio = bands->front().ratio_to_reference;
  EXPECT_LT(ratio.high, 1);
  EXPECT_LT(ratio.low, a.areas().aurc / b.areas().aurc);
  EXPECT_GT(ratio.high, a.areas().aurc / b.areas().aurc);
  const double unpaired =
      bands->at(0).aurc.high / bands->at(1).aurc.low - bands->at(0).aurc.low / bands->at(1).aurc.high;
  EXPECT_LT(ratio.high - ratio.low, unpaired / 2);
  EXPECT_EQ(bands->at(1).ratio_to_reference.low, 1);
  EXPECT_EQ(bands->at(1).ratio_to_reference.high, 1);
}

TEST(RiskCoverageBootstrap, BandsCoverTheTruthAboutAsOftenAsTheySay) {
  // The failure rate at coverage 1 of independent cases of rate .3: 200 logs, 90% intervals.
  ThreadPool pool(2);
  int covered = 0;
  for (std::uint64_t log = 0; log < 200; ++log) {
    Rng rng(log);
    Cases cases{.risk = std::vector<double>(300, .5), .failed = {}};
    for (int i = 0; i < 300; ++i) cases.failed.push_back(rng.bernoulli(.3));
    const auto curve = curve_of(cases.risk, cases.failed);
    const RiskCoverage* curves[] = {&curve};
    const auto bands = bootstrap_risk_coverage(
        curves, {.replicates = 200, .block_length = 5, .confidence = .9, .coverages = {1}}, rng, pool);
    const auto& band = bands->front().error_at_coverage[0];
    covered += static_cast<int>(band.low <= .3 && .3 <= band.high);
  }
  EXPECT_GE(covered, 165);
  EXPECT_LE(covered, 192);
}

TEST(RiskCoverageBootstrap, RefusesWhatIsOutsideItsRange) {
  const auto a = curve_of({.1, .2}, {0, 1}), b = curve_of({.1, .2}, {1, 0});
  const RiskCoverage* one[] = {&a};
  const RiskCoverage* two[] = {&a, &b};
  ThreadPool pool(1);
  const auto message = [&](std::span<const RiskCoverage* const> curves, const RiskCoverageBootstrapOptions& options) {
    return bootstrap_risk_coverage(curves, options, Rng(1), pool).error().message;
  };
  EXPECT_THAT(message({}, {}), HasSubstr("at least 1 curve"));
  EXPECT_THAT(message(two, {}), HasSubstr("their failures differ"));
  EXPECT_THAT(message(one, {.replicates = 0}), HasSubstr("at least 1 replicate"));
  EXPECT_THAT(message(one, {.block_length = 3}), HasSubstr("block length 3 is more than the 2 cases"));
  EXPECT_THAT(message(one, {.confidence = kNaN}), HasSubstr("confidence nan"));
  EXPECT_THAT(message(one, {.reference = 1}), HasSubstr("reference 1"));
  EXPECT_THAT(message(one, {.coverages = {0}}), HasSubstr("coverage 0 is not in (0, 1]"));
  EXPECT_THAT(message(one, {.coverages = {.5, .2}}), HasSubstr("not ascending"));
}

}  // namespace
}  // namespace errata::stats

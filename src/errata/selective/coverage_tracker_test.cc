#include "errata/selective/coverage_tracker.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "errata/base/limits.h"
#include "errata/selective/score_window.h"
#include "errata/selective/test_streams.h"
#include "errata/stats/logistic.h"

namespace errata::selective {
namespace {

using testing::HasSubstr;

constexpr std::size_t kWarmUp = 25'000, kCases = 50'000;

Realised track(const std::vector<ScoredCase>& stream, double coverage, std::size_t begin = kWarmUp) {
  ScoreWindow window(10'000);
  CoverageTracker tracker({.coverage = coverage});
  return realise(stream, begin, [&](std::size_t t) {
    const bool accepted = window.rank(stream[t].risk) < tracker.level();
    tracker.count(accepted);
    window.push(stream[t].risk);
    return accepted;
  });
}

TEST(CoverageTracker, StartsAtTheTarget) {
  const CoverageTracker tracker({.coverage = .3});
  EXPECT_NEAR(tracker.level(), .3, 1e-15);
  EXPECT_NEAR(tracker.slack(), 20 * std::sqrt(.21) / .4, 1e-12);
}

TEST(CoverageTracker, HasTheHandComputedLevel) {
  CoverageTracker tracker({.coverage = .2});
  tracker.count(false);  // deficit .2, slack 20.025, the integral still 0
  const double u = .2 / 20.025;
  EXPECT_NEAR(tracker.level(), stats::sigmoid(std::log(.25) + 2 * u / (1 - u * u)), 1e-14);
}

class CoverageOf : public testing::TestWithParam<double> {};

TEST_P(CoverageOf, IsTheTargetWhenStationary) {
  EXPECT_NEAR(track(stationary_stream(kCases, 1), GetParam()).coverage, GetParam(), .003);
}
TEST_P(CoverageOf, IsTheTargetWhileScoresDrift) {
  EXPECT_NEAR(track(drifting_stream(kCases, 2), GetParam()).coverage, GetParam(), .005);
  EXPECT_NEAR(track(drifting_stream(kCases, 3, -1), GetParam()).coverage, GetParam(), .005);
}
TEST_P(CoverageOf, IsTheTargetInRegimes) {
  EXPECT_NEAR(track(regime_stream(kCases, 4), GetParam()).coverage, GetParam(), .01);
}
TEST_P(CoverageOf, RecoversFromAJump) {
  auto stream = stationary_stream(kCases, 5);
  for (std::size_t t = 30'000; t < kCases; ++t) stream[t].risk += 1;  // all above everything before
  EXPECT_NEAR(track(stream, GetParam()).coverage, GetParam(), .015);
}
TEST_P(CoverageOf, IsTheTargetForAConstantScore) {
  auto stream = stationary_stream(kCases, 6);
  for (auto& c : stream) c.risk = .5;
  EXPECT_NEAR(track(stream, GetParam()).coverage, GetParam(), .001);
}
INSTANTIATE_TEST_SUITE_P(Targets, CoverageOf, testing::Values(.05, .2, .5, .9));

TEST(CoverageTracker, LeavesNoLastingDeficitUnderLastingDrift) {
  const auto stream = drifting_stream(100'000, 8, 2);
  ScoreWindow window(10'000);
  CoverageTracker tracker({.coverage = .2});
  double sum = 0;
  for (std::size_t t = 0; t < stream.size(); ++t) {
    tracker.count(window.rank(stream[t].risk) < tracker.level());
    window.push(stream[t].risk);
    if (t >= 50'000) sum += tracker.deficit();
  }
  EXPECT_LT(std::abs(sum / 50'000), 50);  // of a slack of 2,000; several hundred without the slow integral
}

TEST(CoverageTracker, LetsCoverageSwingWithRegimes) {
  // 40% of the cases lie in safe regimes; 20% of all cases are there to be accepted at an error of .5%. Acceptance of
  // 20% within each regime would fail at 26%.
  const auto stream = regime_stream(kCases, 7);
  EXPECT_LT(hindsight_error(stream, kWarmUp, .2), .008);
  EXPECT_LT(track(stream, .2).error, .018);
}

TEST(CoverageTracker, CountsFromWhereItIsSettled) {
  CoverageTracker tracker({.coverage = 0.5});
  for (int i = 0; i < 100; ++i) tracker.count(false);
  const double behind = tracker.level();
  const double slack = tracker.slack();
  EXPECT_GT(tracker.deficit(), 20);
  tracker.settle();
  EXPECT_EQ(tracker.deficit(), 0);
  EXPECT_EQ(tracker.slack(), slack);
  EXPECT_LT(tracker.level(), behind);
  EXPECT_GE(tracker.level(), 0.5);  // what it learned of drift stays
}

RC_GTEST_PROP(CoverageTracker, NeverUsesMoreThanItsSlack, ()) {
  // Ranks of an adversary who knows the level: he makes every case just accepted, or none, in long runs.
  const double coverage = *rc::gen::inRange(1, 100) / 100.0;
  Rng rng(*rc::gen::inRange<std::uint64_t>(0, 1000));
  CoverageTracker tracker({.coverage = coverage, .slack_cases = 200});
  double accepted_cases = 0;
  bool up = false;
  for (int t = 1; t <= 20'000; ++t) {
    if (rng.bernoulli(.0005)) up = !up;
    const double rank = up ? 1e-9 : 1 - 1e-9;
    const bool accepted = rank < tracker.level();
    tracker.count(accepted);
    accepted_cases += accepted;
    RC_ASSERT(std::abs(coverage * t - accepted_cases) <= tracker.slack() + 1);
    RC_ASSERT(std::abs(coverage * t - accepted_cases - tracker.deficit()) < 1e-6);
  }
}

TEST(CoverageTracker, RefusesWhatIsOutsideItsRange) {
  const auto message = [](const CoverageTrackerOptions& options) { return options.check().error().message; };
  EXPECT_EQ(message({.coverage = 1.5}), "coverage 1.5 is not in (0, 1)");
  EXPECT_THAT(message({.coverage = kNaN}), HasSubstr("coverage nan"));
  EXPECT_THAT(message({.slack_share = 0}), HasSubstr("slack share 0"));
  EXPECT_THAT(message({.slack_cases = 19}), HasSubstr("slack of 19 cases"));
}

TEST(CoverageTracker, SnapshotsGoOnTheSame) {
  CoverageTracker tracker({.coverage = .35});
  Rng rng(1);
  for (int i = 0; i < 500; ++i) tracker.count(rng.bernoulli(.3));
  ByteWriter out;
  tracker.save(out);
  ByteReader in(out.bytes());
  auto loaded = CoverageTracker::load(in);
  ASSERT_TRUE(loaded && in.finish("x"));
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(tracker.level(), loaded->level());
    const bool accepted = rng.bernoulli(.4);
    tracker.count(accepted);
    loaded->count(accepted);
  }
  ByteReader cut(std::string_view(out.bytes()).substr(0, 30));
  EXPECT_THAT(CoverageTracker::load(cut).error().message, HasSubstr("too early"));
  ByteWriter bad;
  for (const double value : {.2, .025, 2000.0}) bad.write(value);
  bad.write<std::uint64_t>(10);
  bad.write(1e6);
  bad.write(0.0);
  ByteReader damaged(bad.bytes());
  EXPECT_THAT(CoverageTracker::load(damaged).error().message, HasSubstr("cannot be"));
}

}  // namespace
}  // namespace errata::selective

#include "errata/selective/online_risk_control.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <deque>

#include "errata/selective/rolling_risk_control.h"
#include "errata/selective/score_window.h"
#include "errata/selective/test_streams.h"

namespace errata::selective {
namespace {

using testing::HasSubstr;

TEST(OnlineRiskControl, MovesByHand) {
  OnlineRiskControl control({.risk = .1, .step = .01, .leak = .5, .probe = .05, .start = .05, .debt = .02});
  control.resolved(false);
  EXPECT_NEAR(control.level(), .05 + .001, 1e-15);
  control.decided(false);  // at the probe level nothing leaks
  EXPECT_NEAR(control.level(), .051, 1e-15);
  for (int i = 0; i < 8; ++i) control.resolved(true);  // .051 − 8 · .009 = −.021, kept at −.02
  EXPECT_EQ(control.level(), 0);
  EXPECT_NEAR(control.bound().regained, .1, 1e-12);     // .001 / .01
  for (int i = 0; i < 50; ++i) control.decided(false);  // 50 · .5 · .01 · .1 = .025
  EXPECT_NEAR(control.level(), .005, 1e-15);
  control.decided(true);
  EXPECT_NEAR(control.level(), .005, 1e-15);
  control.refused(.2, false);  // too risky to teach
  EXPECT_NEAR(control.level(), .005, 1e-15);
  control.refused(.04, false);
  EXPECT_NEAR(control.level(), .006, 1e-15);
  control.refused(.04, true);  // not below 0
  EXPECT_EQ(control.level(), 0);
  // 9 accepted, 8 failed; .1 · 9 + .1 + 2.5 + (.001 − .006) / .01 + .05 / .01 − 0
  EXPECT_EQ(control.bound().accepted, 9U);
  EXPECT_EQ(control.bound().failures, 8U);
  EXPECT_NEAR(control.bound().at_most, .9 + .1 + 2.5 - .5 + 5, 1e-9);
}

RC_GTEST_PROP(OnlineRiskControl, KeepsItsBoundAgainstAnAdversary, ()) {
  // Each case fails whenever the adversary likes, which he decides by the level; outcomes come as late as he likes.
  const double target = *rc::gen::inRange(1, 60) / 100.0;
  const double pain = *rc::gen::inRange(0, 101) / 100.0;
  const auto delay = *rc::gen::element<std::size_t>(0, 0, 1, 50, 700);
  Rng rng(*rc::gen::inRange<std::uint64_t>(0, 1000));
  OnlineRiskControl control({.risk = target, .step = .01});
  struct Late {
    double rank;
    bool accepted, failed;
  };
  std::deque<Late> late;
  double accepted_cases = 0, others = 0, taught = 0;
  std::uint64_t failures = 0;
  for (int t = 0; t < 20'000; ++t) {
    const double rank = rng.uniform();
    const bool accepted = rank < control.level();
    control.decided(accepted);
    others += !accepted;
    late.push_back({rank, accepted, control.level() > pain || rng.bernoulli(pain)});
    if (late.size() <= delay) continue;
    const Late due = late.front();
    late.pop_front();
    control.late(static_cast<double>(delay));
    if (due.accepted) {
      control.resolved(due.failed);
      ++accepted_cases;
      failures += static_cast<std::uint64_t>(due.failed);
    } else {
      taught += due.rank < std::max(control.level(), .05) && !due.failed;
      control.refused(due.rank, due.failed);
    }
    const RiskBound bound = control.bound();
    RC_ASSERT(bound.accepted == static_cast<std::uint64_t>(accepted_cases));
    RC_ASSERT(bound.failures == failures);
    RC_ASSERT(static_cast<double>(failures) <= bound.at_most + 1e-6);
    if (delay > 0) continue;
    RC_ASSERT(bound.at_most <= target * (accepted_cases + taught + .01 * others) + .5 / .01 + 1 + 1e-6);
  }
}

TEST(OnlineRiskControl, ALateStreamMovesBySmallSteps) {
  OnlineRiskControl control({.risk = .1});
  for (int i = 0; i < 200; ++i) control.late(1000);
  control.resolved(true);
  EXPECT_NEAR(control.level(), .5 - online_step(1000) * .9, 1e-12);
  control.late(0);  // and stays there
  control.resolved(true);
  EXPECT_NEAR(control.level(), .5 - 2 * online_step(1000) * .9, 1e-12);
}

TEST(OnlineRiskControl, AcceptsHardlyAnythingOfAWorthlessStream) {
  Rng rng(5);
  OnlineRiskControl control({.risk = .01});
  ScoreWindow window(10'000);
  std::size_t accepted = 0;
  for (int t = 0; t < 300'000; ++t) {
    const double risk = rng.uniform(), rank = window.rank(risk);
    const bool taken = rank < control.level(), failed = rng.bernoulli(.5);
    control.decided(taken);
    window.push(risk);
    taken ? control.resolved(failed) : control.refused(rank, failed);
    accepted += taken;
  }
  EXPECT_LT(accepted, 250U);  // half of them fail, and nobody can know before
}

template <typename Control>
Realised run_late(const std::vector<ScoredCase>& stream, std::size_t delay, Control control) {
  ScoreWindow window(10'000);
  struct Outcome {
    double rank;
    bool accepted, failed;
  };
  std::deque<Outcome> late;
  return realise(stream, stream.size() / 2, [&](std::size_t t) {
    const double rank = window.rank(stream[t].risk);
    const bool accepted = rank < control.level();
    control.decided(accepted);
    window.push(stream[t].risk);
    late.push_back({rank, accepted, stream[t].failed});
    if (late.size() > delay) {
      const Outcome due = late.front();
      control.late(static_cast<double>(delay));
      due.accepted ? control.resolved(due.failed) : control.refused(due.rank, due.failed);
      late.pop_front();
    }
    return accepted;
  });
}

TEST(OnlineRiskControl, KeepsTheTargetUnderDriftAndDelay) {
  for (const std::size_t delay : {0U, 100U, 1000U}) {
    for (const auto& stream :
         {stationary_stream(50'000, 1), drifting_stream(50'000, 2, .4), regime_stream(50'000, 3)}) {
      const auto realised = run_late(stream, delay, OnlineRiskControl({.risk = .1}));
      EXPECT_LT(realised.error, delay < 1000 ? .11 : .13) << delay;
      EXPECT_GT(realised.coverage, .1) << delay;
    }
  }
}

TEST(OnlineRiskControl, ComesBackAfterABadTime) {
  auto stream = stationary_stream(40'000, 4);
  for (std::size_t t = 0; t < 10'000; ++t) stream[t].failed = true;
  EXPECT_GT(run_late(stream, 0, OnlineRiskControl({.risk = .1})).coverage, .3);
}

TEST(OnlineRiskControl, SnapshotsGoOnTheSame) {
  OnlineRiskControl control({.risk = .2});
  Rng rng(1);
  for (int i = 0; i < 100; ++i) control.resolved(rng.bernoulli(.3));
  ByteWriter out;
  control.save(out);
  ByteReader in(out.bytes());
  auto loaded = OnlineRiskControl::load(in);
  ASSERT_TRUE(loaded && in.finish("x"));
  for (int i = 0; i < 300; ++i) {
    const bool failed = rng.bernoulli(.5);
    control.resolved(failed);
    loaded->resolved(failed);
    EXPECT_EQ(control.level(), loaded->level());
  }
  std::string bytes = out.bytes();
  bytes.replace(0, 8, 8, '\xff');  // the target is no number
  ByteReader damaged(bytes);
  EXPECT_THAT(OnlineRiskControl::load(damaged).error().message, HasSubstr("out of range"));
}

TEST(OnlineRiskControl, RefusesWhatIsOutsideItsRange) {
  const auto message = [](const OnlineRiskOptions& options) { return options.check().error().message; };
  EXPECT_EQ(message({.risk = 1}), "risk target 1 is not in (0, 1)");
  EXPECT_THAT(message({.step = 0}), HasSubstr("step 0"));
  EXPECT_THAT(message({.leak = 2}), HasSubstr("leak 2"));
  EXPECT_THAT(message({.probe = -1}), HasSubstr("probe level -1"));
  EXPECT_THAT(message({.start = 1.5}), HasSubstr("first level 1.5"));
  EXPECT_THAT(message({.debt = 0}), HasSubstr("debt 0 is less than the step"));
}

TEST(RollingRiskControl, IsSgrOfTheLastOutcomes) {
  const auto stream = stationary_stream(600, 5);
  RollingRiskControl control({.target = {.risk = .3, .delta = .3}, .window = 25, .refresh = 2});
  for (std::size_t t = 0; t < stream.size(); ++t) {
    control.resolved(stream[t].risk, stream[t].failed);
    if ((t + 1) % 2 != 0) continue;
    std::vector<double> risk;
    std::vector<std::uint8_t> failed;
    for (std::size_t i = t + 1 > 25 ? t + 1 - 25 : 0; i <= t; ++i) {
      risk.push_back(stream[i].risk);
      failed.push_back(stream[i].failed);
    }
    EXPECT_EQ(control.threshold(), sgr_threshold(risk, failed, {.risk = .3, .delta = .3})->threshold);
  }
}

TEST(RollingRiskControl, SnapshotsGoOnTheSame) {
  const auto stream = stationary_stream(1000, 6);
  for (const std::size_t cut : {10U, 250U, 777U}) {
    RollingRiskControl control({.target = {.risk = .2}, .window = 300, .refresh = 50});
    for (std::size_t t = 0; t < cut; ++t) control.resolved(stream[t].risk, stream[t].failed);
    ByteWriter out;
    control.save(out);
    ByteReader in(out.bytes());
    auto loaded = RollingRiskControl::load(in);
    ASSERT_TRUE(loaded && in.finish("x"));
    for (std::size_t t = cut; t < stream.size(); ++t) {
      control.resolved(stream[t].risk, stream[t].failed);
      loaded->resolved(stream[t].risk, stream[t].failed);
      EXPECT_EQ(control.threshold(), loaded->threshold());
    }
    for (const std::size_t size : {0U, 20U, 60U}) {
      ByteReader damaged(std::string_view(out.bytes()).substr(0, size));
      EXPECT_FALSE(RollingRiskControl::load(damaged));
    }
  }
  EXPECT_THAT((RollingRiskOptions{.target = {}, .refresh = 0}.check().error().message), HasSubstr("refresh"));
  EXPECT_THAT((RollingRiskOptions{.target = {}, .window = 0}.check().error().message), HasSubstr("rolling window 0"));
}

}  // namespace
}  // namespace errata::selective

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
  for (int i = 0; i < 50; ++i) control.decided(false);  // 50 · .5 · .01 · .1 = .025
  EXPECT_NEAR(control.level(), .005, 1e-15);
  control.decided(true);
  EXPECT_NEAR(control.level(), .005, 1e-15);
}

RC_GTEST_PROP(OnlineRiskControl, KeepsItsBoundAgainstAnAdversary, ()) {
  // Outcomes at once; each accepted case fails whenever the adversary likes, which he decides by the level.
  const double target = *rc::gen::inRange(1, 60) / 100.0;
  const double pain = *rc::gen::inRange(0, 101) / 100.0;
  Rng rng(*rc::gen::inRange<std::uint64_t>(0, 1000));
  OnlineRiskControl control({.risk = target, .step = .01});
  double accepted_cases = 0, failures = 0, others = 0;
  for (int t = 0; t < 20'000; ++t) {
    const bool accepted = rng.uniform() < control.level();
    control.decided(accepted);
    if (accepted) {
      const bool failed = control.level() > pain || rng.bernoulli(pain);
      control.resolved(failed);
      ++accepted_cases;
      failures += failed;
    } else {
      ++others;
    }
    RC_ASSERT(failures <= target * (accepted_cases + .1 * others) + 1 / .01 + 1);
  }
}

template <typename Control>
Realised run_late(const std::vector<ScoredCase>& stream, std::size_t delay, Control control) {
  ScoreWindow window(10'000);
  std::deque<std::pair<bool, bool>> late;
  return realise(stream, stream.size() / 2, [&](std::size_t t) {
    const bool accepted = window.rank(stream[t].risk) < control.level();
    control.decided(accepted);
    window.push(stream[t].risk);
    late.emplace_back(accepted, stream[t].failed);
    if (late.size() > delay) {
      if (late.front().first) control.resolved(late.front().second);
      late.pop_front();
    }
    return accepted;
  });
}

TEST(OnlineRiskControl, KeepsTheTargetUnderDriftAndDelay) {
  for (const std::size_t delay : {0U, 100U, 1000U}) {
    for (const auto& stream :
         {stationary_stream(50'000, 1), drifting_stream(50'000, 2, .4), regime_stream(50'000, 3)}) {
      const auto realised =
          run_late(stream, delay, OnlineRiskControl({.risk = .1, .step = online_step(static_cast<double>(delay))}));
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

#include "errata/selective/policy.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <deque>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/selective/test_streams.h"

namespace errata::selective {
namespace {

using testing::HasSubstr;

SelectivePolicy make(const SelectivePolicyOptions& options) { return SelectivePolicy::create(options).value(); }

struct Shares {
  double accept = 0, defer = 0, accept_error = 0, defer_error = 0;
};

Shares run(const std::vector<ScoredCase>& stream, const SelectivePolicyOptions& options, std::size_t delay = 0) {
  auto policy = make(options);
  struct Pending {
    double risk;
    Decision decision;
    bool failed;
  };
  std::deque<Pending> late;
  const std::size_t begin = stream.size() / 2;
  std::array<double, 3> decided{}, failures{};
  for (std::size_t t = 0; t < stream.size(); ++t) {
    const auto made = policy.decide(stream[t].risk);
    late.push_back({stream[t].risk, made.decision, stream[t].failed});
    if (late.size() > delay) {
      policy.resolve(late.front().risk, late.front().decision, late.front().failed);
      late.pop_front();
    }
    if (t < begin) continue;
    decided.at(static_cast<std::size_t>(made.decision)) += 1;
    failures.at(static_cast<std::size_t>(made.decision)) += stream[t].failed;
  }
  const auto n = static_cast<double>(stream.size() - begin);
  return {.accept = decided[0] / n,
          .defer = decided[1] / n,
          .accept_error = failures[0] / std::max(decided[0], 1.0),
          .defer_error = failures[1] / std::max(decided[1], 1.0)};
}

TEST(SelectivePolicy, KeepsCoverageAndDeferral) {
  for (const auto& stream : {stationary_stream(50'000, 1), drifting_stream(50'000, 2), regime_stream(50'000, 3)}) {
    const auto shares = run(stream, {.coverage = .2, .defer_share = .15});
    EXPECT_NEAR(shares.accept, .2, .01);
    EXPECT_NEAR(shares.defer, .15, .01);
    EXPECT_LT(shares.accept_error, shares.defer_error);
  }
}

TEST(SelectivePolicy, AcceptsTheSafestAndDefersTheNext) {
  const auto stream = stationary_stream(20'000, 4);
  auto policy = make({.coverage = .3, .defer_share = .2});
  for (const auto& c : stream) {
    const auto made = policy.decide(c.risk);
    if (made.cold) continue;
    if (made.decision == Decision::accept) {
      EXPECT_LT(c.risk, made.threshold + .01);
    } else {
      EXPECT_GE(c.risk, made.threshold);
    }
  }
}

TEST(SelectivePolicy, DefersWhatStandsNextToTheAccepted) {
  const auto stream = stationary_stream(20'000, 4);
  auto policy = make({.coverage = .5, .defer_share = .1});
  std::vector<double> deferred, abstained;
  for (const auto& c : stream) {
    const auto made = policy.decide(c.risk);
    if (made.cold) continue;
    if (made.decision == Decision::defer) deferred.push_back(c.risk);
    if (made.decision == Decision::abstain) abstained.push_back(c.risk);
  }
  // The levels swing a little: the quarter of the deferred in the middle is below nearly all that were abstained from.
  std::ranges::sort(deferred);
  std::ranges::sort(abstained);
  EXPECT_LT(deferred[deferred.size() * 3 / 4], abstained[abstained.size() / 20]);
  EXPECT_NEAR(static_cast<double>(deferred.size()) / 19'500, .1, .01);
}

TEST(SelectivePolicy, DefersFromTheStart) {
  auto policy = make({.coverage = .5, .defer_share = .1, .cold_start = 0});
  int deferred = 0;
  for (const auto& c : stationary_stream(40, 4)) {
    deferred += static_cast<int>(policy.decide(c.risk).decision == Decision::defer);
  }
  EXPECT_NEAR(deferred, 4, 2);  // long before the feedback on deferrals could make up for a wrong level
}

TEST(SelectivePolicy, KeepsTheRiskTargetByEachMethodWhenStationary) {
  const auto stream = stationary_stream(40'000, 5);
  for (const auto method : {RiskMethod::online, RiskMethod::sgr, RiskMethod::ltt, RiskMethod::rolling}) {
    for (const std::size_t delay : {0U, 500U}) {
      const auto shares = run(stream, {.risk = .1, .method = method, .defer_share = .1, .cold_start = 3000}, delay);
      EXPECT_LT(shares.accept_error, .105) << word(method);
      EXPECT_GT(shares.accept, .2) << word(method);
      EXPECT_NEAR(shares.defer, .1, .01) << word(method);
    }
  }
}

TEST(SelectivePolicy, OnlyOnlineControlKeepsTheTargetWhenTheScoreGrowsOverconfident) {
  auto stream = stationary_stream(40'000, 6);
  Rng rng(1);
  for (std::size_t t = 10'000; t < stream.size(); ++t) stream[t].failed |= rng.bernoulli(.08);
  const auto error = [&](RiskMethod method) {
    return run(stream, {.risk = .1, .method = method, .cold_start = 3000}).accept_error;
  };
  EXPECT_LT(error(RiskMethod::online), .105);
  EXPECT_GT(error(RiskMethod::sgr), .12);
  EXPECT_GT(error(RiskMethod::ltt), .12);
}

/// 30 outcomes of a good score show nothing at a target of 5%: .95^30 = .21. Later ones do.
TEST(SelectivePolicy, CalibratesAgainWithMoreOutcomesWhereTheFirstShowNothing) {
  for (const auto method : {RiskMethod::sgr, RiskMethod::ltt}) {
    SCOPED_TRACE(word(method));
    auto policy = make({.risk = .05, .method = method, .delta = .1, .cold_start = 30});
    Rng rng(3);
    std::size_t first = 0;
    for (std::size_t t = 1; t <= 2000 && first == 0; ++t) {
      const double risk = rng.uniform();
      const auto made = policy.decide(risk);
      if (made.decision == Decision::accept) first = t;
      EXPECT_EQ(made.cold, t <= 30);
      if (t > 30 && first == 0) {
        EXPECT_EQ(policy.bounds().threshold->threshold, -kInfinity);
      }
      policy.resolve(risk, made.decision, rng.bernoulli(risk > .5 ? .6 : .001));
      // A snapshot between two attempts goes on.
      ByteWriter out;
      policy.save(out);
      ByteReader in(out.bytes());
      policy = SelectivePolicy::load(in).value();
    }
    EXPECT_GT(first, 60U);
    EXPECT_LT(first, 500U);
    EXPECT_LE(policy.bounds().threshold->risk_bound, .05);
  }
}

/// What is promised holds over all attempts together: cases that fail at .101 whatever their risk.
TEST(SelectivePolicy, AllAttemptsTogetherKeepDelta) {
  int violations = 0;
  for (std::uint64_t set = 0; set < 300; ++set) {
    auto policy = make({.risk = .1, .method = RiskMethod::ltt, .delta = .1, .cold_start = 50, .window = 100});
    Rng rng(set);
    for (std::size_t t = 0; t < std::size_t{50} * 8; ++t) {
      const double risk = rng.uniform();
      policy.resolve(risk, policy.decide(risk).decision, rng.bernoulli(.101));
    }
    violations += policy.bounds().threshold->threshold > -kInfinity ? 1 : 0;
  }
  EXPECT_LE(violations, 30 + 16);  // delta of 300, and three standard errors
}

TEST(SelectivePolicy, ColdStartFollowsItsRule) {
  for (const auto rule : {Decision::accept, Decision::abstain, Decision::defer}) {
    auto by_coverage = make({.coverage = .5, .cold_start = 3, .cold_decision = rule});
    auto by_outcomes = make({.risk = .5, .method = RiskMethod::sgr, .cold_start = 3, .cold_decision = rule});
    for (int i = 0; i < 5; ++i) {
      const auto made = by_coverage.decide(.1);
      EXPECT_EQ(made.cold, i < 3);
      EXPECT_TRUE(made.decision == rule || !made.cold);
      const auto calibrating = by_outcomes.decide(.1);
      EXPECT_EQ(calibrating.cold, i < 3);
      EXPECT_TRUE(calibrating.decision == rule || !calibrating.cold);
      by_outcomes.resolve(.1, calibrating.decision, true);
    }
    EXPECT_EQ(by_outcomes.decide(.1).decision, Decision::abstain);  // three failures show nothing safe
    EXPECT_EQ(by_outcomes.decide(.1).threshold, -kInfinity);
  }
}

TEST(SelectivePolicy, NoColdStartDecidesAtOnce) {
  auto policy = make({.coverage = .9, .cold_start = 0});
  EXPECT_FALSE(policy.cold());
  EXPECT_EQ(policy.decide(.5).decision, Decision::accept);  // rank 0 in an empty window
}

TEST(SelectivePolicy, AbstainsFromUnknownRisk) {
  for (const auto rule : {Decision::accept, Decision::defer}) {
    auto policy = make({.coverage = .9, .defer_share = .09, .cold_start = 10, .cold_decision = rule});
    for (int i = 0; i < 500; ++i) {
      EXPECT_EQ(policy.decide(i % 2 == 0 ? kNaN : kInfinity).decision, Decision::abstain);
    }
    EXPECT_EQ(policy.decide(.5).decision, Decision::accept);  // what can be accepted is
  }
}

std::vector<SelectivePolicyOptions> every_kind() {
  return {{.coverage = .3, .defer_share = .1, .cold_start = 50, .window = 200},
          {.risk = .2, .cold_start = 50, .cold_decision = Decision::accept},
          {.risk = .2, .method = RiskMethod::sgr, .defer_share = .1, .cold_start = 400},
          {.risk = .2, .method = RiskMethod::ltt, .cold_start = 400},
          {.risk = .2, .method = RiskMethod::rolling, .rolling_window = 150, .cold_start = 100}};
}

void feed(SelectivePolicy& policy, const ScoredCase& c) {
  policy.resolve(c.risk, policy.decide(c.risk).decision, c.failed);
}

std::string bytes_of(const SelectivePolicy& policy) {
  ByteWriter out;
  policy.save(out);
  return out.bytes();
}

TEST(SelectivePolicy, SnapshotsGoOnTheSame) {
  const auto stream = regime_stream(1500, 7);
  for (const auto& options : every_kind()) {
    for (const std::size_t cut : {0U, 20U, 390U, 1000U}) {
      auto policy = make(options);
      for (std::size_t t = 0; t < cut; ++t) feed(policy, stream[t]);
      const auto bytes = bytes_of(policy);
      ByteReader in(bytes);
      auto loaded = SelectivePolicy::load(in);
      ASSERT_TRUE(loaded && in.finish("x"));
      for (std::size_t t = cut; t < stream.size(); ++t) {
        const auto a = policy.decide(stream[t].risk), b = loaded->decide(stream[t].risk);
        ASSERT_EQ(a.decision, b.decision);
        ASSERT_EQ(a.threshold, b.threshold);
        policy.resolve(stream[t].risk, a.decision, stream[t].failed);
        loaded->resolve(stream[t].risk, b.decision, stream[t].failed);
      }
      EXPECT_EQ(bytes_of(policy), bytes_of(*loaded));
    }
  }
}

TEST(SelectivePolicy, RefusesTruncatedSnapshots) {
  const auto stream = regime_stream(100, 8);
  for (const auto& options : every_kind()) {
    auto policy = make(options);
    for (const auto& c : stream) feed(policy, c);
    const auto bytes = bytes_of(policy);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ByteReader in(std::string_view(bytes).substr(0, size));
      EXPECT_FALSE(SelectivePolicy::load(in)) << size;
    }
  }
}

TEST(SelectivePolicy, RefusesPartsOfAnotherPolicy) {
  const auto swapped = [](const SelectivePolicyOptions& a, const SelectivePolicyOptions& b) {
    const auto first = bytes_of(make(a)), second = bytes_of(make(b));
    constexpr std::size_t kOptions = 9 + 9 + 1 + 8 + 8 + 8 + 8 + 8 + 1 + 8;
    const auto bytes = first.substr(0, kOptions) + second.substr(kOptions);
    ByteReader in(bytes);
    return SelectivePolicy::load(in);
  };
  const SelectivePolicyOptions coverage{.coverage = .2, .defer_share = .1}, risk{.risk = .2};
  const SelectivePolicyOptions rolling{.risk = .2, .method = RiskMethod::rolling};
  EXPECT_TRUE(swapped(coverage, coverage) && swapped(risk, risk) && swapped(rolling, rolling));
  EXPECT_THAT(swapped(coverage, {.coverage = .3, .defer_share = .1}).error().message, HasSubstr("another target"));
  EXPECT_THAT(swapped(coverage, {.coverage = .2, .defer_share = .3}).error().message, HasSubstr("another target"));
  EXPECT_THAT(swapped(risk, {.risk = .3}).error().message, HasSubstr("another target"));
  EXPECT_THAT(swapped(risk, {.risk = .2, .step = .02}).error().message, HasSubstr("another target"));
  EXPECT_THAT(swapped(rolling, {.risk = .2, .method = RiskMethod::rolling, .rolling_window = 7}).error().message,
              HasSubstr("another target"));
  EXPECT_THAT(swapped(risk, {.risk = .2, .window = 9}).error().message, HasSubstr("window of another size"));
}

RC_GTEST_PROP(SelectivePolicy, ADamagedSnapshotIsRefusedOrWorks, ()) {
  const auto kinds = every_kind();
  auto policy = make(kinds[*rc::gen::inRange<std::size_t>(0, kinds.size())]);
  for (const auto& c : regime_stream(60, 9)) feed(policy, c);
  auto bytes = bytes_of(policy);
  for (int i = 0; i < 3; ++i) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  }
  ByteReader in(bytes);
  auto loaded = SelectivePolicy::load(in);
  if (!loaded) return;
  for (const auto& c : regime_stream(60, 10)) feed(*loaded, c);
}

TEST(SelectivePolicy, RefusesWhatIsOutsideItsRange) {
  const auto message = [](const SelectivePolicyOptions& options) {
    return SelectivePolicy::create(options).error().message;
  };
  EXPECT_THAT(message({}), HasSubstr("needs a target coverage or a target risk"));
  EXPECT_THAT(message({.coverage = .2, .risk = .1}), HasSubstr("give one"));
  EXPECT_EQ(message({.coverage = 1.5}), "coverage 1.5 is not in (0, 1)");
  EXPECT_EQ(message({.risk = kNaN}), "risk target nan is not in (0, 1)");
  EXPECT_THAT(message({.risk = .1, .delta = 0}), HasSubstr("delta 0"));
  EXPECT_THAT(message({.risk = .1, .step = -1}), HasSubstr("step -1"));
  EXPECT_THAT(message({.coverage = .2, .defer_share = 1}), HasSubstr("defer share 1"));
  EXPECT_THAT(message({.coverage = .2, .window = 0}), HasSubstr("window of 0 scores"));
  EXPECT_THAT(message({.risk = .1, .method = RiskMethod::sgr, .cold_start = 0}), HasSubstr("cold start of 0"));
  EXPECT_THAT(message({.risk = .1, .method = RiskMethod::rolling, .rolling_window = 0}), HasSubstr("rolling window 0"));
  EXPECT_THAT(message({.risk = .1, .method = static_cast<RiskMethod>(9)}), HasSubstr("method is unknown"));
}

TEST(RiskMethod, HasWordsBothWays) {
  for (const auto method : {RiskMethod::online, RiskMethod::sgr, RiskMethod::ltt, RiskMethod::rolling}) {
    EXPECT_EQ(risk_method(word(method)).value(), method);
  }
  EXPECT_THAT(risk_method("offline").error().message, HasSubstr("offline is not one of online, sgr, ltt, rolling"));
}

}  // namespace
}  // namespace errata::selective

// What the policy of a judge starts with when the warm-up of its memory ends.
#include "errata/monitor/judge.h"

#include <gtest/gtest.h>

#include <array>

#include "errata/base/rng.h"
#include "errata/monitor/errata.h"
#include "errata/monitor/monitor.h"

namespace errata::monitor {
namespace {

constexpr std::int64_t kCases = 1000;
constexpr std::size_t kColdStart = 300;

/// Every fifth outcome never comes; failures are rare in the second half.
bool has_outcome(std::int64_t i) { return i % 5 != 0; }

struct WarmedUp {
  Judge judge;
  std::vector<double> risks;         ///< [kCases] of the fitted memory
  std::vector<std::uint8_t> failed;  ///< [kCases]
};

WarmedUp warmed_up(selective::RiskMethod method) {
  const memory::Schema schema{.numbers = {"f"}, .classes = {"no", "yes"}};
  memory::MemoryOptions memory;
  memory.warm_up = memory.max_warm_up;
  auto judge =
      *Judge::create(schema, {.memory = memory, .policy = {.risk = .4, .method = method, .cold_start = kColdStart}});
  Rng rng(3);
  std::vector<std::uint8_t> failed;
  for (std::int64_t i = 0; i < kCases; ++i) {
    const std::array<double, 1> numbers{rng.normal()};
    const memory::CaseView seen{.time = i, .numbers = numbers, .predicted = 1, .confidence = .5 + .5 * rng.uniform()};
    failed.push_back(rng.bernoulli(i < kCases / 2 ? .7 : .05) ? 1 : 0);
    const auto judgement = judge.decide(seen);
    EXPECT_TRUE(judgement.has_value());
    if (!has_outcome(i)) continue;
    EXPECT_TRUE(judge.learn(judgement->judged, {.failed = failed.back() != 0}, i).has_value());
  }
  auto risks = judge.finish_warm_up();
  EXPECT_TRUE(risks.has_value());
  return {.judge = std::move(judge), .risks = *std::move(risks), .failed = std::move(failed)};
}

std::string bytes_of(const selective::SelectivePolicy& policy) {
  ByteWriter out;
  policy.save(out);
  return out.bytes();
}

/// A policy that saw all risks of the warm-up and the outcomes [from, to) of those that came.
std::string policy_with(const WarmedUp& warm, std::size_t from, std::size_t to) {
  auto policy = *selective::SelectivePolicy::create(warm.judge.policy().options());
  std::size_t known = 0;
  for (std::size_t i = 0; i < warm.risks.size(); ++i) {
    const auto made = policy.decide(warm.risks[i]);
    if (!has_outcome(static_cast<std::int64_t>(i))) continue;
    if (known >= from && known < to) policy.resolve(warm.risks[i], made.decision, warm.failed[i] != 0);
    ++known;
  }
  return bytes_of(policy);
}

constexpr std::size_t kKnown = kCases / 5 * 4;

TEST(Judge, AcceptsEightOfTenCasesUnlessToldOtherwise) {
  const auto judge = Judge::create({.numbers = {"f"}}, {});
  ASSERT_TRUE(judge) << judge.error().message;
  EXPECT_EQ(judge->policy().options().coverage, .8);
  EXPECT_EQ(MonitorOptions{}.policy.coverage, .8);
  errata_options c_options;
  errata_options_init(&c_options);
  EXPECT_EQ(c_options.coverage, .8);
}

TEST(Judge, AThresholdCalibratedOnceIsCalibratedOnTheLastOutcomes) {
  for (const auto method : {selective::RiskMethod::sgr, selective::RiskMethod::ltt}) {
    const auto warm = warmed_up(method);
    ASSERT_EQ(warm.risks.size(), static_cast<std::size_t>(kCases));
    const auto settled = bytes_of(warm.judge.policy());
    EXPECT_TRUE(settled == policy_with(warm, kKnown - kColdStart, kKnown));
    EXPECT_FALSE(settled == policy_with(warm, 0, kColdStart));
    EXPECT_FALSE(warm.judge.policy().cold());
  }
}

TEST(Judge, AThresholdThatFollowsTheStreamSawAllOutcomes) {
  for (const auto method : {selective::RiskMethod::online, selective::RiskMethod::rolling}) {
    const auto warm = warmed_up(method);
    const auto settled = bytes_of(warm.judge.policy());
    EXPECT_TRUE(settled == policy_with(warm, 0, kKnown));
    if (method == selective::RiskMethod::rolling) {  // the online one learns from accepted cases alone, here the last
      EXPECT_FALSE(settled == policy_with(warm, kKnown - kColdStart, kKnown));
    }
  }
}

}  // namespace
}  // namespace errata::monitor

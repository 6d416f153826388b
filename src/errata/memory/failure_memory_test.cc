#include "errata/memory/failure_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "errata/memory/test_memory_streams.h"

namespace errata::memory {
namespace {

using test::bytes_of;
using test::draw;
using test::DrawnCase;
using test::Feed;
using test::loaded;
using test::StreamShape;
using testing::HasSubstr;

const MemoryOptions kSmall{.warm_up = 300, .window = 400};

Schema plain_schema() { return {.numbers = {"a", "b"}, .classes = {"no", "yes"}}; }

FailureMemory plain_memory(const MemoryOptions& options = {}) {
  return *FailureMemory::create(plain_schema(), options);
}

constexpr std::array<double, 2> kNumbers{1, 2};

CaseView plain_case(std::int64_t time) {
  return {.time = time, .numbers = kNumbers, .predicted = 1, .confidence = 0.75};
}

std::string message_of(const auto& result) { return result ? "no error" : result.error().message; }

TEST(FailureMemory, OptionsOutsideTheirRangeAreNamed) {
  const auto refused = [](const MemoryOptions& options) {
    return message_of(FailureMemory::create(plain_schema(), options));
  };
  EXPECT_THAT(refused({.warm_up = 1}), HasSubstr("warm-up 1"));
  EXPECT_THAT(refused({.warm_up = 100, .max_warm_up = 99}), HasSubstr("99"));
  EXPECT_THAT(refused({.window = 0}), HasSubstr("window 0"));
  EXPECT_THAT(refused({.max_modes = 65}), HasSubstr("65"));
  EXPECT_THAT(refused({.max_pending = 0}), HasSubstr("waiting cases 0"));
  EXPECT_THAT(refused({.confident = std::nan("")}), HasSubstr("nan"));
  EXPECT_THAT(refused({.half_life = 0}), HasSubstr("half-life 0"));
  EXPECT_THAT(refused({.without = {"oracle"}}), HasSubstr("oracle"));
}

TEST(FailureMemory, DuringTheWarmUpRiskIsTheDoubtOfTheModel) {
  FailureMemory memory = plain_memory();
  const auto made = memory.assess(plain_case(0));
  ASSERT_TRUE(made.has_value());
  EXPECT_FALSE(made->warm);
  EXPECT_EQ(made->ticket, 0U);
  EXPECT_EQ(made->risk, 0.25);
  ASSERT_EQ(made->scores.size(), memory.score_names().size());
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(made->scores[i], 0.25);
  EXPECT_EQ(made->scores[5], 0);             // the source's danger
  EXPECT_TRUE(std::isnan(made->scores[6]));  // no auditor
  EXPECT_TRUE(memory.warming_up());
  EXPECT_TRUE(memory.modes().empty() && memory.regimes().empty() && memory.expert_weights().empty());
  EXPECT_TRUE(memory.retired_modes().empty() && memory.describe(0, 3).empty());
  memory.doubt();  // nothing to doubt
  EXPECT_EQ(message_of(memory.finish_warm_up()), "an embedding is fitted to at least 2 cases, not to 1");
  EXPECT_TRUE(memory.assess(plain_case(1)).has_value());
  EXPECT_TRUE(memory.finish_warm_up().has_value());
  EXPECT_FALSE(memory.warming_up());
  EXPECT_TRUE(memory.finish_warm_up().has_value());  // and again
}

TEST(FailureMemory, WarmUpEndsByItself) {
  Feed feed(StreamShape{}, kSmall);
  feed.to(299);
  EXPECT_TRUE(feed.memory.warming_up());
  feed.to(300);
  EXPECT_FALSE(feed.memory.warming_up());
  EXPECT_EQ(feed.step().ticket, 300U);
}

/// A memory that holds its cases and plays them back knows the same as one that was told to embed at that point.
TEST(FailureMemory, PlayingTheWarmUpBackEqualsFinishingItThere) {
  for (const std::size_t delay : {0U, 40U, 1000U}) {
    Feed by_itself(StreamShape{}, {.warm_up = 500, .window = 400}, delay);
    Feed told(StreamShape{}, {.warm_up = 20'000, .window = 400}, delay);
    by_itself.to(499);
    told.to(499);
    by_itself.step();  // case 500 ends the warm-up before its outcome can come
    DrawnCase drawn;
    draw(told.shape, 499, drawn);
    told.waiting.push_back(told.memory.assess(drawn.view)->ticket);
    ASSERT_TRUE(told.memory.finish_warm_up().has_value());
    ++told.next;
    if (told.waiting.size() > delay) {
      draw(told.shape, 499 - delay, drawn);
      ASSERT_TRUE(told.memory.learn(told.waiting.front(), drawn.outcome, 499).has_value());
      told.waiting.erase(told.waiting.begin());
    }
    EXPECT_EQ(by_itself.memory.pending(), told.memory.pending());
    for (int i = 0; i < 800; ++i) ASSERT_EQ(by_itself.step(), told.step());
    EXPECT_EQ(by_itself.memory.modes().size(), told.memory.modes().size());
  }
}

TEST(FailureMemory, TicketErrorsNameTheTicket) {
  for (const bool warm : {false, true}) {
    FailureMemory memory = plain_memory({.warm_up = warm ? 2U : 100U, .max_pending = 3});
    for (std::int64_t i = 0; i < 6; ++i) ASSERT_TRUE(memory.assess(plain_case(i)).has_value());
    EXPECT_EQ(memory.warming_up(), !warm);
    EXPECT_THAT(message_of(memory.learn(6, {}, 9)), HasSubstr("case 6 was never assessed"));
    EXPECT_THAT(message_of(memory.learn(2, {}, 9)), HasSubstr("case 2 was given up"));
    EXPECT_TRUE(memory.learn(4, {.failed = true}, 9).has_value());
    EXPECT_THAT(message_of(memory.learn(4, {}, 9)), HasSubstr("case 4 has its outcome already"));
    EXPECT_THAT(message_of(memory.learn(5, {}, 4)), HasSubstr("the outcome of case 5 is known at 4, before"));
    EXPECT_THAT(message_of(memory.learn(5, {.label = 2}, 9)), HasSubstr("label 2 of case 5"));
    EXPECT_TRUE(memory.learn(5, {.label = 1}, 9).has_value());  // what was refused still waited
    EXPECT_EQ(memory.pending(), 1U);
  }
}

TEST(FailureMemory, CasesThatDoNotFitAreRefusedAndLeaveNoTrace) {
  for (const bool warm : {false, true}) {
    FailureMemory memory = plain_memory({.warm_up = warm ? 3U : 100U});
    for (std::int64_t i = 0; i < 5; ++i) ASSERT_TRUE(memory.assess(plain_case(i)).has_value());
    const std::string before = bytes_of(memory);
    const auto refused = [&](auto change) {
      CaseView seen = plain_case(10);
      change(seen);
      return message_of(memory.assess(seen));
    };
    constexpr std::array<double, 3> kThree{1, 2, 3};
    constexpr std::array<std::string_view, 1> kText{"x"};
    constexpr std::array<float, 1> kEmbedding{1};
    EXPECT_THAT(refused([&](CaseView& c) { c.numbers = kThree; }), HasSubstr("3 numeric features, the memory 2"));
    EXPECT_THAT(refused([&](CaseView& c) { c.categories = kText; }), HasSubstr("1 categorical features, the memory 0"));
    EXPECT_THAT(refused([&](CaseView& c) { c.embedding = kEmbedding; }), HasSubstr("width 1, the memory 0"));
    EXPECT_THAT(refused([](CaseView& c) { c.predicted = 2; }), HasSubstr("predicted class 2"));
    EXPECT_THAT(refused([](CaseView& c) { c.confidence = 1.5; }), HasSubstr("confidence 1.5 is not in [0, 1]"));
    EXPECT_THAT(refused([](CaseView& c) { c.positive_score = -0.5; }), HasSubstr("score -0.5"));
    EXPECT_THAT(refused([](CaseView& c) { c.auditor_risk = 2; }), HasSubstr("auditor's risk 2"));
    EXPECT_THAT(refused([](CaseView& c) { c.time = 3; }), HasSubstr("time goes back from 4 to 3"));
    EXPECT_EQ(bytes_of(memory), before);
    EXPECT_EQ(refused([](CaseView&) {}), "no error");
  }
}

TEST(FailureMemory, AnEmbeddingMustBeFinite) {
  auto memory = *FailureMemory::create({.embedding = 2}, {});
  const std::array<float, 2> embedding{1, std::numeric_limits<float>::infinity()};
  EXPECT_THAT(message_of(memory.assess({.embedding = embedding})), HasSubstr("not finite"));
}

/// Every kind of stream, long enough for the first comparison of candidates; risks are probabilities and no score that
/// should be a number is not.
void expect_sound(const StreamShape& shape, std::size_t delay, MemoryOptions options = kSmall) {
  Feed feed(shape, options, delay);
  for (int i = 0; i < 900; ++i) {
    const test::Said said = feed.step();
    if (feed.memory.warming_up()) continue;  // there it is 1 − confidence
    ASSERT_TRUE(said.risk > 0 && said.risk < 1) << i;
    ASSERT_TRUE(std::isfinite(said.danger) && said.similarity >= 0 && said.similarity <= 1) << i;
    for (std::size_t k = 0; k < 5; ++k) ASSERT_TRUE(said.scores[k] >= 0 && said.scores[k] <= 1) << i << ' ' << k;
    ASSERT_TRUE(std::isfinite(said.scores[5])) << i;
  }
  const std::string bytes = bytes_of(feed.memory);
  auto copy = loaded<FailureMemory>(bytes);
  ASSERT_TRUE(copy.has_value()) << message_of(copy);
  EXPECT_EQ(bytes_of(*copy), bytes);
}

TEST(FailureMemory, AnyKindOfStreamWorks) {
  for (const std::size_t delay : {0U, 70U, 5000U}) {  // the last: no outcome ever comes
    SCOPED_TRACE(delay);
    expect_sound({}, delay);
    expect_sound({.classes = 5}, delay);
    expect_sound({.classes = 0}, delay);
    expect_sound({.hostile = true}, delay);
    expect_sound({.numbers = 0, .categories = 0}, delay);
    expect_sound({.numbers = 0, .categories = 0, .classes = 0}, delay);
    expect_sound({.numbers = 0, .categories = 0, .classes = 0, .scored = false}, delay);
    expect_sound({.scored = false}, delay);
    expect_sound({.classes = 0, .scored = false}, delay);
    expect_sound({.embedding = 6}, delay);
    expect_sound({.numbers = 0, .categories = 0, .embedding = 6}, delay);
    expect_sound({.numbers = 90}, delay);
    expect_sound({.failure_rate = 0}, delay);
    expect_sound({.failure_rate = 1}, delay);
    expect_sound({}, delay, {.warm_up = 50, .window = 60, .without = {"logistic", "all"}});
    expect_sound({}, delay, {.warm_up = 2, .window = 1, .max_modes = 1, .max_pending = 10'000});
  }
}

TEST(FailureMemory, ConstantFeaturesAndEqualCasesWork) {
  FailureMemory memory = plain_memory({.warm_up = 50, .window = 100});
  Rng rng(1);
  double mean = 0;
  for (std::int64_t i = 0; i < 600; ++i) {
    const auto made = memory.assess(plain_case(i));
    ASSERT_TRUE(made.has_value());
    ASSERT_TRUE(made->risk > 0 && made->risk < 1);
    ASSERT_TRUE(memory.learn(made->ticket, {.failed = rng.bernoulli(0.2)}, i).has_value());
    if (i >= 400) mean += made->risk / 200;
  }
  EXPECT_NEAR(mean, 0.2, 0.05);
}

TEST(FailureMemory, CasesBeyondTheBoundAreGivenUp) {
  Feed feed(StreamShape{}, {.warm_up = 50, .window = 100, .max_pending = 200}, 100'000);
  feed.to(1000);
  EXPECT_EQ(feed.memory.pending(), 200U);
  const std::size_t size = bytes_of(feed.memory).size();
  feed.to(3000);
  EXPECT_EQ(feed.memory.pending(), 200U);
  EXPECT_EQ(bytes_of(feed.memory).size(), size);
  EXPECT_THAT(message_of(feed.memory.learn(2799, {}, 9000)), HasSubstr("given up"));
  EXPECT_TRUE(feed.memory.learn(2800, {}, 9000).has_value());
}

TEST(FailureMemory, CasesGivenUpDuringTheWarmUpAreNotLearned) {
  Feed feed(StreamShape{}, {.warm_up = 100, .window = 100, .max_pending = 20}, 100'000);
  feed.to(60);
  ASSERT_TRUE(feed.memory.learn(50, {.failed = true}, 60).has_value());
  feed.to(100);
  EXPECT_FALSE(feed.memory.warming_up());
  EXPECT_EQ(feed.memory.pending(), 20U);
  EXPECT_TRUE(feed.memory.learn(99, {}, 100).has_value());
}

TEST(FailureMemory, TimesBefore1970AreTimes) {
  // Activity must decay although every time is below zero.
  FailureMemory early = plain_memory({.warm_up = 20, .half_life = 50});
  FailureMemory late = plain_memory({.warm_up = 20, .half_life = 50});
  constexpr std::int64_t kShift = 1'000'000;
  for (std::int64_t i = 0; i < 400; ++i) {
    const auto a = early.assess(plain_case(i - kShift)), b = late.assess(plain_case(i));
    ASSERT_EQ(a->risk, b->risk) << i;
    ASSERT_EQ(a->danger, b->danger) << i;
    if (i % 3 == 0) {
      ASSERT_TRUE(early.learn(a->ticket, {.failed = i < 200}, i - kShift).has_value());
      ASSERT_TRUE(late.learn(b->ticket, {.failed = i < 200}, i).has_value());
    }
  }
  ASSERT_EQ(early.modes().size(), 1U);
  EXPECT_EQ(early.modes()[0].activity, late.modes()[0].activity);
  EXPECT_LT(early.modes()[0].activity, 5);
}

TEST(FailureMemory, APlantedRegimeIsReported) {
  Feed feed(StreamShape{}, kSmall);
  feed.to(3000);
  static_cast<void>(feed.memory.take_regime_events());
  feed.to(4600);
  const auto events = feed.memory.take_regime_events();
  const auto began = std::ranges::find_if(
      events, [](const RegimeEvent& e) { return e.change == RegimeChange::began && e.mode == kNoMode; });
  ASSERT_NE(began, events.end());
  EXPECT_NEAR(static_cast<double>(began->onset), 3000, 40);
  EXPECT_GT(began->rate, 2 * began->rate_before);
  const auto ended = std::ranges::find_if(
      events, [](const RegimeEvent& e) { return e.change == RegimeChange::ended && e.mode == kNoMode; });
  ASSERT_NE(ended, events.end());
  EXPECT_NEAR(static_cast<double>(ended->onset), 4000, 60);
  EXPECT_TRUE(feed.memory.take_regime_events().empty());
  EXPECT_FALSE(feed.memory.modes().empty());
  double share = 0;
  for (const auto& expert : feed.memory.expert_weights()) share += expert.weight;
  EXPECT_NEAR(share, 1, 1e-12);
  const auto differences = feed.memory.describe(feed.memory.modes()[0].id, 2);
  for (const auto& difference : differences) EXPECT_LT(difference.feature, 4U);
}

TEST(FailureMemory, TheRiskLearnsThePlantedRegion) {
  Feed feed(StreamShape{}, kSmall, 20);
  feed.to(2400);
  double inside = 0, outside = 0, many = 0, others = 0;
  DrawnCase drawn;
  for (int i = 0; i < 500; ++i) {
    draw(feed.shape, feed.next, drawn);
    const bool in_region = drawn.numbers[0] > 0.8;
    (in_region ? inside : outside) += feed.step().risk;
    (in_region ? many : others) += 1;
  }
  EXPECT_GT(inside / many, 0.35);  // truly .6 and .1; what is learned is smoother than a step
  EXPECT_NEAR(outside / others, 0.1, 0.06);
}

void expect_to_go_on(Feed& feed, int steps) {
  const std::string bytes = bytes_of(feed.memory);
  auto restored = loaded<FailureMemory>(bytes);
  ASSERT_TRUE(restored.has_value()) << message_of(restored);
  EXPECT_EQ(bytes_of(*restored), bytes);
  Feed copy(feed, std::move(*restored));
  for (int i = 0; i < steps; ++i) ASSERT_EQ(feed.step(), copy.step()) << i;
  EXPECT_EQ(bytes_of(feed.memory), bytes_of(copy.memory));
  EXPECT_EQ(feed.memory.take_regime_events().size(), copy.memory.take_regime_events().size());
}

TEST(FailureMemory, ASnapshotGoesOnBitForBit) {
  Feed feed(StreamShape{.embedding = 3, .hostile = true}, {.warm_up = 400, .window = 700}, 30);
  feed.to(250);
  expect_to_go_on(feed, 2000);  // from within the warm-up
  expect_to_go_on(feed, 2000);  // and from after it, with regime events that nobody took
  Feed classless(StreamShape{.classes = 0}, kSmall);
  classless.to(400);
  expect_to_go_on(classless, 300);
}

TEST(FailureMemory, TruncatedSnapshotsAreRefused) {
  Feed feed(StreamShape{}, {.warm_up = 150, .window = 200}, 10);
  for (const std::uint64_t end : {100U, 420U}) {
    feed.to(end);
    const std::string bytes = bytes_of(feed.memory);
    for (std::size_t size = 0; size < bytes.size(); size += 997)
      ASSERT_FALSE(loaded<FailureMemory>(std::string_view(bytes).substr(0, size)).has_value()) << size;
    EXPECT_FALSE(loaded<FailureMemory>(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
    EXPECT_FALSE(loaded<FailureMemory>(bytes + "x").has_value());
  }
}

/// Whatever a byte is changed to, the snapshot is refused or the memory goes on without breaking.
TEST(FailureMemory, ChangedBytesBreakNothing) {
  Feed feed(StreamShape{.numbers = 2, .categories = 1}, {.warm_up = 30, .window = 40, .max_pending = 500}, 5);
  Rng rng(17);
  for (const std::uint64_t end : {20U, 80U}) {
    feed.to(end);
    const std::string bytes = bytes_of(feed.memory);
    for (int trial = 0; trial < 1500; ++trial) {
      std::string changed = bytes;
      const std::size_t at = rng.below(bytes.size());
      changed[at] = static_cast<char>(changed[at] ^ (1 << rng.below(8)));
      auto restored = loaded<FailureMemory>(changed);
      if (!restored || restored->schema() != feed.memory.schema()) continue;
      FailureMemory& memory = *restored;
      DrawnCase drawn;
      for (std::uint64_t i = end; i < end + 15; ++i) {
        draw(feed.shape, i, drawn);
        const auto made = memory.assess(drawn.view);
        if (!made) break;
        static_cast<void>(memory.learn(made->ticket - 3, drawn.outcome, static_cast<std::int64_t>(i)));
      }
      static_cast<void>(memory.modes());
      static_cast<void>(memory.regimes());
    }
  }
}

}  // namespace
}  // namespace errata::memory

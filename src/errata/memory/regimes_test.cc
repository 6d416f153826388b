#include "errata/memory/regimes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "errata/base/rng.h"
#include "errata/memory/test_bytes.h"

namespace errata::memory {
namespace {

using Events = std::vector<RegimeEvent>;
using test::bytes_of;

RegimeDetector make_detector(const RegimeOptions& options = {}) {
  auto made = RegimeDetector::make(options);
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return std::move(*made);
}

/// All events of `cases` outcomes, failed with probability rate(i); times are 0, 1, 2 …
Events run(RegimeDetector& detector, std::size_t cases, std::uint64_t seed,
           const std::function<double(std::size_t)>& rate) {
  Rng rng(seed);
  Events all;
  for (std::size_t i = 0; i < cases; ++i) {
    const auto time = static_cast<std::int64_t>(i);
    const auto events = detector.learn(kNoMode, rng.bernoulli(rate(i)), time, time);
    all.insert(all.end(), events.begin(), events.end());
  }
  return all;
}

std::size_t count(const Events& events, RegimeChange change) {
  return static_cast<std::size_t>(
      std::ranges::count_if(events, [change](const auto& event) { return event.change == change; }));
}

std::string words(const Events& events) {
  std::string all;
  for (const auto& event : events) {
    all += fmt::format("{} at {} from {}, rate {:.3f} to {:.3f}, evidence {:.1f}\n", static_cast<int>(event.change),
                       event.time, event.onset, event.rate_before, event.rate, event.log_evidence);
  }
  return all;
}

TEST(Regimes, RefusesOptionsByName) {
  const auto message = [](const RegimeOptions& options) {
    const auto made = RegimeDetector::make(options);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(message({.false_alarm = 0}), "regimes: false_alarm 0 is not in (0, 1)");
  EXPECT_EQ(message({.false_change = std::nan("")}), "regimes: false_change nan is not in (0, 1)");
  EXPECT_EQ(message({.tolerance = 0.9}), "regimes: tolerance 0.9 is not >= 1");
  EXPECT_EQ(message({.least_change = 1}), "regimes: least_change 1 is not in [0, 1)");
  EXPECT_EQ(message({.max_modes = 0}), "regimes: max_modes 0 is not >= 1");
  EXPECT_EQ(message({.half_life = 0}), "regimes: half_life 0 is not > 0");
  EXPECT_EQ(message({.quiet = 1}), "regimes: quiet 1 is not in (0, 1)");
}

// Exactly, over all 2^12 streams: with the rate at the reference, the mean of the sum R_n is n, so an alarm before c
// cases is rare. Here the detector's own alarm is followed: P(alarm within n cases) <= n · false_alarm.
TEST(Regimes, AlarmsAreAsRareAsStatedByEnumeration) {
  const double p = 0.2, false_alarm = 0.05;
  const std::size_t learned = 50, cases = 12;
  const RegimeOptions options{.false_alarm = false_alarm,
                              .tolerance = 1,
                              .least_rate = 0,
                              .limit_z = 0,
                              .learn_cases = learned,
                              .memory_cases = 1e12};
  auto prepared = make_detector(options);
  for (std::size_t i = 0; i < learned; ++i) prepared.learn(kNoMode, i % 5 == 0, 0, 0);
  EXPECT_DOUBLE_EQ(prepared.state(kNoMode)->baseline, p);
  double alarmed = 0;
  for (std::uint32_t stream = 0; stream < (1U << cases); ++stream) {
    auto detector = prepared;
    double probability = 1;
    bool began = false;
    for (std::size_t i = 0; i < cases; ++i) {
      const bool failed = ((stream >> i) & 1U) != 0;
      probability *= failed ? p : 1 - p;
      for (const auto& event : detector.learn(kNoMode, failed, 0, 0)) began |= event.change == RegimeChange::began;
    }
    alarmed += began ? probability : 0;
  }
  EXPECT_GT(alarmed, 0.05);
  EXPECT_LE(alarmed, static_cast<double>(cases) * false_alarm);
}

TEST(Regimes, BeganByHand) {
  // Baseline 0 of 100 and reference rate .5 by least_rate: L = 3/2, … for a failure with ratio 3, and so on.
  auto detector = make_detector({.false_alarm = 0.04, .tolerance = 1, .least_rate = 0.5, .limit_z = 0});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(detector.learn(kNoMode, false, i, i).empty());
  const auto likelihood = [](double ratio) { return ratio / (1 + (ratio - 1) * 0.5); };
  double sums[4] = {}, mean = 0;
  int failures = 0;
  while (mean < 25) {
    mean = 0;
    int j = 0;
    for (const double ratio : {1.5, 3.0, 9.0, 40.0}) {
      sums[j] = (sums[j] + 1) * likelihood(ratio);
      mean += sums[j++] / 4;
    }
    ++failures;
  }
  for (int i = 1; i <= failures; ++i) {
    const auto events = detector.learn(kNoMode, true, 100 + i, 1000 + i);
    ASSERT_EQ(events.size(), i == failures ? 1U : 0U);
    if (events.empty()) continue;
    EXPECT_EQ(events[0].change, RegimeChange::began);
    EXPECT_EQ(events[0].onset, 101);
    EXPECT_EQ(events[0].time, 100 + failures);
    EXPECT_EQ(events[0].known, 1000 + failures);
    EXPECT_NEAR(events[0].log_evidence, std::log(mean), 1e-12);
    EXPECT_LT(events[0].rate_before, 0.03);  // a failure or two pass before a CUSUM is above 3
    EXPECT_EQ(events[0].rate, 1);
    EXPECT_EQ(events[0].cases, static_cast<std::uint64_t>(failures));
  }
  EXPECT_TRUE(detector.state(kNoMode)->raised);
  EXPECT_EQ(detector.state(kNoMode)->onset, 101);
}

TEST(Regimes, StationaryStreamsGiveAlmostNoAlarm) {
  for (const double rate : {0.0, 0.01, 0.05, 0.2, 0.35, 0.6, 1.0}) {
    std::size_t began = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      auto detector = make_detector();
      const auto events = run(detector, 100'000, seed, [rate](std::size_t) { return rate; });
      const auto of_stream = count(events, RegimeChange::began);
      EXPECT_LE(of_stream, 3U) << rate << " seed " << seed;  // asked for: 10 in 100,000
      EXPECT_EQ(count(events, RegimeChange::ended) + (detector.state(kNoMode)->raised ? 1 : 0), of_stream);
      began += of_stream;
    }
    EXPECT_LE(began, 6U) << rate;  // false_alarm · 500,000 = 25
  }
}

// The rates of the source's simulation: regimes 1, 2 and 3 are raised, one after the other, for 1,000 cases each.
constexpr std::array<double, 5> kSourceRates{0.005, 0.994, 0.275, 0.5, 0.007};
TEST(Regimes, TheSourcesCycleIsFollowed) {
  std::size_t false_events = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto detector = make_detector();
    const auto events = run(detector, 50'000, seed, [](std::size_t i) { return kSourceRates[i / 1000 % 5]; });
    std::map<std::size_t, std::pair<RegimeChange, std::size_t>> first;  // by block of 1,000: its first event and when
    for (const auto& event : events) {
      const auto at = static_cast<std::size_t>(event.time);
      if (!first.emplace(at / 1000, std::pair(event.change, at % 1000)).second) ++false_events;
    }
    for (std::size_t block = 0; block < 50; ++block) {
      switch (block % 5) {
        case 0: EXPECT_FALSE(first.contains(block)); break;
        case 1:
          ASSERT_TRUE(first.contains(block));
          EXPECT_EQ(first[block].first, RegimeChange::began);
          EXPECT_LT(first[block].second, 10U);
          break;
        case 2:
          ASSERT_TRUE(first.contains(block));
          EXPECT_LT(first[block].second, 40U);
          break;
        case 3:
          ASSERT_TRUE(first.contains(block));
          EXPECT_EQ(first[block].first, RegimeChange::changed);
          EXPECT_LT(first[block].second, 400U);
          break;
        default: ASSERT_TRUE(first.contains(block)); EXPECT_LT(first[block].second, 60U);
      }
    }
  }
  EXPECT_LE(false_events, 12U);  // of 250,000 cases
}

TEST(Regimes, BeganIsNotRepeatedAndTheOnsetIsNear) {
  auto detector = make_detector();
  const auto events = run(detector, 6000, 7, [](std::size_t i) { return i >= 3000 && i < 5000 ? 0.4 : 0.05; });
  ASSERT_EQ(events.size(), 2U) << words(events);
  EXPECT_EQ(events[0].change, RegimeChange::began);
  EXPECT_NEAR(static_cast<double>(events[0].onset), 3000, 15);
  EXPECT_LT(events[0].time, 3040);
  EXPECT_NEAR(events[0].rate_before, 0.05, 0.02);
  EXPECT_EQ(events[1].change, RegimeChange::ended);
  EXPECT_NEAR(static_cast<double>(events[1].onset), 5000, 15);
  EXPECT_LT(events[1].time, 5080);
  EXPECT_EQ(events[1].regime, events[0].regime);
  EXPECT_NEAR(events[1].rate_before, 0.4, 0.05);
}

TEST(Regimes, AStreamThatStartsInARegimeFindsItsBaselineLater) {
  auto detector = make_detector();
  const auto events =
      run(detector, 4000, 8, [](std::size_t i) { return i < 500 || (i >= 2000 && i < 3000) ? 0.8 : 0.05; });
  ASSERT_EQ(events.size(), 2U) << words(events);
  EXPECT_EQ(events[0].change, RegimeChange::began);
  EXPECT_NEAR(static_cast<double>(events[0].time), 2005, 10);
  EXPECT_NEAR(events[0].rate_before, 0.05, 0.03);
}

TEST(Regimes, ALastingRegimeBecomesTheUsual) {
  auto detector = make_detector({.longest = 2000});
  const auto events = run(detector, 6000, 11, [](std::size_t i) { return i < 1000 ? 0.05 : 0.4; });
  ASSERT_EQ(events.size(), 2U) << words(events);
  EXPECT_EQ(events[1].change, RegimeChange::usual);
  EXPECT_EQ(events[1].cases, 2000U);
  EXPECT_NEAR(static_cast<double>(events[1].time), 3000, 20);
  EXPECT_FALSE(detector.state(kNoMode)->raised);
  EXPECT_NEAR(detector.state(kNoMode)->baseline, 0.4, 0.05);
}

TEST(Regimes, OneModesRegimeIsItsOwn) {
  auto detector = make_detector();
  Rng rng(10);
  std::map<std::uint32_t, Events> by_mode;
  for (std::int64_t i = 0; i < 12'000; ++i) {
    const auto mode = static_cast<std::uint32_t>(rng.below(4));
    const bool raised = mode == 2 && i >= 6000 && i < 9000;
    for (const auto& event : detector.learn(mode, rng.bernoulli(raised ? 0.6 : 0.1), i, i)) {
      by_mode[event.mode].push_back(event);
    }
  }
  EXPECT_EQ(by_mode[2].size(), 2U);
  EXPECT_EQ(by_mode[kNoMode].size(), 2U);  // all cases: .1 to .225
  EXPECT_LT(by_mode[2][0].time, by_mode[kNoMode][0].time);
  EXPECT_EQ(by_mode.size(), 2U);
}

TEST(Regimes, AForgottenModeEndsItsRegime) {
  auto detector = make_detector({.learn_cases = 20});
  for (std::int64_t i = 0; i < 20; ++i) detector.learn(5, false, i, i);
  std::size_t began = 0;
  for (std::int64_t i = 20; i < 30; ++i) {
    for (const auto& event : detector.learn(5, true, i, i)) began += event.mode == 5 ? 1 : 0;
  }
  ASSERT_EQ(began, 1U);
  const auto ended = detector.forget(5, 77);
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->change, RegimeChange::ended);
  EXPECT_EQ(ended->mode, 5U);
  EXPECT_EQ(ended->known, 77);
  EXPECT_EQ(ended->time, 29);
  EXPECT_EQ(ended->onset, 30);
  EXPECT_FALSE(detector.state(5).has_value());
  EXPECT_FALSE(detector.forget(5, 78).has_value());
  EXPECT_FALSE(detector.forget(kNoMode, 78).has_value());
}

/// Mode 5 in a regime, the tests at rest: no failure since `began`, which was known at 1,010.
RegimeDetector raised_detector() {
  auto detector = make_detector({.learn_cases = 20, .half_life = 10, .quiet = 1.0 / 8});
  for (std::int64_t i = 0; i < 20; ++i) detector.learn(5, false, i, i);
  for (std::int64_t i = 0; !detector.state(5)->raised; ++i) detector.learn(5, true, 20 + i, 1010);
  return detector;
}

/// When the regime of mode 5 ends if outcomes of cases far from every mode go on coming.
std::int64_t quiet_end(RegimeDetector& detector, std::int64_t from, std::int64_t to) {
  for (std::int64_t known = from; known < to; ++known) {
    for (const auto& event : detector.learn(kNoMode, false, known, known)) {
      if (event.mode != 5) continue;
      EXPECT_EQ(event.change, RegimeChange::ended);
      EXPECT_EQ(event.known, known);
      EXPECT_EQ(event.log_evidence, 0);
      return known;
    }
  }
  return -1;
}

TEST(Regimes, AModeThatFallsSilentEndsItsRegimeByHand) {
  auto silent = raised_detector();
  EXPECT_EQ(quiet_end(silent, 1010, 2000), 1040);  // three half-lives of 10 to 1/8

  // Two failures known at 1,020, one at 1,030: S = 2, then 2/2 + 1 = 2, the largest value. S(t) = 1/4 at 1,060.
  auto detector = raised_detector();
  detector.learn(5, true, 500, 1020);
  detector.learn(5, true, 501, 1020);
  detector.learn(5, true, 502, 1030);
  const auto before = *detector.state(5);
  EXPECT_EQ(quiet_end(detector, 1030, 2000), 1060);
  const auto after = *detector.state(5);
  EXPECT_FALSE(after.raised);
  EXPECT_EQ(after.baseline, before.baseline);

  // One more failure at 1,040: S = 2/2 + 1 = 2 again. One at 1,060: 2/4 + 1 = 1.5 <= 2; S(t) = 1/4 log2(6) later.
  auto longer = raised_detector();
  for (const std::int64_t known : {1020, 1020, 1030, 1040, 1060}) longer.learn(5, true, 500, known);
  EXPECT_EQ(quiet_end(longer, 1060, 2000), 1086);  // 1,060 + 25.85
}

TEST(Regimes, TheEndOfAQuietRegimeIsAfterItsLastCaseAndANewOneIsToldAnew) {
  auto detector = raised_detector();
  const auto regime = detector.state(5)->regime;
  detector.learn(5, false, 700, 1011);
  std::vector<RegimeEvent> all = detector.learn(5, true, 900, 5000);  // a case near it comes late
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].change, RegimeChange::ended);
  EXPECT_EQ(all[0].regime, regime);
  EXPECT_EQ(all[0].time, 700);
  EXPECT_EQ(all[0].onset, 701);
  EXPECT_EQ(all[0].known, 5000);
  EXPECT_FALSE(detector.state(5)->raised);
  for (std::int64_t i = 0; i < 20 && !detector.state(5)->raised; ++i) detector.learn(5, true, 901 + i, 5000);
  EXPECT_TRUE(detector.state(5)->raised);
  EXPECT_GT(detector.state(5)->regime, regime);
}

TEST(Regimes, AModeThatGoesOnFailingStaysInItsRegime) {
  auto detector = raised_detector();
  for (std::int64_t known = 1020; known < 20'000; known += 20) {  // a failure every second half-life
    for (const auto& event : detector.learn(5, true, known, known)) EXPECT_NE(event.mode, 5U) << known;
  }
  EXPECT_TRUE(detector.state(5)->raised);
  EXPECT_EQ(quiet_end(detector, 19'981, 30'000), 20'010);  // S is 4/3, its largest value, after the last one, at 19,980
}

TEST(Regimes, AllCasesTogetherAreNeverQuiet) {
  auto detector = make_detector({.learn_cases = 20, .half_life = 10});
  for (std::int64_t i = 0; i < 20; ++i) detector.learn(kNoMode, false, i, i);
  for (std::int64_t i = 20; i < 40; ++i) detector.learn(kNoMode, true, i, i);
  ASSERT_TRUE(detector.state(kNoMode)->raised);
  detector.learn(kNoMode, true, 1'000'000, 1'000'000);
  EXPECT_TRUE(detector.state(kNoMode)->raised);  // the next case may be one of it: only a test can tell
}

TEST(Regimes, ModesAreBounded) {
  auto detector = make_detector({.learn_cases = 5, .max_modes = 3});
  for (std::uint32_t mode = 0; mode < 1000; ++mode) {
    for (int i = 0; i < 20; ++i) detector.learn(mode, i >= 10, i, i);
    ASSERT_LE(detector.states().size(), 4U);
  }
  EXPECT_TRUE(detector.state(999).has_value());
  EXPECT_FALSE(detector.state(996).has_value());
}

RC_GTEST_PROP(Regimes, ASnapshotGoesOnBitForBit, ()) {
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  auto detector = make_detector({.false_alarm = 0.01, .learn_cases = 30, .longest = 200, .half_life = 20});
  const auto cases = *rc::gen::inRange<std::int64_t>(0, 2000);
  const auto learn = [](RegimeDetector& into, std::uint32_t mode, bool failed, std::int64_t i) {
    return into.learn(mode == 3 ? kNoMode : mode, failed, i, i + 5);
  };
  for (std::int64_t i = 0; i < cases; ++i) {
    learn(detector, static_cast<std::uint32_t>(rng.below(4)), rng.bernoulli(i / 300 % 2 == 0 ? 0.1 : 0.7), i);
  }
  const auto bytes = bytes_of(detector);
  ByteReader in(bytes);
  auto copy = RegimeDetector::load(in);
  RC_ASSERT(copy.has_value());
  RC_ASSERT(in.finish("regimes").has_value());
  RC_ASSERT(bytes_of(*copy) == bytes);
  for (std::int64_t i = cases; i < cases + 500; ++i) {
    const auto mode = static_cast<std::uint32_t>(rng.below(4));
    const bool failed = rng.bernoulli(i / 300 % 2 == 0 ? 0.1 : 0.7);
    RC_ASSERT(learn(detector, mode, failed, i).size() == learn(*copy, mode, failed, i).size());
  }
  RC_ASSERT(bytes_of(*copy) == bytes_of(detector));
}

TEST(Regimes, EveryTruncationIsRefused) {
  auto detector = make_detector({.learn_cases = 5});
  for (int i = 0; i < 60; ++i) detector.learn(static_cast<std::uint32_t>(i % 2), i > 20, i, i);
  const auto bytes = bytes_of(detector);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(RegimeDetector::load(in).has_value()) << size;
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {  // whatever a byte is changed to, nothing breaks
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x41);
    ByteReader in(changed);
    auto loaded = RegimeDetector::load(in);
    for (int i = 0; loaded && i < 20; ++i) loaded->learn(1, i % 2 == 0, i, i);
  }
}

}  // namespace
}  // namespace errata::memory

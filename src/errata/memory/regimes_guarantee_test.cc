// How often the detector is wrong and how late it is: the figures of docs/methods/regimes.md, on simulated streams with
// fixed seeds. The bounds leave room over what was measured; each test records the measured numbers as properties.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/memory/modes.h"
#include "errata/memory/regimes.h"

namespace errata::memory {
namespace {

using Rate = std::function<double(std::size_t)>;

std::vector<RegimeEvent> run(std::size_t cases, std::uint64_t seed, const Rate& rate) {
  auto detector = *RegimeDetector::make({});
  Rng rng(seed);
  std::vector<RegimeEvent> all;
  for (std::size_t i = 0; i < cases; ++i) {
    const auto time = static_cast<std::int64_t>(i);
    const auto events = detector.learn(kNoMode, rng.bernoulli(rate(i)), time, time);
    all.insert(all.end(), events.begin(), events.end());
  }
  return all;
}

std::size_t quantile(std::vector<std::size_t> values, double q) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

TEST(RegimesGuarantee, FalseAlarmsOfStationaryStreams) {
  for (const double rate : {0.01, 0.05, 0.2, 0.35, 0.6}) {
    std::size_t began = 0;
    for (std::uint64_t seed = 100; seed < 120; ++seed) {
      for (const auto& event : run(100'000, seed, [rate](std::size_t) { return rate; })) {
        began += event.change == RegimeChange::began ? 1 : 0;
      }
    }
    RecordProperty("began_in_2000000_at_" + std::to_string(rate), static_cast<int>(began));
    EXPECT_LE(began, 20U) << rate;  // stated: 100 in the mean; asked for: 200
  }
}

TEST(RegimesGuarantee, DelaysInTheSourcesCycle) {
  constexpr std::array<double, 5> kRates{0.005, 0.994, 0.275, 0.5, 0.007};
  std::array<std::vector<std::size_t>, 5> delays;
  std::size_t more = 0;
  for (std::uint64_t seed = 500; seed < 520; ++seed) {
    std::array<bool, 50> told{};
    for (const auto& event : run(50'000, seed, [&](std::size_t i) { return kRates[i / 1000 % 5]; })) {
      const auto at = static_cast<std::size_t>(event.time), block = at / 1000;
      if (told[block] || block % 5 == 0) {
        ++more;
      } else {
        delays[block % 5].push_back(at % 1000 + 1);
      }
      told[block] = true;
    }
  }
  for (std::size_t regime = 1; regime < 5; ++regime) {
    EXPECT_GE(delays[regime].size(), 199U) << regime;
    RecordProperty("median_delay_" + std::to_string(regime), static_cast<int>(quantile(delays[regime], 0.5)));
    RecordProperty("longest_delay_" + std::to_string(regime), static_cast<int>(quantile(delays[regime], 1)));
  }
  RecordProperty("further_events_in_1000000", static_cast<int>(more));
  EXPECT_LE(quantile(delays[1], 1), 10U);
  EXPECT_LE(quantile(delays[2], 0.99), 40U);
  EXPECT_LE(quantile(delays[3], 0.5), 80U);  // .275 to .5: see the page for why not sooner
  EXPECT_LE(quantile(delays[4], 0.9), 50U);
  EXPECT_LE(more, 30U);
}

TEST(RegimesGuarantee, DelaysOfOneRise) {
  struct Rise {
    double from, to;
    std::size_t most_missed, median_delay;
  };
  for (const auto [from, to, most_missed, median_delay] :
       {Rise{0.05, 0.1, 60, 800}, Rise{0.05, 0.2, 2, 90}, Rise{0.05, 0.5, 2, 20}, Rise{0.35, 0.5, 5, 320},
        Rise{0.35, 0.7, 2, 50}, Rise{0.2, 0.4, 2, 130}, Rise{0.01, 0.05, 2, 350}}) {
    std::vector<std::size_t> delays, ends;
    for (std::uint64_t seed = 900; seed < 1100; ++seed) {
      bool began = false, ended = false;
      for (const auto& event : run(6000, seed, [&](std::size_t i) { return i >= 3000 && i < 4500 ? to : from; })) {
        const auto at = static_cast<std::size_t>(event.time);
        if (!began && event.change == RegimeChange::began && at >= 3000 && at < 4500) {
          began = true;
          delays.push_back(at - 2999);
        }
        if (!ended && event.change == RegimeChange::ended && at >= 4500) {
          ended = true;
          ends.push_back(at - 4499);
        }
      }
    }
    const auto name = std::to_string(from) + "_to_" + std::to_string(to);
    RecordProperty("missed_" + name, static_cast<int>(200 - delays.size()));
    RecordProperty("median_delay_" + name, static_cast<int>(quantile(delays, 0.5)));
    RecordProperty("p90_delay_" + name, static_cast<int>(quantile(delays, 0.9)));
    RecordProperty("ends_" + name, static_cast<int>(ends.size()));
    RecordProperty("median_end_" + name, static_cast<int>(quantile(ends, 0.5)));
    EXPECT_LE(200 - delays.size(), most_missed) << name;
    EXPECT_LE(quantile(delays, 0.5), median_delay) << name;
  }
}

/// A model on five normal features that errs the more the nearer to its border; in a raised interval the failures of
/// one corner are four times as many.
struct PlantedCase {
  std::array<float, 6> z{};
  double confidence = 0;
  bool failed = false, corner = false;
};
PlantedCase draw(Rng& rng, bool raised) {
  PlantedCase drawn;
  double sum = 0;
  for (std::size_t d = 0; d < 5; ++d) {
    const double x = rng.normal();
    sum += x;
    drawn.z[d] = static_cast<float>(x / std::sqrt(5.0));
  }
  const double logit = 0.6 * sum;
  drawn.z[5] = static_cast<float>(logit / 1.3);
  drawn.confidence = 1 / (1 + std::exp(-std::abs(logit)));
  drawn.corner = drawn.z[0] > 0.4F;
  drawn.failed = rng.bernoulli((1 - drawn.confidence) * 0.6 + (raised && drawn.corner ? 0.5 : 0));
  return drawn;
}

std::vector<RegimeEvent> run_with_modes(std::size_t cases, std::uint64_t seed, std::size_t from, std::size_t to) {
  auto modes = *FailureModes::make({.width = 6});
  auto detector = *RegimeDetector::make({});
  Rng rng(seed);
  std::vector<RegimeEvent> all;
  for (std::size_t i = 0; i < cases; ++i) {
    const auto now = static_cast<std::int64_t>(i);
    const auto drawn = draw(rng, i >= from && i < to);
    const auto update = modes.learn({.z = drawn.z, .confidence = drawn.confidence, .failed = drawn.failed}, now);
    if (update.retired != kNoMode) {
      if (const auto ended = detector.forget(update.retired, now)) all.push_back(*ended);
    }
    for (const auto& event : detector.learn(update.mode, drawn.failed, now, now)) all.push_back(event);
  }
  return all;
}

TEST(RegimesGuarantee, FalseAlarmsOfAllModesTogether) {
  std::size_t began = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const auto& event : run_with_modes(100'000, seed, 0, 0)) began += event.change == RegimeChange::began ? 1 : 0;
  }
  RecordProperty("began_in_1000000", static_cast<int>(began));
  EXPECT_LE(began, 30U);  // stated: 100 in the mean
}

/// Modes that cases come near only at times. A regime that ends because its mode is silent starts the tests anew; on
/// streams without any regime that must not make false ones more frequent.
TEST(RegimesGuarantee, FalseAlarmsOfModesThatComeAndGo) {
  std::size_t began = 0, ended = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto detector = *RegimeDetector::make({});
    Rng rng(seed);
    for (std::int64_t i = 0; i < 100'000; ++i) {
      const auto mode = static_cast<std::uint32_t>(i / 1000 % 8);  // 1,000 cases near it, then 14 half-lives without
      for (const auto& event : detector.learn(mode, rng.bernoulli(0.2), i, i)) {
        began += event.change == RegimeChange::began ? 1 : 0;
        ended += event.change == RegimeChange::ended ? 1 : 0;
      }
    }
  }
  RecordProperty("began_in_1000000", static_cast<int>(began));
  RecordProperty("ended_in_1000000", static_cast<int>(ended));
  EXPECT_LE(began, 30U);  // stated: 100 in the mean
}

/// Real regimes of a mode that cases come near rarely: how often silence is taken for their end.
TEST(RegimesGuarantee, RegimesOfRareModesAreNotTornApart) {
  for (const double share : {0.2, 0.05, 0.02}) {
    std::size_t began = 0, ended = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      auto detector = *RegimeDetector::make({});
      Rng rng(seed);
      for (std::int64_t i = 0; i < 60'000; ++i) {
        const bool near = rng.bernoulli(share), raised = i >= 20'000;
        const bool failed = rng.bernoulli(near && raised ? 0.5 : 0.05);
        for (const auto& event : detector.learn(near ? 1 : kNoMode, failed, i, i)) {
          if (event.mode != 1) continue;
          began += event.change == RegimeChange::began ? 1 : 0;
          ended += event.change == RegimeChange::ended ? 1 : 0;
        }
      }
    }
    RecordProperty("began_of_10_at_" + std::to_string(share), static_cast<int>(began));
    RecordProperty("ended_of_10_at_" + std::to_string(share), static_cast<int>(ended));
    EXPECT_EQ(began, 10U) << share;
    EXPECT_EQ(ended, 0U) << share;
  }
}

TEST(RegimesGuarantee, ModesTellWhereARegimeIs) {
  std::size_t by_mode = 0, before = 0;
  std::vector<std::size_t> mode_delays, overall_delays;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    bool of_mode = false, overall = false;
    for (const auto& event : run_with_modes(14'000, seed, 10'000, 12'000)) {
      const auto at = static_cast<std::size_t>(event.time);
      if (event.change != RegimeChange::began) continue;
      before += at < 10'000 ? 1 : 0;
      if (at < 10'000 || at >= 12'000) continue;
      if (event.mode == kNoMode && !overall) {
        overall = true;
        overall_delays.push_back(at - 9'999);
      } else if (event.mode != kNoMode && !of_mode) {
        of_mode = true;
        ++by_mode;
        mode_delays.push_back(at - 9'999);
      }
    }
  }
  RecordProperty("found_by_a_mode_of_20", static_cast<int>(by_mode));
  RecordProperty("median_delay_first_mode", static_cast<int>(quantile(mode_delays, 0.5)));
  RecordProperty("median_delay_overall", static_cast<int>(quantile(overall_delays, 0.5)));
  RecordProperty("began_before_in_200000", static_cast<int>(before));
  EXPECT_EQ(by_mode, 20U);
  EXPECT_LE(before, 5U);
}

}  // namespace
}  // namespace errata::memory

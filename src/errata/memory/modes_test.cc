#include "errata/memory/modes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <set>

#include "errata/base/rng.h"
#include "errata/memory/test_bytes.h"

namespace errata::memory {
namespace {

using Point = std::array<float, 2>;
using test::bytes_of;

FailureModes make_modes(ModeOptions options) {
  if (options.width == 0) options.width = 2;
  auto made = FailureModes::make(options);
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return std::move(*made);
}

FailureModes reloaded(const FailureModes& modes) {
  const auto bytes = bytes_of(modes);
  ByteReader in(bytes);
  auto loaded = FailureModes::load(in);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_TRUE(in.finish("modes").has_value());
  return std::move(*loaded);
}

ModeUpdate fail_at(FailureModes& modes, Point z, std::int64_t now) {
  return modes.learn({.z = z, .confidence = 0.9, .failed = true, .time = now}, now);
}

/// Failures of three planted clusters and successes everywhere; `at` tells the cluster.
struct Planted {
  std::vector<Point> points;
  std::vector<std::size_t> cluster;
};
constexpr std::array<Point, 3> kPlanted{{{0, 0}, {4, 0}, {0, 4}}};
Planted planted(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  Planted drawn;
  for (std::size_t i = 0; i < count; ++i) {
    const auto cluster = static_cast<std::size_t>(rng.below(3));
    drawn.points.push_back({kPlanted[cluster][0] + 0.3F * static_cast<float>(rng.normal()),
                            kPlanted[cluster][1] + 0.3F * static_cast<float>(rng.normal())});
    drawn.cluster.push_back(cluster);
  }
  return drawn;
}

/// Every planted centre has a mode within 0.15, and each mode lies at a planted centre.
void expect_planted(const std::vector<Mode>& modes) {
  for (const auto& centre : kPlanted) {
    EXPECT_TRUE(std::ranges::any_of(modes, [&](const Mode& mode) {
      return std::hypot(mode.centre[0] - centre[0], mode.centre[1] - centre[1]) < 0.15F;
    }));
  }
}

TEST(FailureModes, RefusesOptionsByName) {
  const auto message = [](const ModeOptions& options) {
    const auto made = FailureModes::make(options);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(message({}), "failure modes: width 0 is not >= 1");
  EXPECT_EQ(message({.width = 1, .max_modes = 65}), "failure modes: max_modes 65 is not in 1 … 64");
  EXPECT_EQ(message({.width = 1, .half_life = std::nan("")}), "failure modes: half_life nan is not > 0");
  EXPECT_EQ(message({.width = 1, .birth_distance = 1, .merge_distance = 1}),
            "failure modes: merge_distance 1 is not in [0, birth_distance)");
}

TEST(FailureModes, WithoutModesNothingIsNear) {
  auto modes = make_modes({});
  const auto match = modes.match(Point{1, 2}, 0);
  EXPECT_EQ(match.mode, kNoMode);
  EXPECT_EQ(match.danger, 0);
  EXPECT_EQ(match.similarity, 0);
  EXPECT_DOUBLE_EQ(match.rate, 0.5);
  const auto update = modes.learn({.z = Point{1, 2}, .confidence = 0.99, .failed = false}, 0);
  EXPECT_EQ(update.mode, kNoMode);
  EXPECT_EQ(modes.size(), 0U);
}

TEST(FailureModes, OnlyConfidentFailuresFoundModes) {
  auto modes = make_modes({.confident = 0.7});
  EXPECT_EQ(modes.learn({.z = Point{0, 0}, .confidence = 0.69, .failed = true}, 0).mode, kNoMode);
  EXPECT_TRUE(modes.learn({.z = Point{0, 0}, .confidence = 0.7, .failed = true}, 1).born);
  EXPECT_TRUE(modes.learn({.z = Point{5, 0}, .confidence = std::nan(""), .failed = true}, 2).born);
  EXPECT_TRUE(std::isnan(modes.modes(2)[1].confidence));
}

// Fitted on two tight pairs of clusters the scale is known, and what match says follows by hand.
TEST(FailureModes, MatchByHand) {
  auto modes = make_modes({.fit_modes = 2, .half_life = 10});
  std::vector<float> failures;
  for (int i = 0; i < 5; ++i) {
    for (const float x : {-1.F, 1.F, 9.F, 11.F}) failures.insert(failures.end(), {x, 0});
  }
  modes.fit(MatrixView<const float>(failures, 20, 2), 0);
  ASSERT_EQ(modes.size(), 2U);
  EXPECT_DOUBLE_EQ(modes.scale(), 1);
  fail_at(modes, {0, 0}, 0);
  fail_at(modes, {0, 0}, 10);   // activity 1.5 at time 10
  fail_at(modes, {10, 0}, 20);  // and .75, 1 at time 20
  const auto match = modes.match(Point{1, 0}, 30);
  EXPECT_DOUBLE_EQ(match.distance, 1);
  EXPECT_DOUBLE_EQ(match.similarity, std::exp(-0.5));
  EXPECT_NEAR(match.danger, 0.375 * std::exp(-0.5), 1e-7);  // the other mode is 9 scales away
  const double overall = (1.75 + 2 * 3.5 / 4) / (1.75 + 2), weight = 0.375 * std::exp(-0.5);
  EXPECT_NEAR(match.rate, (weight + 2 * overall) / (weight + 2), 1e-7);
  EXPECT_EQ(modes.match(Point{3, 0}, 30).mode, kNoMode);
  EXPECT_NE(modes.match(Point{2.4F, 0}, 30).mode, kNoMode);
}

TEST(FailureModes, PlantedClustersAreFoundOnline) {
  const auto drawn = planted(600, 3);
  auto modes = make_modes({});
  for (std::size_t i = 0; i < drawn.points.size(); ++i) fail_at(modes, drawn.points[i], static_cast<std::int64_t>(i));
  EXPECT_EQ(modes.size(), 3U);
  expect_planted(modes.modes(600));
  std::array<std::set<std::uint32_t>, 3> ids;
  for (std::size_t i = 0; i < drawn.points.size(); ++i)
    ids[drawn.cluster[i]].insert(modes.match(drawn.points[i], 600).mode);
  for (const auto& of_cluster : ids) EXPECT_EQ(of_cluster.size(), 1U);
}

TEST(FailureModes, PlantedClustersAreFoundByFit) {
  const auto drawn = planted(300, 4);
  std::vector<float> failures;
  for (const auto& point : drawn.points) failures.insert(failures.end(), point.begin(), point.end());
  auto modes = make_modes({.fit_modes = 3});
  modes.fit(MatrixView<const float>(failures, 300, 2), 0);
  EXPECT_NEAR(modes.scale(), 0.3 * std::sqrt(2.0), 0.03);
  expect_planted(modes.modes(0));
  for (const auto& point : drawn.points) fail_at(modes, point, 1);
  expect_planted(modes.modes(1));
  for (const auto& mode : modes.modes(1)) {
    EXPECT_TRUE(mode.failures <= 3 || std::abs(mode.spread - modes.scale()) < 0.1) << mode.spread;  // or an outlier
  }
}

TEST(FailureModes, TooFewFailuresFitNothing) {
  auto modes = make_modes({});
  const std::vector<float> failures(18);
  modes.fit(MatrixView<const float>(failures, 9, 2), 0);
  EXPECT_EQ(modes.size(), 0U);
}

// Two modes, then failures that walk from the second to the first: they merge, the older id stays, nothing is lost.
TEST(FailureModes, MergeKeepsTheOlderIdAndAllCounts) {
  auto modes = make_modes({.centre_memory = 5});
  for (const Point z : {Point{0, 0}, Point{10, 0}, Point{0, 10}}) fail_at(modes, z, 0);
  ASSERT_EQ(modes.size(), 3U);
  bool merged = false;
  for (int step = 1; step <= 200 && !merged; ++step) {
    const auto update = fail_at(modes, {10 - 0.05F * static_cast<float>(step), 0}, step);
    if (update.retired == kNoMode) continue;
    merged = true;
    EXPECT_EQ(update.retired, 1U);
    EXPECT_EQ(update.merged_into, 0U);
    EXPECT_EQ(update.mode, 0U);
    const auto now = modes.modes(step);
    ASSERT_EQ(now.size(), 2U);
    EXPECT_EQ(now[0].id, 0U);
    EXPECT_EQ(now[1].id, 2U);
    EXPECT_EQ(now[0].failures, static_cast<std::uint64_t>(step) + 2);
    ASSERT_EQ(modes.retired().size(), 1U);
    EXPECT_EQ(modes.retired()[0].merged_into, 0U);
  }
  EXPECT_TRUE(merged);
  EXPECT_EQ(fail_at(modes, {10, 10}, 300).mode, 3U);
}

TEST(FailureModes, IdleModesFadeAndTheirIdsStayInHistory) {
  auto modes = make_modes({.half_life = 10, .fade_half_lives = 20, .max_retired = 1});
  for (const Point z : {Point{0, 0}, Point{10, 0}, Point{0, 10}}) fail_at(modes, z, 0);
  EXPECT_EQ(fail_at(modes, {0, 0}, 200).retired, kNoMode);
  EXPECT_EQ(fail_at(modes, {0, 0}, 201).retired, 1U);
  EXPECT_EQ(fail_at(modes, {0, 0}, 201).retired, 2U);
  EXPECT_EQ(modes.size(), 1U);
  ASSERT_EQ(modes.retired().size(), 1U);  // bounded
  EXPECT_EQ(modes.retired()[0].id, 2U);
  EXPECT_EQ(modes.retired()[0].merged_into, kNoMode);
  EXPECT_EQ(modes.retired()[0].retired, 201);
  EXPECT_EQ(fail_at(modes, {10, 0}, 202).mode, 3U);
}

TEST(FailureModes, DescribesWhatSetsAModeApart) {
  auto modes = make_modes({.numbers = 3});
  Rng rng(5);
  for (int i = 0; i < 2000; ++i) {
    const bool failed = i % 10 == 0;
    const std::array<double, 3> numbers{rng.normal(), rng.normal() + (failed ? 3 : 0),
                                        i % 20 == 0 ? std::nan("") : 7.0};
    const Point z{failed ? 1.F : 0.F, 0};
    modes.learn({.z = z, .numbers = numbers, .confidence = failed ? 0.9 : 0.6, .failed = failed}, i);
  }
  ASSERT_EQ(modes.size(), 1U);
  const auto differences = modes.describe(0, 2);
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].feature, 1U);
  EXPECT_NEAR(differences[0].difference, 2.7 / std::sqrt(1 + 9 * 0.09), 0.15);
  EXPECT_NEAR(differences[0].mean, 3, 0.2);
  EXPECT_NEAR(differences[0].overall_mean, 0.3, 0.1);
  EXPECT_NEAR(modes.modes(2000)[0].confidence, 0.9, 1e-12);
  EXPECT_EQ(modes.describe(0, 9).size(), 2U);  // a constant feature sets nothing apart
  EXPECT_TRUE(modes.describe(77, 9).empty());
}

TEST(FailureModes, KeepsTheLatestExamples) {
  auto modes = make_modes({.max_examples = 2});
  for (const std::uint64_t ticket : {4U, 8U, 15U, 16U}) {
    modes.learn({.z = Point{0, 0}, .confidence = 1, .failed = true, .ticket = ticket}, 0);
  }
  EXPECT_EQ(modes.modes(0)[0].examples, (std::vector<std::uint64_t>{15, 16}));
}

TEST(FailureModes, TimesOfCasesAndOfOutcomesAreTold) {
  auto modes = make_modes({});
  modes.learn({.z = Point{0, 0}, .confidence = 1, .failed = true, .time = 50}, 100);
  modes.learn({.z = Point{0, 0}, .confidence = 1, .failed = true, .time = 20}, 110);
  modes.learn({.z = Point{0, 0}, .confidence = 1, .failed = true, .time = 70}, 90);  // an earlier now is the last one
  const auto mode = modes.modes(110)[0];
  EXPECT_EQ(mode.born, 100);
  EXPECT_EQ(mode.first_seen, 20);
  EXPECT_EQ(mode.last_seen, 70);
  EXPECT_DOUBLE_EQ(mode.activity, 2 + std::exp2(-10.0 / 200));
}

/// One mode at the origin; every case is near it. The sums must be those of the definition.
RC_GTEST_PROP(FailureModes, DecayedCountsEqualTheirDefinition, ()) {
  const double half_life = *rc::gen::element(3.0, 50.0, 1e6);
  auto modes = make_modes({.half_life = half_life});
  struct Seen {
    std::int64_t known;
    bool failed, confident;
  };
  std::vector<Seen> all;
  std::int64_t now = *rc::gen::inRange<std::int64_t>(-1000, 1000);
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    now += *rc::gen::inRange<std::int64_t>(0, 20);
    const bool failed = i == 0 || *rc::gen::arbitrary<bool>(), confident = i == 0 || *rc::gen::arbitrary<bool>();
    modes.learn({.z = Point{0, 0}, .confidence = confident ? 0.9 : 0.3, .failed = failed}, now);
    all.push_back({.known = now, .failed = failed, .confident = confident});
  }
  const std::int64_t later = now + *rc::gen::inRange<std::int64_t>(0, 100);
  double activity = 0, failures = 0, cases = 0, squares = 0;
  for (const auto& seen : all) {
    const double weight = std::exp2(-static_cast<double>(later - seen.known) / half_life);
    cases += weight;
    squares += weight * weight;
    failures += seen.failed ? weight : 0;
    activity += seen.failed && seen.confident ? weight : 0;
  }
  const auto mode = modes.modes(later).at(0);
  RC_ASSERT(std::abs(mode.activity - activity) <= 1e-9 * activity);
  RC_ASSERT(std::abs(mode.recent_failures - failures) <= 1e-9 * failures);
  RC_ASSERT(std::abs(mode.recent_cases - cases) <= 1e-9 * cases);
  RC_ASSERT(std::abs(mode.effective_cases - cases * cases / squares) <= 1e-6);
  const auto match = modes.match(Point{0, 0}, later);
  RC_ASSERT(std::abs(match.danger - activity) <= 1e-9 * activity);
}

RC_GTEST_PROP(FailureModes, ASnapshotGoesOnBitForBit, ()) {
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  auto modes = make_modes({.numbers = 2, .max_modes = 5, .fit_modes = 2, .half_life = 20, .fade_half_lives = 3});
  const auto step = [&rng](std::int64_t now) {
    struct {
      Point z;
      std::array<double, 2> numbers;
      bool failed;
      std::int64_t now;
    } drawn{{}, {rng.normal(), rng.normal()}, rng.bernoulli(0.4), now};
    const auto centre = static_cast<float>(rng.below(9));
    drawn.z = {centre + 0.2F * static_cast<float>(rng.normal()), static_cast<float>(rng.normal())};
    return drawn;
  };
  for (std::int64_t now = 0; now < 300; ++now) {
    const auto drawn = step(now);
    modes.learn({.z = drawn.z, .numbers = drawn.numbers, .confidence = 0.8, .failed = drawn.failed}, now);
  }
  auto copy = reloaded(modes);
  RC_ASSERT(bytes_of(copy) == bytes_of(modes));
  for (std::int64_t now = 300; now < 500; ++now) {
    const auto drawn = step(now);
    const auto a = modes.match(drawn.z, now), b = copy.match(drawn.z, now);
    RC_ASSERT(a.danger == b.danger && a.rate == b.rate && a.mode == b.mode);
    const ResolvedCase seen{.z = drawn.z, .numbers = drawn.numbers, .confidence = 0.8, .failed = drawn.failed};
    RC_ASSERT(modes.learn(seen, now).mode == copy.learn(seen, now).mode);
  }
  RC_ASSERT(bytes_of(copy) == bytes_of(modes));
}

TEST(FailureModes, EveryTruncationIsRefused) {
  auto modes = make_modes({.numbers = 1, .max_modes = 3, .fit_modes = 3, .half_life = 5, .fade_half_lives = 1});
  for (std::int64_t i = 0; i < 12; ++i) {
    const std::array<double, 1> numbers{static_cast<double>(i)};
    modes.learn({.z = Point{static_cast<float>(i * i), 0}, .numbers = numbers, .confidence = 1, .failed = true}, i * 7);
  }
  const auto bytes = bytes_of(modes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(FailureModes::load(in).has_value()) << size;
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {  // whatever a byte is changed to, nothing breaks
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x41);
    ByteReader in(changed);
    const auto loaded = FailureModes::load(in);
    EXPECT_TRUE(!loaded || loaded->size() <= 64);
  }
}

TEST(FailureModes, ValuesThatNoMonitorComesToAreRefused) {
  auto modes = make_modes({.max_modes = 3, .fit_modes = 3});
  fail_at(modes, {1, 2}, 5);
  const auto bytes = bytes_of(modes);
  const auto with = [&](std::size_t at, auto value) {
    auto changed = bytes;
    std::memcpy(changed.data() + at, &value, sizeof value);
    ByteReader in(changed);
    return FailureModes::load(in).has_value();
  };
  // 13 options, the number of modes and the mode's id stand before.
  constexpr std::size_t kWeight = 116, kActivity = 148, kRecentFailures = 156, kNearFailures = 188, kNearCases = 196,
                        kCentre = 276, kNextId = 292, kScale2 = 305, kAllRecent = 329, kCases = 353;
  EXPECT_TRUE(with(kWeight, 1.0));
  EXPECT_TRUE(with(kNextId, std::uint32_t{1} << 31));
  EXPECT_FALSE(with(kNextId, std::numeric_limits<std::uint32_t>::max()));
  for (const double wrong : {std::nan(""), HUGE_VAL, -1.0}) {
    for (std::size_t at = kWeight; at < kWeight + 64; at += 8) EXPECT_FALSE(with(at, wrong)) << at << " " << wrong;
    for (std::size_t at = kAllRecent - 16; at < kAllRecent + 16; at += 8) EXPECT_FALSE(with(at, wrong)) << at;
    EXPECT_EQ(with(kScale2, wrong), wrong == -1);
  }
  EXPECT_TRUE(with(kActivity, 3.0));
  EXPECT_FALSE(with(kRecentFailures, 3.0)) << "of one recent case";
  EXPECT_FALSE(with(kNearFailures, std::uint64_t{2})) << "of one case";
  EXPECT_FALSE(with(kNearCases, std::uint64_t{2})) << "of one case in all";
  EXPECT_FALSE(with(kCases, ~std::uint64_t{0}));
  EXPECT_FALSE(with(kCentre, std::numeric_limits<float>::infinity()));
}

/// Runs a stream and checks what must always hold: bounded, ids ascending and never used twice, all numbers finite.
void run_hostile(const ModeOptions& options, const std::function<Point(int)>& point,
                 const std::function<bool(int)>& failed) {
  auto modes = make_modes(options);
  std::set<std::uint32_t> known;
  for (int i = 0; i < 3000; ++i) {
    const auto z = point(i);
    const auto update = modes.learn({.z = z, .confidence = 0.9, .failed = failed(i)}, i);
    if (update.born) {
      EXPECT_TRUE(known.insert(update.mode).second) << "an id used twice";
    }
    ASSERT_LE(modes.size(), options.max_modes);
    ASSERT_LE(modes.retired().size(), options.max_retired);
    const auto match = modes.match(z, i);
    ASSERT_TRUE(std::isfinite(match.danger) && match.rate >= 0 && match.rate <= 1);
  }
  std::uint32_t after = 0;
  for (const auto& mode : modes.modes(3000)) {
    EXPECT_GE(mode.id, after);
    after = mode.id + 1;
    EXPECT_TRUE(std::isfinite(mode.centre[0]) && std::isfinite(mode.centre[1]) && std::isfinite(mode.spread));
    EXPECT_LE(mode.near.failures, mode.near.trials);
  }
}

TEST(FailureModes, HostileStreamsStayBounded) {
  const auto always = [](int) { return true; };
  const auto never = [](int) { return false; };
  const auto mixed = [](int i) { return i % 3 == 0; };
  Rng rng(9);
  const auto wide = [&rng](int) { return Point{static_cast<float>(rng.normal()), static_cast<float>(rng.normal())}; };
  const auto same = [](int) { return Point{1, 1}; };
  const auto huge = [](int i) {
    const float size = std::pow(10.F, static_cast<float>(i % 76) / 2.F);
    return Point{i % 2 == 0 ? size : -size, i % 3 == 0 ? size : 0};
  };
  const auto running_away = [](int i) { return Point{std::exp2(static_cast<float>(i % 120)), 0}; };
  for (const std::size_t most : {1UZ, 2UZ, 16UZ, 64UZ}) {
    const ModeOptions options{
        .max_modes = most, .fit_modes = 1, .half_life = 30, .fade_half_lives = 10, .max_retired = 5};
    for (const auto& failed : std::vector<std::function<bool(int)>>{always, never, mixed}) {
      run_hostile(options, wide, failed);
      run_hostile(options, same, failed);
      run_hostile(options, huge, failed);
      run_hostile(options, running_away, failed);
    }
  }
}

TEST(FailureModes, IdenticalPointsAreOneMode) {
  auto modes = make_modes({});
  for (int i = 0; i < 100; ++i) fail_at(modes, {3, 4}, i);
  EXPECT_EQ(modes.size(), 1U);
  EXPECT_EQ(modes.modes(100)[0].failures, 100U);
  EXPECT_EQ(modes.modes(100)[0].spread, 0);
  EXPECT_EQ(modes.match(Point{3, 4}, 100).similarity, 1);
  EXPECT_EQ(modes.match(Point{3, 5}, 100).similarity, 0);
}

}  // namespace
}  // namespace errata::memory

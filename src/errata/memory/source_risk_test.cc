#include "errata/memory/source_risk.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <deque>
#include <limits>

#include "errata/base/limits.h"
#include "errata/base/rng.h"

namespace errata::memory {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;

struct WarmUp {
  std::size_t width = 1;
  std::vector<double> x, p;
  std::vector<std::uint8_t> failed;
  void add(std::initializer_list<double> features, double score, bool wrong) {
    x.insert(x.end(), features);
    p.push_back(score);
    failed.push_back(wrong);
  }
  [[nodiscard]] Result<SourceRisk> fit(const SourceOptions& options) const {
    return SourceRisk::fit({x, p.size(), width}, p, failed, options);
  }
};

/// One feature with mean 0; failures of confidence .8 at −3 and at 3 (twice), a doubtful one and a success elsewhere.
WarmUp two_modes() {
  WarmUp warm;
  warm.add({-3}, 0.1, true);
  warm.add({3}, 0.9, true);
  warm.add({3}, 0.9, true);
  warm.add({-9}, 0.6, true);
  warm.add({6}, 0.99, false);
  return warm;
}

TEST(SourceRisk, HasTheModesOfTheConfidentFailures) {
  const auto source = two_modes().fit({.modes = 2});
  ASSERT_TRUE(source.has_value());
  EXPECT_THAT(source->centres(), Pointwise(DoubleNear(1e-6), {3.0, 0.8, 0.4, -3.0, 0.8, 0.4}));
  EXPECT_EQ(source->modes(), 2U);
}

TEST(SourceRisk, OfAFewCasesByHand) {
  auto source = *two_modes().fit({.modes = 2});
  const std::array at_mode{3.0};
  EXPECT_EQ(source.danger(at_mode, 0.9, 0), 0);  // failures of the warm-up are no hits
  source.learn(at_mode, 0.9, true, 0);
  source.learn(at_mode, 0.9, false, 0);                           // successes are passed over,
  source.learn(at_mode, 0.79, true, 0);                           // and failures of confidence .58
  source.learn(std::array{-1.0}, 0.05, true, 1);                  // nearer to −3
  EXPECT_NEAR(source.danger(at_mode, 0.9, 1), 0.05 * 0.1, 1e-7);  // the mode at −3 adds e^{−36}/10
  // One off the mode and at p = .5: squared distance 1 + .8² + .4² = 1.8.
  EXPECT_NEAR(source.danger(std::array{4.0}, 0.5, 500), 0.05 * (0.95 * 0.1 + 0.1 * std::exp(-1.8)), 1e-7);
  EXPECT_EQ(source.activity(0, 500), 0.1);  // 500 steps old counts, 501 does not
  EXPECT_EQ(source.activity(0, 501), 0);
}

TEST(SourceRisk, ActivityStopsAtTenHits) {
  auto source = *two_modes().fit({.modes = 2});
  for (std::int64_t step = 0; step < 25; ++step) source.learn(std::array{3.0}, 0.9, true, step);
  EXPECT_EQ(source.activity(0, 24), 1);
  EXPECT_EQ(source.activity(0, 520), 0.5);  // hits 20 … 24
  EXPECT_EQ(source.activity(1, 24), 0);
}

TEST(SourceRisk, WithoutConfidentFailuresThereIsNoDanger) {
  WarmUp warm;
  for (int i = 0; i < 5; ++i) warm.add({1.0 * i}, 0.6, true);
  auto source = *warm.fit({});
  EXPECT_EQ(source.modes(), 0U);
  source.learn(std::array{2.0}, 0.99, true, 0);
  EXPECT_EQ(source.danger(std::array{2.0}, 0.99, 1), 0);
}

TEST(SourceRisk, AMissingFeatureIsReadAsTheMean) {
  auto warm = two_modes();
  warm.add({kNaN}, 0.5, false);
  auto source = *warm.fit({.modes = 2});
  auto same = source;
  source.learn(std::array{3.0}, 0.9, true, 0);
  same.learn(std::array{3.0}, 0.9, true, 0);
  const double danger = source.danger(std::array{kNaN}, 0.5, 1);
  EXPECT_GT(danger, 0);
  EXPECT_EQ(danger, same.danger(std::array{0.0}, 0.5, 1));
}

TEST(SourceRisk, RefusesWhatIsOutsideItsRange) {
  const auto message = [](const WarmUp& warm, const SourceOptions& options) {
    return warm.fit(options).error().message;
  };
  EXPECT_THAT(message({}, {}), HasSubstr("at least one warm-up case"));
  EXPECT_THAT(message(two_modes(), {.modes = 0}), HasSubstr("modes 0"));
  EXPECT_THAT(message(two_modes(), {.least_confidence = kNaN}), HasSubstr("least_confidence nan is not in [0, 1]"));
  EXPECT_THAT(message(two_modes(), {.window_steps = -1}), HasSubstr("window_steps -1"));
  EXPECT_THAT(message(two_modes(), {.full_activity = 0}), HasSubstr("full_activity 0"));
  EXPECT_THAT(message(two_modes(), {.alpha = 0}), HasSubstr("alpha 0 is not in (0, 1]"));
  EXPECT_THAT(message(two_modes(), {.starts = 0}), HasSubstr("at least one start"));
  auto warm = two_modes();
  warm.p[3] = 1.5;
  EXPECT_THAT(message(warm, {}), HasSubstr("score 1.5 of warm-up case 3 is not in [0, 1]"));
  warm = two_modes();
  warm.x[1] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message(warm, {}), HasSubstr("warm-up case 1 has an infinite feature"));
}

/// The signal in the most literal way: every hit is kept, and all are counted each time.
struct SlowSource {
  std::span<const double> centres;
  PrincipalAxes axes;
  std::vector<std::vector<std::int64_t>> hits = std::vector<std::vector<std::int64_t>>(centres.size() / 4);
  double danger = 0;

  [[nodiscard]] std::vector<double> distances(std::span<const double> x, double p) const {
    std::vector<double> z(2), result;
    axes.project(x, z);
    z.insert(z.end(), {2 * std::abs(p - 0.5), std::abs(p - 0.5)});
    for (std::size_t k = 0; k < hits.size(); ++k) {
      result.push_back(0);
      for (std::size_t c = 0; c < 4; ++c) result.back() += (z[c] - centres[4 * k + c]) * (z[c] - centres[4 * k + c]);
    }
    return result;
  }
  double next(std::span<const double> x, double p, bool failed, std::int64_t step) {
    const auto d2 = distances(x, p);
    double instant = 0;
    for (std::size_t k = 0; k < hits.size(); ++k) {
      double count = 0;
      for (const auto hit : hits[k]) count += step - hit <= 500;
      instant += std::exp(-d2[k]) * std::min(count / 10, 1.0);
    }
    danger = 0.95 * danger + 0.05 * instant;
    if (failed && 2 * std::abs(p - 0.5) >= 0.6)
      hits[static_cast<std::size_t>(std::ranges::min_element(d2) - d2.begin())].push_back(step);
    return danger;
  }
};

struct RandomCase {
  std::array<double, 3> x;
  double p;
  bool failed;
};
RandomCase random_case(Rng& rng) {
  return {{rng.normal(), 2 * rng.normal(), 0.5 * rng.normal()}, rng.uniform(), rng.bernoulli(0.4)};
}

SourceRisk fitted(Rng& rng, WarmUp& warm) {
  warm.width = 3;
  for (int i = 0; i < 200; ++i) {
    const auto one = random_case(rng);
    warm.add({one.x[0], one.x[1], one.x[2]}, one.p, one.failed);
  }
  return *warm.fit({});
}

RC_GTEST_PROP(SourceRisk, IsTheLiteralOne, (std::uint64_t seed)) {
  Rng rng(seed);
  WarmUp warm;
  auto source = fitted(rng, warm);
  SlowSource slow{.centres = source.centres(), .axes = *principal_axes({warm.x, 200, 3}, 2)};
  std::int64_t step = 0;
  for (int i = 0; i < 300; ++i) {
    step += static_cast<std::int64_t>(rng.below(40));
    const auto one = random_case(rng);
    const double danger = source.danger(one.x, one.p, step);
    source.learn(one.x, one.p, one.failed, step);
    RC_ASSERT(std::abs(danger - slow.next(one.x, one.p, one.failed, step)) < 1e-12);
  }
}

RC_GTEST_PROP(SourceRisk, GoesOnBitForBitAfterASnapshot, (std::uint64_t seed)) {
  Rng rng(seed);
  WarmUp warm;
  auto source = fitted(rng, warm);
  for (std::int64_t step = 0; step < 50; ++step) {
    const auto one = random_case(rng);
    source.danger(one.x, one.p, step);
    source.learn(one.x, one.p, one.failed, step);
  }
  ByteWriter out;
  source.save(out);
  ByteReader in(out.bytes());
  auto restored = SourceRisk::load(in);
  RC_ASSERT(restored.has_value() && in.finish("x").has_value());
  for (std::int64_t step = 50; step < 80; ++step) {
    const auto one = random_case(rng);
    RC_ASSERT(source.danger(one.x, one.p, step) == restored->danger(one.x, one.p, step));
    source.learn(one.x, one.p, one.failed, step);
    restored->learn(one.x, one.p, one.failed, step);
  }
  const auto cut = *rc::gen::inRange<std::size_t>(0, out.bytes().size());
  ByteReader part(std::string_view(out.bytes()).substr(0, cut));
  const auto truncated = SourceRisk::load(part);
  RC_ASSERT(!truncated.has_value() || !part.finish("x").has_value());
}

TEST(SourceRisk, RefusesASnapshotThatDoesNotFitTogether) {
  const auto source = *two_modes().fit({.modes = 2});
  ByteWriter out;
  source.save(out);
  auto bytes = out.bytes();
  bytes[0] = 0;  // no axes allowed, one saved
  ByteReader in(bytes);
  EXPECT_THAT(SourceRisk::load(in).error().message, HasSubstr("sizes that do not fit together"));
}

}  // namespace
}  // namespace errata::memory

#include "errata/memory/local_rates.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>

#include "errata/base/rng.h"
#include "errata/memory/case.h"
#include "errata/memory/test_bytes.h"

namespace errata::memory {
namespace {

using test::bytes_of;
using test::loaded;

struct Known {
  std::vector<float> z;
  std::uint32_t predicted = 0, label = 0;
  bool failed = false;
  std::size_t slot = 0;
};

/// The definition, in double. Ties among neighbours go by the slot: the number of the case modulo the window.
struct SlowRates {
  LocalRateOptions options;
  std::deque<Known> seen{};  // oldest first
  std::size_t cases = 0;

  void learn(const std::vector<float>& z, std::uint32_t predicted, bool failed, std::uint32_t label) {
    if (seen.size() == options.window) seen.pop_front();
    seen.push_back(
        {.z = z, .predicted = predicted, .label = label, .failed = failed, .slot = cases++ % options.window});
  }

  [[nodiscard]] LocalRates rates(const std::vector<float>& z, std::uint32_t predicted, double prior) const {
    std::vector<std::pair<double, const Known*>> near;
    for (const Known& one : seen) {
      double distance = 0;
      for (std::size_t d = 0; d < z.size(); ++d)
        distance += (static_cast<double>(one.z[d]) - static_cast<double>(z[d])) *
                    (static_cast<double>(one.z[d]) - static_cast<double>(z[d]));
      near.emplace_back(distance + (one.predicted == predicted ? 0 : options.class_distance), &one);
    }
    LocalRates rates;
    for (std::size_t k = 0; k < kKernelMemories.size(); ++k) {
      double failures = prior, weights = 1;
      for (std::size_t i = 0; i < near.size(); ++i) {
        const double age = static_cast<double>(near.size() - 1 - i);
        const double weight = std::exp(-near[i].first / options.squared_bandwidth - age / kKernelMemories[k]);
        weights += weight;
        failures += near[i].second->failed ? weight : 0;
      }
      rates.kernel[k] = failures / weights;
    }
    std::ranges::sort(near, [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : a.second->slot < b.second->slot;
    });
    near.resize(std::min(near.size(), options.neighbours));
    double failures = 0, agreeing = 0;
    for (const auto& [distance, one] : near) {
      failures += one->failed ? 1 : 0;
      agreeing += one->label == predicted ? 1 : 0;
    }
    const auto found = static_cast<double>(near.size());
    rates.nearest = (failures + 2 * prior) / (found + 2);
    rates.agreement = (agreeing + 1) / (found + 2);
    return rates;
  }
};

void expect_near(const LocalRates& a, const LocalRates& b) {
  EXPECT_DOUBLE_EQ(a.nearest, b.nearest);
  EXPECT_DOUBLE_EQ(a.agreement, b.agreement);
  for (std::size_t k = 0; k < a.kernel.size(); ++k) EXPECT_NEAR(a.kernel[k], b.kernel[k], 1e-5) << k;
}

/// Points on a coarse grid, so that distances are exact in float and ties are frequent.
std::vector<float> grid_point(Rng& rng, std::size_t width) {
  std::vector<float> z(width);
  for (float& value : z) value = static_cast<float>(rng.below(5)) / 2;
  return z;
}

struct Both {
  LocalRateWindow fast;
  SlowRates slow;
  explicit Both(const LocalRateOptions& options) : fast(options), slow{.options = options} {}
  void learn(Rng& rng) {
    const auto z = grid_point(rng, slow.options.width);
    const auto predicted = static_cast<std::uint32_t>(rng.below(3));
    const bool failed = rng.bernoulli(z[0] > 1 ? 0.7 : 0.1);
    const auto label = rng.bernoulli(0.1) ? kNoClass : static_cast<std::uint32_t>(rng.below(3));
    fast.learn(z, predicted, failed, label);
    slow.learn(z, predicted, failed, label);
  }
  void compare(Rng& rng) {
    const auto z = grid_point(rng, slow.options.width);
    const auto predicted = static_cast<std::uint32_t>(rng.below(3));
    expect_near(fast.rates(z, predicted, 0.2), slow.rates(z, predicted, 0.2));
  }
};

TEST(LocalRateWindow, ByHand) {
  LocalRateWindow window({.width = 1, .window = 3, .neighbours = 2, .class_distance = 4, .squared_bandwidth = 2});
  const auto empty = window.rates(std::vector<float>{0}, 0, 0.3);
  EXPECT_DOUBLE_EQ(empty.nearest, 0.3);
  EXPECT_DOUBLE_EQ(empty.agreement, 0.5);
  EXPECT_THAT(empty.kernel, testing::Each(testing::DoubleEq(0.3)));
  window.learn(std::vector<float>{1}, 0, true, 0);   // distance 1
  window.learn(std::vector<float>{1}, 1, false, 1);  // distance 1 + 4: another class
  window.learn(std::vector<float>{2}, 0, false, 1);  // distance 4
  const auto rates = window.rates(std::vector<float>{0}, 0, 0.3);
  EXPECT_DOUBLE_EQ(rates.nearest, (1 + 2 * 0.3) / 4);  // the first and the last
  EXPECT_DOUBLE_EQ(rates.agreement, (1 + 1) / 4.0);
  const double first = std::exp(-1 / 2.0 - 2 / 30.0), second = std::exp(-5 / 2.0 - 1 / 30.0),
               third = std::exp(-4 / 2.0);
  EXPECT_NEAR(rates.kernel[0], (first + 0.3) / (first + second + third + 1), 1e-5);
}

TEST(LocalRateWindow, EqualsTheSlowVersionAtEveryFill) {
  for (const std::size_t window : {1U, 7U, 8U, 9U, 64U}) {
    SCOPED_TRACE(window);
    Rng rng(window);
    Both both({.width = 3, .window = window, .neighbours = 5, .squared_bandwidth = 0.8});
    for (std::size_t i = 0; i < 3 * window + 5; ++i) {
      both.compare(rng);
      both.learn(rng);
    }
  }
}

TEST(LocalRateWindow, EqualsTheSlowVersionAtTheUsualSize) {
  Rng rng(8);
  Both both({.width = 4});
  for (std::size_t i = 0; i < 7001; ++i) {
    both.learn(rng);
    if (i == 10 || i == 2998 || i == 2999 || i == 3000 || i == 5999 || i % 1000 == 0) both.compare(rng);
  }
  EXPECT_EQ(both.fast.size(), 3000U);
}

RC_GTEST_PROP(LocalRateWindow, EqualsTheSlowVersion, ()) {
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  Both both({.width = *rc::gen::inRange<std::size_t>(1, 18),
             .window = *rc::gen::inRange<std::size_t>(1, 90),
             .neighbours = *rc::gen::inRange<std::size_t>(1, 40),
             .class_distance = *rc::gen::element(0.0, 0.25, 4.0),
             .squared_bandwidth = *rc::gen::element(0.01, 1.0, 30.0)});
  const auto cases = *rc::gen::inRange(0, 200);
  for (int i = 0; i < cases; ++i) both.learn(rng);
  both.compare(rng);
  both.compare(rng);
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(LocalRateWindow, FarPlacesAreGivenThePrior) {
  LocalRateWindow window({.width = 2, .window = 20, .neighbours = 3});
  for (int i = 0; i < 20; ++i) window.learn(std::vector<float>{0, 0}, 0, true, 0);
  const auto far = window.rates(std::vector<float>{1e18F, -1e18F}, 0, 0.125);  // squares of 1e36
  for (const double rate : far.kernel) EXPECT_NEAR(rate, 0.125, 1e-12);
  const auto beyond = window.rates(std::vector<float>{3e38F, 3e38F}, 0, 0.125);  // squares are infinite
  for (const double rate : beyond.kernel) EXPECT_NEAR(rate, 0.125, 1e-12);
  EXPECT_DOUBLE_EQ(beyond.nearest, (3 + 0.25) / 5);
}

RC_GTEST_PROP(LocalRateWindow, ASnapshotGoesOnBitForBit, ()) {
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  const auto capacity = *rc::gen::inRange<std::size_t>(1, 40);
  const auto before = *rc::gen::inRange(0, 100);
  Both both({.width = 2, .window = capacity, .neighbours = 4});
  for (int i = 0; i < before; ++i) both.learn(rng);
  auto copy = loaded<LocalRateWindow>(bytes_of(both.fast));
  RC_ASSERT(copy.has_value());
  for (int i = 0; i < 60; ++i) {
    const auto z = grid_point(rng, 2);
    const auto a = both.fast.rates(z, 1, 0.1), b = copy->rates(z, 1, 0.1);
    RC_ASSERT(a.nearest == b.nearest && a.agreement == b.agreement && a.kernel == b.kernel);
    both.fast.learn(z, 1, i % 3 == 0, 1);
    copy->learn(z, 1, i % 3 == 0, 1);
  }
  RC_ASSERT(bytes_of(both.fast) == bytes_of(*copy));
}

TEST(LocalRateWindow, DamageIsRefused) {
  Rng rng(4);
  Both both({.width = 2, .window = 5, .neighbours = 4});
  for (int i = 0; i < 3; ++i) both.learn(rng);
  const std::string bytes = bytes_of(both.fast);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(loaded<LocalRateWindow>(bytes.substr(0, size)).has_value());
  const auto with = [&](std::size_t at, auto value) {
    std::string changed = bytes;
    std::memcpy(changed.data() + at, &value, sizeof value);
    return loaded<LocalRateWindow>(changed);
  };
  EXPECT_FALSE(with(0, std::uint64_t{0}).has_value());                                        // neighbours
  EXPECT_FALSE(with(8, -1.0).has_value());                                                    // distance of classes
  EXPECT_FALSE(with(8, std::nan("")).has_value());                                            //
  EXPECT_FALSE(with(16, 0.0).has_value());                                                    // bandwidth
  EXPECT_FALSE(with(16, std::numeric_limits<double>::infinity()).has_value());                //
  EXPECT_FALSE(with(24, std::uint64_t{4}).has_value());                                       // next slot
  EXPECT_FALSE(with(72, std::numeric_limits<float>::quiet_NaN()).has_value());                // the first point
  EXPECT_FALSE(with(bytes.size() - 4, std::numeric_limits<float>::quiet_NaN()).has_value());  // a failure
  EXPECT_FALSE(with(bytes.size() - 4, 0.5F).has_value());
  EXPECT_TRUE(with(bytes.size() - 4, 1.0F).has_value());
}

}  // namespace
}  // namespace errata::memory

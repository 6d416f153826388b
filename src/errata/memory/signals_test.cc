#include "errata/memory/signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "errata/base/rng.h"
#include "errata/memory/test_bytes.h"
#include "errata/stats/logistic.h"

namespace errata::memory {
namespace {

using test::bytes_of;
using test::loaded;
using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;

constexpr double kUsualRate = 0.2;

struct Warm {
  std::vector<float> z{};
  std::vector<std::uint32_t> predicted{};
};

Warm warm_cases(std::size_t rows, const SignalOptions& options) {
  Rng rng(77);
  Warm warm;
  for (std::size_t i = 0; i < rows * options.width; ++i) warm.z.push_back(static_cast<float>(rng.normal()));
  for (std::size_t i = 0; i < rows; ++i)
    warm.predicted.push_back(options.classes == 0 ? kNoClass : static_cast<std::uint32_t>(rng.below(options.classes)));
  return warm;
}

Signals fitted(const SignalOptions& options, std::size_t rows = 400) {
  const Warm warm = warm_cases(rows, options);
  auto signals =
      Signals::fit(options, MatrixView<const float>(warm.z, rows, options.width), warm.predicted, kUsualRate);
  EXPECT_TRUE(signals.has_value());
  return std::move(*signals);
}

/// What fit chose, as it stands in a snapshot.
struct Chosen {
  LocalRateOptions rates{};
  std::vector<float> centres{}, frequencies{}, phases{};
};

Chosen chosen_by(const Signals& signals) {
  const std::string bytes = bytes_of(signals);
  ByteReader in(bytes);
  for (int i = 0; i < 7; ++i) in.read<std::uint64_t>();
  Chosen chosen;
  chosen.rates = LocalRateWindow::load(in)->options();
  in.read_into(chosen.centres);
  in.read_into(chosen.frequencies);
  in.read_into(chosen.phases);
  return chosen;
}

struct Resolved {
  std::vector<float> z;
  std::uint32_t predicted, label;
  bool failed;
};

std::size_t nearest_centre(const Chosen& chosen, const std::vector<float>& z) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t cell = 0; cell < chosen.centres.size() / z.size(); ++cell) {
    double sum = 0;
    for (std::size_t d = 0; d < z.size(); ++d)
      sum += std::pow(static_cast<double>(z[d]) - static_cast<double>(chosen.centres[cell * z.size() + d]), 2);
    if (sum < least) {
      least = sum;
      best = cell;
    }
  }
  return best;
}

/// Every group by its definition, from the whole past.
std::vector<double> slow_signals(const SignalOptions& options, const Chosen& chosen, const RiskCase& seen,
                                 const std::vector<Resolved>& past) {
  const double usual = stats::held_logit(kUsualRate, 0.01);
  const auto relative = [&](double rate, double floor) {
    return std::clamp(stats::held_logit(rate, floor) - usual, -6.0, 6.0);
  };
  std::vector<double> all{1};
  all.push_back(std::isnan(seen.confidence) ? 0 : relative(1 - seen.confidence, 1e-4));
  all.push_back(std::isnan(seen.auditor_risk) ? 0 : relative(seen.auditor_risk, 1e-4));
  std::vector<double> errors;
  for (const double alpha : {0.1, 0.03, 0.01, 0.002}) {
    double average = kUsualRate;
    for (const Resolved& one : past) average = (1 - alpha) * average + (one.failed ? alpha : 0);
    errors.push_back(average);
    all.push_back(relative(average, 0.005));
  }
  LocalRateWindow window(chosen.rates);
  for (const Resolved& one : past) window.learn(one.z, one.predicted, one.failed, one.label);
  const LocalRates rates = window.rates(seen.z, seen.predicted, errors[2]);
  all.push_back(relative(rates.nearest, 0.005));
  for (const double rate : rates.kernel) all.push_back(relative(rate, 0.005));
  const std::vector<float> z(seen.z.begin(), seen.z.end());
  for (const double memory : {100.0, 1000.0}) {
    double failures = 2 * errors[2], cases = 2;
    for (std::size_t i = 0; i < past.size(); ++i) {
      if (nearest_centre(chosen, past[i].z) != nearest_centre(chosen, z)) continue;
      if (options.classes > 0 && past[i].predicted % 2 != seen.predicted % 2) continue;
      const double weight = std::pow(1 - 1 / memory, static_cast<double>(past.size() - 1 - i));
      cases += weight;
      failures += past[i].failed ? weight : 0;
    }
    all.push_back(relative(failures / cases, 0.005));
  }
  all.push_back(std::log(1 + seen.mode_danger) - 0.5);
  all.push_back(relative(seen.mode_rate, 0.005));
  for (const double rate : {errors[0], errors[2], rates.kernel[1]}) all.push_back(all[1] * relative(rate, 0.005) / 3);
  const bool labelled = options.classes > 0 && seen.predicted != kNoClass;
  all.push_back(labelled ? -std::log(rates.agreement / (1 - rates.agreement)) : 0);
  for (const double alpha : {0.9, 0.3, 0.1, 0.02, 0.004}) {
    double average = 1.0 / static_cast<double>(std::max<std::size_t>(1, options.classes));
    for (const Resolved& one : past)
      if (one.label != kNoClass) average = (1 - alpha) * average + (one.label == seen.predicted ? alpha : 0);
    all.push_back(labelled ? -0.5 * stats::held_logit(average, 0.01) : 0);
  }
  for (const float value : seen.x) all.push_back(static_cast<double>(value));  // at most 16 columns of x
  if (options.classes == 2) {
    const double sign = seen.predicted == 1 ? 1 : -1;
    for (const float value : seen.x) all.push_back(sign * static_cast<double>(value));
    all.push_back(sign);
  }
  for (std::size_t i = 0; i < kFourierFeatures; ++i) {
    double angle = static_cast<double>(chosen.phases[i]);
    for (std::size_t d = 0; d < z.size(); ++d)
      angle += static_cast<double>(chosen.frequencies[d * kFourierFeatures + i]) * static_cast<double>(z[d]);
    all.push_back(2 * std::sqrt(2.0 / kFourierFeatures) * std::cos(angle));
  }
  return all;
}

TEST(Signals, GroupsFollowEachOtherWithoutGapOrOverlap) {
  for (const std::size_t classes : {0U, 2U, 5U})
    for (const std::size_t features : {0U, 5U, 20U, 100U}) {
      const SignalLayout layout = fitted({.features = features, .width = 3, .classes = classes, .window = 50}).layout();
      const std::array<std::pair<std::size_t, std::size_t>, 14> groups{{{layout.bias, 1},
                                                                        {layout.confidence, 1},
                                                                        {layout.auditor, 1},
                                                                        {layout.errors, kErrorRates.size()},
                                                                        {layout.nearest, 1},
                                                                        {layout.kernel, kKernelMemories.size()},
                                                                        {layout.cells, kCellMemories.size()},
                                                                        {layout.modes, 2},
                                                                        {layout.products, 3},
                                                                        {layout.agreement, 1},
                                                                        {layout.labels, kLabelRates.size()},
                                                                        {layout.linear, layout.linear_size},
                                                                        {layout.fourier, kFourierFeatures},
                                                                        {layout.size, 0}}};
      std::size_t end = 0;
      for (const auto& [begin, size] : groups) {
        EXPECT_EQ(begin, end);
        end = begin + size;
      }
    }
}

TEST(Signals, EveryGroupEqualsItsDefinition) {
  for (const std::size_t classes : {0U, 2U, 5U}) {
    SCOPED_TRACE(classes);
    const SignalOptions options{.features = 4, .width = 3, .classes = classes, .window = 60, .seed = 3};
    Signals signals = fitted(options);
    const Chosen chosen = chosen_by(signals);
    EXPECT_NEAR(signals.usual_log_odds(), std::log(0.25), 1e-12);
    Rng rng(classes);
    std::vector<Resolved> past;
    std::vector<float> x(4), z(3), got(signals.layout().size);
    for (int step = 0; step < 150; ++step) {
      for (float& value : x) value = static_cast<float>(rng.normal());
      for (float& value : z) value = static_cast<float>(rng.normal());
      const auto draw_class = [&] { return classes == 0 ? kNoClass : static_cast<std::uint32_t>(rng.below(classes)); };
      const RiskCase seen{.x = x,
                          .z = z,
                          .predicted = draw_class(),
                          .confidence = rng.bernoulli(0.1) ? kUnknown : rng.uniform(),
                          .auditor_risk = rng.bernoulli(0.5) ? kUnknown : rng.uniform(),
                          .mode_danger = 5 * rng.uniform(),
                          .mode_rate = rng.uniform()};
      signals.compute(seen, got);
      const std::vector<double> expected = slow_signals(options, chosen, seen, past);
      ASSERT_EQ(got.size(), expected.size());
      for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(static_cast<double>(got[i]), expected[i], 2e-5) << "signal " << i << " at " << step;
      past.push_back({.z = z,
                      .predicted = seen.predicted,
                      .label = rng.bernoulli(0.1) ? kNoClass : draw_class(),
                      .failed = rng.bernoulli(z[0] > 0 ? 0.6 : 0.05)});
      signals.learn(z, past.back().predicted, past.back().failed, past.back().label);
    }
  }
}

TEST(Signals, BandwidthIsTheMedianDistanceToThe30thNeighbour) {
  const SignalOptions options{.features = 2, .width = 2, .classes = 2, .window = 50};
  const Warm warm = warm_cases(150, options);
  std::vector<double> found;
  for (std::size_t i = 0; i < 150; ++i) {
    std::vector<double> distances;
    for (std::size_t j = 0; j < 150; ++j) {
      double sum = warm.predicted[i] == warm.predicted[j] ? 0 : 4;
      for (std::size_t d = 0; d < 2; ++d)
        sum += std::pow(static_cast<double>(warm.z[2 * i + d]) - static_cast<double>(warm.z[2 * j + d]), 2);
      distances.push_back(sum);
    }
    std::ranges::sort(distances);
    found.push_back(distances[30]);  // the case itself stands at 0
  }
  std::ranges::sort(found);
  EXPECT_NEAR(chosen_by(fitted(options, 150)).rates.squared_bandwidth, found[75], 1e-5);
}

TEST(Signals, AWarmUpOfOneCaseAndEqualCasesWillDo) {
  for (const std::size_t rows : {1U, 2U, 40U}) {
    const std::vector<float> z(rows * 2);
    const std::vector<std::uint32_t> predicted(rows, 1);
    auto signals = Signals::fit({.features = 1, .width = 2, .classes = 2, .window = 5},
                                MatrixView<const float>(z, rows, 2), predicted, 0.5);
    ASSERT_TRUE(signals.has_value());
    std::vector<float> got(signals->layout().size);
    const std::vector<float> x{1};
    signals->compute({.x = x, .z = std::span(z).first(2)}, got);
    EXPECT_THAT(got, Each(testing::Truly([](float value) { return std::isfinite(value); })));
  }
}

/// The linear part for a predicted class of 1: x counts 1, 2, … and z −1, −2, ….
std::vector<float> linear_part(std::size_t features, std::size_t classes, std::uint32_t predicted) {
  Signals signals = fitted({.features = features, .width = 3, .classes = classes, .window = 10});
  std::vector<float> x(features), z{-1, -2, -3}, got(signals.layout().size);
  for (std::size_t i = 0; i < features; ++i) x[i] = static_cast<float>(i + 1);
  signals.compute({.x = x, .z = z, .predicted = predicted}, got);
  const auto begin = got.begin() + static_cast<std::ptrdiff_t>(signals.layout().linear);
  return {begin, begin + static_cast<std::ptrdiff_t>(signals.layout().linear_size)};
}

TEST(Signals, LinearTermsAreFewEnough) {
  EXPECT_THAT(linear_part(2, 2, 1), ElementsAre(1, 2, 1, 2, 1));
  EXPECT_THAT(linear_part(2, 2, 0), ElementsAre(1, 2, -1, -2, -1));
  EXPECT_THAT(linear_part(2, 5, 1), ElementsAre(1, 2));
  EXPECT_THAT(linear_part(2, 0, kNoClass), ElementsAre(1, 2));
  EXPECT_THAT(linear_part(0, 2, 1), ElementsAre(1));
  EXPECT_EQ(linear_part(5, 2, 1).size(), 11U);   // x, ±x, ±1
  EXPECT_EQ(linear_part(20, 2, 1).size(), 21U);  // ±x, ±1
  EXPECT_EQ(linear_part(20, 2, 0).front(), -1);  //
  EXPECT_EQ(linear_part(20, 5, 1).size(), 20U);  // x
  EXPECT_EQ(linear_part(64, 0, 1).size(), 64U);  //
  EXPECT_EQ(linear_part(100, 0, 1).size(), 3U);  // z
  EXPECT_THAT(linear_part(100, 5, 1), ElementsAre(-1, -2, -3));
  EXPECT_THAT(linear_part(100, 2, 0), ElementsAre(-1, -2, -3, 1, 2, 3, -1));
}

TEST(Signals, WhatIsUnknownSaysNothing) {
  Signals signals = fitted({.features = 1, .width = 3, .classes = 5, .window = 20});
  const SignalLayout layout = signals.layout();
  const std::vector<float> x{1}, z{0, 0, 0};
  signals.learn(z, 2, true, kNoClass);
  std::vector<float> got(layout.size), other(layout.size);
  signals.compute({.x = x, .z = z}, got);
  EXPECT_EQ(got[layout.confidence], 0);
  EXPECT_EQ(got[layout.auditor], 0);
  for (std::size_t i = layout.products; i < layout.linear; ++i) EXPECT_EQ(got[i], 0) << i;
  // An outcome without a label moves no label average.
  signals.compute({.x = x, .z = z, .predicted = 3}, got);
  for (std::size_t i = 0; i < kLabelRates.size(); ++i)
    EXPECT_THAT(got[layout.labels + i], FloatEq(static_cast<float>(-0.5 * std::log(0.25))));
}

TEST(Signals, MoreThan64ClassesShareTheirAverages) {
  Signals signals = fitted({.features = 1, .width = 3, .classes = 1000, .window = 20});
  const std::vector<float> x{1}, z{0, 0, 0};
  std::vector<float> got(signals.layout().size), other(got);
  for (int i = 0; i < 5; ++i) signals.learn(z, 999, false, 999);
  signals.compute({.x = x, .z = z, .predicted = 999}, got);
  signals.compute({.x = x, .z = z, .predicted = 999 - 64}, other);
  EXPECT_EQ(got[signals.layout().labels], other[signals.layout().labels]);
  EXPECT_LT(got[signals.layout().labels], 0);
}

TEST(Signals, ASnapshotGoesOnBitForBit) {
  for (const std::size_t classes : {0U, 2U, 70U}) {
    Signals signals = fitted({.features = 20, .width = 4, .classes = classes, .window = 30});
    Rng rng(5);
    std::vector<float> x(20), z(4), a(signals.layout().size), b(a);
    const auto step = [&](Signals& one, Rng from, std::vector<float>& got) {
      for (float& value : x) value = static_cast<float>(from.normal());
      for (float& value : z) value = static_cast<float>(from.normal());
      const auto predicted = classes == 0 ? kNoClass : static_cast<std::uint32_t>(from.below(classes));
      one.compute({.x = x, .z = z, .predicted = predicted, .confidence = from.uniform()}, got);
      one.learn(z, predicted, from.bernoulli(0.3), predicted);
    };
    for (std::uint64_t i = 0; i < 50; ++i) step(signals, rng.fork(i), a);
    auto copy = loaded<Signals>(bytes_of(signals));
    ASSERT_TRUE(copy.has_value());
    EXPECT_EQ(bytes_of(*copy), bytes_of(signals));
    for (std::uint64_t i = 50; i < 150; ++i) {
      step(signals, rng.fork(i), a);
      step(*copy, rng.fork(i), b);
      ASSERT_EQ(a, b);
    }
    EXPECT_EQ(bytes_of(*copy), bytes_of(signals));
  }
}

TEST(Signals, DamageIsRefused) {
  const std::string bytes = bytes_of(fitted({.features = 2, .width = 2, .classes = 2, .window = 4}, 20));
  for (std::size_t size = 0; size < bytes.size(); size += 7)
    EXPECT_FALSE(loaded<Signals>(bytes.substr(0, size)).has_value());
  // Features, width, classes (seen by the labels' size), window, usual rate: each stands twice or has a range.
  for (const std::size_t at : {8U, 16U, 24U, 40U}) {
    std::string changed = bytes;
    changed[at + 7] = '\x7F';
    EXPECT_FALSE(loaded<Signals>(changed).has_value()) << at;
  }
  std::string wider = bytes;
  wider[8] = 1;  // a width that the centres can be divided by, but not that of the window
  EXPECT_FALSE(loaded<Signals>(wider).has_value());
}

}  // namespace
}  // namespace errata::memory

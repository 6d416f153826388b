#include "errata/image/corruption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "errata/image/corruption_mix.h"

namespace errata::image {
namespace {

using enum Corruption;

struct Shape {
  ImageSize size;
  std::vector<float> pixels;
};

/// A bright ring with a bar in the middle of a dark image, a little different for each seed: something like a digit.
Shape ring(std::uint64_t seed, ImageSize size = {}) {
  Rng rng(seed);
  const double radius = (0.12 + 0.08 * rng.uniform()) * static_cast<double>(size.height);
  const double lean = rng.uniform() - 0.5;
  Shape shape{.size = size};
  for (std::size_t c = 0; c < size.channels; ++c)
    for (std::size_t y = 0; y < size.height; ++y)
      for (std::size_t x = 0; x < size.width; ++x) {
        const double down = static_cast<double>(y) - (static_cast<double>(size.height) - 1) / 2;
        const double right = static_cast<double>(x) - (static_cast<double>(size.width) - 1) / 2;
        const double to_ring = std::abs(std::hypot(right - lean * down, down) - radius);
        const double to_bar = std::abs(down) < radius / 3 ? std::abs(right) : 9;
        shape.pixels.push_back(static_cast<float>(std::clamp(2 - std::min(to_ring, to_bar), 0.0, 1.0)));
      }
  return shape;
}

std::vector<float> corrupted(Corruption corruption, double severity, const Shape& shape, std::uint64_t seed) {
  std::vector<float> pixels = shape.pixels;
  Rng rng(seed);
  corrupt(corruption, severity, shape.size, pixels, rng);
  return pixels;
}

double mean_squared_change(const Shape& shape, const std::vector<float>& pixels) {
  double sum = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double change = static_cast<double>(pixels[i]) - static_cast<double>(shape.pixels[i]);
    sum += change * change;
  }
  return sum / static_cast<double>(pixels.size());
}

TEST(Corruption, EveryOneHasItsNameAndIsFoundByIt) {
  ASSERT_EQ(corruptions().size(), 32U);
  EXPECT_EQ(every_corruption().size(), 31U);
  for (const CorruptionInfo& info : corruptions()) {
    EXPECT_EQ(corruption_named(info.name), info.corruption);
    EXPECT_EQ(info_of(info.corruption).name, info.name);
    EXPECT_FALSE(info.family.empty());
    EXPECT_FALSE(info.words.empty());
  }
  const auto missing = corruption_named("melt");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(missing.error().message, testing::HasSubstr("no corruption is called 'melt'; there are: none, rotate,"));
}

TEST(Corruption, SomeAreFoundByTheirNames) {
  EXPECT_EQ(corruptions_named("fog,rotate"), (std::vector{fog, rotate}));
  EXPECT_THAT(corruptions_named("fog,").error().message, testing::HasSubstr("no corruption is called ''"));
  EXPECT_THAT(corruptions_named("fog,none").error().message, testing::HasSubstr("'none' is not mixed"));
}

TEST(Corruption, StaysInRangeAndIsTheSameForTheSameDraw) {
  const std::vector<ImageSize> sizes{{}, {3, 28, 28}, {1, 9, 31}, {2, 40, 33}, {1, 1, 1}, {3, 2, 5}, {1, 64, 64}};
  for (const CorruptionInfo& info : corruptions()) {
    for (const ImageSize size : sizes) {
      for (const double severity : {0.0, 0.3, 1.0}) {
        SCOPED_TRACE(std::string(info.name) + " " + std::to_string(size.height) + "x" + std::to_string(size.width));
        const Shape shape = ring(5, size);
        const auto pixels = corrupted(info.corruption, severity, shape, 11);
        EXPECT_TRUE(std::ranges::all_of(pixels, [](float value) { return value >= 0 && value <= 1; }));
        EXPECT_EQ(pixels, corrupted(info.corruption, severity, shape, 11));
      }
    }
  }
}

TEST(Corruption, GrowsWithTheSeverity) {
  for (const CorruptionInfo& info : corruptions().subspan(1)) {
    double mild = 0, middle = 0, strong = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const Shape shape = ring(seed);
      mild += mean_squared_change(shape, corrupted(info.corruption, 0, shape, seed));
      middle += mean_squared_change(shape, corrupted(info.corruption, 0.5, shape, seed));
      strong += mean_squared_change(shape, corrupted(info.corruption, 1, shape, seed));
    }
    EXPECT_GT(mild / 300, 0.0005) << info.name << " changes nothing at its mildest";
    EXPECT_LT(mild, middle) << info.name;
    EXPECT_LT(middle, strong) << info.name;
  }
}

TEST(Corruption, RotationTurnsCounterClockwiseOneWayAndClockwiseTheOther) {
  // A bright pixel to the right of the middle of 29 x 29 pixels; 20° + 60°·(2/3) = 60°.
  Shape shape{.size = {1, 29, 29}, .pixels = std::vector<float>(29 * 29)};
  shape.pixels[14 * 29 + 24] = 1;
  const auto brightest = [&](Corruption corruption) {
    const auto pixels = corrupted(corruption, 2.0 / 3, shape, 1);
    return static_cast<std::size_t>(std::ranges::max_element(pixels) - pixels.begin());
  };
  EXPECT_EQ(brightest(rotate), 5 * 29 + 19);        // 10 px at 60°: 5 right, 8.66 up
  EXPECT_EQ(brightest(rotate_back), 23 * 29 + 19);  // … and as much down
}

TEST(Corruption, RotationAndItsOppositeAreMirrorImages) {
  const Shape shape = ring(3);
  Shape mirrored = shape;
  const auto mirror = [](std::vector<float>& pixels) {
    for (std::size_t y = 0; y < 28; ++y)
      std::reverse(pixels.begin() + static_cast<long>(y) * 28, pixels.begin() + static_cast<long>(y) * 28 + 28);
  };
  mirror(mirrored.pixels);
  auto turned = corrupted(rotate_back, 0.4, mirrored, 1);
  mirror(turned);
  const auto expected = corrupted(rotate, 0.4, shape, 1);
  for (std::size_t i = 0; i < turned.size(); ++i) EXPECT_NEAR(turned[i], expected[i], 1e-5);
}

TEST(Corruption, SlopeIsShearWithItsAxesExchanged) {
  const Shape shape = ring(3);
  const auto exchanged = [](const std::vector<float>& pixels) {
    std::vector<float> result(784);
    for (std::size_t y = 0; y < 28; ++y)
      for (std::size_t x = 0; x < 28; ++x) result[x * 28 + y] = pixels[y * 28 + x];
    return result;
  };
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_THAT(exchanged(corrupted(slope, 0.4, shape, seed)),
                testing::Pointwise(testing::FloatNear(1e-5F),
                                   corrupted(shear, 0.4, {.size = {}, .pixels = exchanged(shape.pixels)}, seed)));
}

TEST(Corruption, StretchMultipliesTheAreaAlongOneAxis) {
  // At severity 0 one axis is multiplied by 1.2 or its inverse, the other stays: so does the sum of the pixels.
  const Shape shape = ring(3, {1, 56, 56});
  const double whole = std::accumulate(shape.pixels.begin(), shape.pixels.end(), 0.0);
  bool wider = false, narrower = false;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto pixels = corrupted(stretch, 0, shape, seed);
    const double ratio = std::accumulate(pixels.begin(), pixels.end(), 0.0) / whole;
    EXPECT_TRUE(std::abs(ratio - 1.2) < 0.02 || std::abs(ratio - 1 / 1.2) < 0.02) << ratio;
    wider |= ratio > 1;
    narrower |= ratio < 1;
  }
  EXPECT_TRUE(wider && narrower);
}

TEST(Corruption, MirrorLaysTheMirrorImageOverTheImage) {
  const Shape shape{.size = {1, 2, 2}, .pixels = {0.2F, 0.4F, 0.6F, 0.8F}};
  const std::vector<float> sides{0.4F, 0.2F, 0.8F, 0.6F}, ends{0.6F, 0.8F, 0.2F, 0.4F};
  const auto near = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::ranges::equal(a, b, [](float x, float y) { return std::abs(x - y) < 1e-6F; });
  };
  bool saw_sides = false, saw_ends = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto whole = corrupted(mirror, 1, shape, seed);
    EXPECT_TRUE(near(whole, sides) || near(whole, ends));
    saw_sides |= near(whole, sides);
    saw_ends |= near(whole, ends);
    const auto half = corrupted(mirror, 0, shape, seed);  // half of each
    EXPECT_TRUE(near(half, {0.3F, 0.3F, 0.7F, 0.7F}) || near(half, {0.4F, 0.6F, 0.4F, 0.6F}));
  }
  EXPECT_TRUE(saw_sides && saw_ends);
}

TEST(Corruption, WhatIsErasedIsABoxOfOneGreyOrOfNoise) {
  const Shape black{.size = {}, .pixels = std::vector<float>(784, 0)};
  int grey = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto pixels = corrupted(erase, 0.5, black, seed);
    std::size_t count = 0, left = 28, right = 0, top = 28, bottom = 0;
    for (std::size_t y = 0; y < 28; ++y)
      for (std::size_t x = 0; x < 28; ++x)
        if (pixels[y * 28 + x] > 0) {
          ++count;
          left = std::min(left, x);
          right = std::max(right, x);
          top = std::min(top, y);
          bottom = std::max(bottom, y);
        }
    EXPECT_EQ(count, (right - left + 1) * (bottom - top + 1));
    EXPECT_NEAR(static_cast<double>(count), 10.5 * 10.5, 12);  // the sides' product, each rounded
    const float first = pixels[top * 28 + left];
    grey += std::ranges::all_of(pixels, [&](float value) { return value == 0 || value == first; }) ? 1 : 0;
  }
  EXPECT_NEAR(grey, 50, 20);  // four standard errors
}

TEST(Corruption, ShiftMovesByWholePixelsAndReplicatesTheEdge) {
  Shape shape{.size = {1, 28, 28}, .pixels = std::vector<float>(28 * 28)};
  for (std::size_t i = 0; i < shape.pixels.size(); ++i) shape.pixels[i] = static_cast<float>(i) / 784;
  bool reached_three = false;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const double severity = static_cast<double>(seed % 3) / 2;
    const auto pixels = corrupted(shift, severity, shape, seed);
    int matches = 0;
    for (int down = -3; down <= 3; ++down) {
      for (int right = -3; right <= 3; ++right) {
        bool same = true;
        for (int y = 0; y < 28 && same; ++y)
          for (int x = 0; x < 28 && same; ++x) {
            const int from = std::clamp(y - down, 0, 27) * 28 + std::clamp(x - right, 0, 27);
            same = pixels[static_cast<std::size_t>(y * 28 + x)] == shape.pixels[static_cast<std::size_t>(from)];
          }
        if (!same) continue;
        ++matches;
        const int most = 1 + static_cast<int>(2 * severity);
        EXPECT_LE(std::max(std::abs(down), std::abs(right)), most);
        EXPECT_GT(std::max(std::abs(down), std::abs(right)), 0);
        reached_three |= std::abs(down) == 3 || std::abs(right) == 3;
      }
    }
    EXPECT_EQ(matches, 1) << "seed " << seed;
  }
  EXPECT_TRUE(reached_three);
}

TEST(Corruption, OcclusionIsASquareOfZerosThatMayLeaveTheImage) {
  const Shape white{.size = {}, .pixels = std::vector<float>(784, 1)};
  for (const auto& [severity, half] : {std::pair{0.0, 6}, {0.5, 12}, {0.95, 17}, {1.0, 17}}) {
    bool saw_whole = false;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      Rng same(seed);
      const auto middle_x = static_cast<int>(same.below(28)), middle_y = static_cast<int>(same.below(28));
      const auto pixels = corrupted(occlude, severity, white, seed);
      for (int y = 0; y < 28; ++y)
        for (int x = 0; x < 28; ++x) {
          const bool inside =
              x >= middle_x - half && x < middle_x + half && y >= middle_y - half && y < middle_y + half;
          ASSERT_EQ(pixels[static_cast<std::size_t>(y * 28 + x)], inside ? 0 : 1);
        }
      saw_whole |= std::ranges::count(pixels, 0.0F) == 4 * half * half;
    }
    EXPECT_EQ(saw_whole, half <= 14);
  }
}

TEST(Corruption, NoiseIsGaussianOfTheStatedSigmaAndClamped) {
  const Shape grey{.size = {1, 200, 200}, .pixels = std::vector<float>(40'000, 0.5F)};
  const auto pixels = corrupted(noise, 0.4, grey, 1);  // sigma 0.5: 15.87% fall below 0, as many above 1
  EXPECT_NEAR(static_cast<double>(std::ranges::count(pixels, 0.0F)) / 40'000, 0.1587, 0.008);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(pixels, 1.0F)) / 40'000, 0.1587, 0.008);
  const auto within = std::ranges::count_if(pixels, [](float value) { return std::abs(value - 0.5F) < 0.25F; });
  EXPECT_NEAR(static_cast<double>(within) / 40'000, 0.3829, 0.01);  // half a sigma
}

TEST(Corruption, LightFollowsItsFormulas) {
  const Shape shape{.size = {1, 1, 4}, .pixels = {0, 0.2F, 0.4F, 1}};
  EXPECT_THAT(corrupted(inversion, 1, shape, 1), testing::Pointwise(testing::FloatEq(), {1.0F, 0.8F, 0.6F, 0.0F}));
  EXPECT_THAT(corrupted(brightness, 0, shape, 1), testing::Pointwise(testing::FloatEq(), {0.2F, 0.4F, 0.6F, 1.0F}));
  // The mean is 0.4, the factor 0.4.
  EXPECT_THAT(corrupted(contrast, 0, shape, 1),
              testing::Pointwise(testing::FloatNear(1e-6F), {0.24F, 0.32F, 0.4F, 0.64F}));
  const auto bent = corrupted(gamma, 0, shape, 1);  // the square or the square root
  EXPECT_TRUE(std::abs(bent[1] - 0.04F) < 1e-6F || std::abs(bent[1] - std::sqrt(0.2F)) < 1e-6F);
  EXPECT_EQ(bent[0], 0);
  EXPECT_EQ(bent[3], 1);
}

TEST(Corruption, WhatOnlyBlursLeavesAPlainImageAsItIs) {
  for (const float level : {0.0F, 0.25F, 1.0F}) {
    const Shape plain{.size = {2, 28, 28}, .pixels = std::vector<float>(2 * 784, level)};
    for (const Corruption corruption : {shift, gaussian_blur, motion_blur, pixelate, low_pass, high_pass, contrast})
      for (const float value : corrupted(corruption, 0.7, plain, 3))
        ASSERT_NEAR(value, level, 1e-5) << info_of(corruption).name;
    for (const float value : corrupted(jpeg, 0.7, plain, 3)) ASSERT_NEAR(value, level, 0.06);
  }
}

TEST(Corruption, EveryChannelMovesAlike) {
  // The same picture in three channels stays the same in all of them, except under noise drawn for each.
  const Shape shape = ring(8, {3, 28, 28});
  for (const CorruptionInfo& info : corruptions()) {
    if (info.family == "noise" || info.corruption == jpeg || info.corruption == erase) continue;
    const auto pixels = corrupted(info.corruption, 0.6, shape, 4);
    for (std::size_t i = 0; i < 784; ++i) {
      ASSERT_NEAR(pixels[i], pixels[784 + i], 1e-6) << info.name;
      ASSERT_NEAR(pixels[i], pixels[2 * 784 + i], 1e-6) << info.name;
    }
  }
}

TEST(Corruption, ScalesWithTheHeightOfTheImage) {
  // Twice the height and width, twice the lengths: the blurred large image, halved, is the blurred small one.
  const Shape small = ring(2, {1, 28, 28});
  Shape large{.size = {1, 56, 56}, .pixels = std::vector<float>(56 * 56)};
  for (std::size_t y = 0; y < 56; ++y)
    for (std::size_t x = 0; x < 56; ++x) large.pixels[y * 56 + x] = small.pixels[y / 2 * 28 + x / 2];
  const auto blurred = corrupted(gaussian_blur, 0.5, small, 1), large_blurred = corrupted(gaussian_blur, 0.5, large, 1);
  for (std::size_t y = 0; y < 28; ++y)
    for (std::size_t x = 0; x < 28; ++x) {
      const std::size_t at = 2 * y * 56 + 2 * x;
      const float halved =
          (large_blurred[at] + large_blurred[at + 1] + large_blurred[at + 56] + large_blurred[at + 57]) / 4;
      ASSERT_NEAR(blurred[y * 28 + x], halved, 0.01);
    }
}

std::vector<float> many_rings(std::size_t count) {
  std::vector<float> pixels;
  for (std::size_t i = 0; i < count; ++i) {
    const Shape shape = ring(i);
    pixels.insert(pixels.end(), shape.pixels.begin(), shape.pixels.end());
  }
  return pixels;
}

TEST(CorruptAll, GivesTheSameOnAnyNumberOfThreads) {
  CorruptionMix mix{.probability = 0.9, .most = 3};
  for (const CorruptionInfo& info : corruptions()) mix.pool.push_back(info.corruption);
  const auto images = many_rings(300);
  const auto run = [&](std::size_t threads) {
    auto pixels = images;
    ThreadPool pool(threads);
    const auto done = corrupt_all(mix, {}, {pixels, 300, 784}, Rng(5), pool);
    std::vector<double> severities;
    for (const Corrupted& one : done)
      severities.push_back((one.chain.empty() ? 0 : static_cast<double>(one.chain[0])) + one.severity);
    return std::pair{pixels, severities};
  };
  EXPECT_EQ(run(1), run(4));
}

TEST(CorruptAll, DrawsFromThePoolAtTheGivenProbability) {
  const auto images = many_rings(1000);
  auto pixels = images;
  ThreadPool pool(2);
  const auto done = corrupt_all(source_mix(0.8), {}, {pixels, 1000, 784}, Rng(1), pool);
  std::array<int, 5> counts{};
  for (std::size_t i = 0; i < done.size(); ++i) {
    const Corruption first = done[i].chain.empty() ? none : done[i].chain[0];
    ASSERT_LE(static_cast<std::size_t>(first), 4U);
    ++counts[static_cast<std::size_t>(first)];
    if (first == none) {
      EXPECT_TRUE(std::equal(&pixels[i * 784], &pixels[i * 784] + 784, &images[i * 784])) << "image " << i;
    }
  }
  for (const int count : counts) EXPECT_NEAR(count, 200, 50);  // four standard errors
  auto untouched = images;
  const auto nothing = corrupt_all(source_mix(0), {}, {untouched, 1000, 784}, Rng(1), pool);
  EXPECT_EQ(untouched, images);
  EXPECT_TRUE(std::ranges::all_of(nothing, [](const Corrupted& one) { return one.chain.empty(); }));
}

TEST(CorruptAll, KeepsACorruptionToAPart) {
  // White is 1 where an inversion of a black image was, at its weight; 0 elsewhere.
  ThreadPool pool(1);
  std::vector<float> pixels(300 * 784, 0);
  const auto done =
      corrupt_all({.pool = {inversion}, .probability = 1, .partial = 0.5}, {}, {pixels, 300, 784}, Rng(4), pool);
  int parts = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    const auto image = std::span(pixels).subspan(i * 784, 784);
    const auto weight = static_cast<float>(0.5 + 0.5 * done[i].severity);
    EXPECT_TRUE(std::ranges::all_of(image, [&](float x) { return x == 0 || std::abs(x - weight) < 1e-6F; }));
    parts += std::ranges::count(image, 0.0F) > 0 ? 1 : 0;
  }
  EXPECT_NEAR(parts, 150, 35);  // four standard errors
}

TEST(CorruptAll, RecordsTheFirstOfAChain) {
  // With a single corruption in the chain the record is enough to repeat it: fork, skip what the mix drew.
  auto pixels = many_rings(20);
  const auto images = pixels;
  ThreadPool pool(1);
  const auto done = corrupt_all({.pool = {noise}, .probability = 1}, {}, {pixels, 20, 784}, Rng(9), pool);
  for (std::size_t i = 0; i < 20; ++i) {
    Rng rng = Rng(9).fork(i);
    (void)rng.uniform();  // whether
    (void)rng.below(1);   // which
    EXPECT_EQ(rng.uniform(), done[i].severity);
    std::vector<float> again(&images[i * 784], &images[i * 784] + 784);
    corrupt(noise, done[i].severity, {}, again, rng);
    EXPECT_TRUE(std::ranges::equal(again, std::span(pixels).subspan(i * 784, 784)));
  }
}

}  // namespace
}  // namespace errata::image

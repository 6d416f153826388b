#include "errata/robustness/perturb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace errata::robustness {
namespace {

constexpr image::ImageSize kSize{.channels = 3, .height = 28, .width = 28};

std::vector<float> picture() {
  Rng rng(5);
  std::vector<float> pixels(kSize.channels * kSize.height * kSize.width);
  for (float& x : pixels) x = static_cast<float>(0.2 + 0.6 * rng.uniform());
  return pixels;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  return sum / static_cast<double>(a.size());
}

std::vector<float> corrupted(image::Corruption corruption, double strength) {
  std::vector<float> pixels = picture();
  Rng rng(9);
  corrupt_by(corruption, strength, kSize, pixels, rng);
  return pixels;
}

TEST(CorruptBy, GrowsFromNothingThroughTheMildestCorruption) {
  for (const image::Corruption corruption : default_corruptions()) {
    const auto name = image::info_of(corruption).name;
    EXPECT_EQ(corrupted(corruption, 0), picture()) << name;
    std::vector<float> mildest = picture(), severe = picture();
    Rng rng(9), again(9);
    image::corrupt(corruption, 0, kSize, mildest, rng);
    image::corrupt(corruption, 0.5, kSize, severe, again);
    EXPECT_EQ(corrupted(corruption, 1), mildest) << name;
    EXPECT_EQ(corrupted(corruption, 1.5), severe) << name;
    EXPECT_NEAR(distance(corrupted(corruption, 1.0 / 3), picture()), distance(mildest, picture()) / 3, 1e-6) << name;
  }
}

TEST(CorruptBy, LevelsAreInOrder) {
  EXPECT_TRUE(std::ranges::is_sorted(kLevels));
  EXPECT_EQ(kLevels[(kLevels.size() - 1) / 2], 1);
}

TEST(Perturb, BeginsAtThePictureAndMovesLittleByLittle) {
  for (const Perturbation perturbation : kPerturbations) {
    std::vector<float> before = picture();
    const std::vector<float> first = before;
    double farthest = 0, longest_step = 0;
    for (int frame = 0; frame <= 15; ++frame) {
      std::vector<float> pixels = picture();
      Rng rng(3);
      perturb(perturbation, frame / 15.0, kSize, pixels, rng);
      if (frame == 0) {
        EXPECT_EQ(pixels, first);
      }
      longest_step = std::max(longest_step, distance(pixels, before));
      farthest = std::max(farthest, distance(pixels, first));
      before = pixels;
      EXPECT_TRUE(std::ranges::all_of(pixels, [](float x) { return x >= 0 && x <= 1; }));
    }
    EXPECT_GT(farthest, 0.01) << name_of(perturbation);
    EXPECT_GT(longest_step, 0) << name_of(perturbation);
  }
}

TEST(Perturb, TranslationEndsATenthOfTheHeightAway) {
  constexpr image::ImageSize kGrey{.channels = 1, .height = 40, .width = 40};
  std::vector<float> pixels(1600, 0);
  pixels[20 * 40 + 20] = 1;
  Rng rng(1), same(1);
  const double way = 6.283185307179586 * same.uniform();
  perturb(Perturbation::translate, 1, kGrey, pixels, rng);
  double right = 0, down = 0, mass = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const auto value = static_cast<double>(pixels[i]);
    mass += value;
    right += value * static_cast<double>(i % 40);
    down += value * static_cast<double>(i / 40);
  }
  ASSERT_NEAR(mass, 1, 1e-5);
  EXPECT_NEAR(right - 20, 4 * std::cos(way), 1e-4);
  EXPECT_NEAR(down - 20, 4 * std::sin(way), 1e-4);
}

}  // namespace
}  // namespace errata::robustness

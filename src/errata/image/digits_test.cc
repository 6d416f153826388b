#include "errata/image/digits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "errata/image/glyphs.h"
#include "errata/image/images.h"

namespace errata::image {
namespace {

ImageSplit render(const DigitOptions& options, std::size_t threads = 2) {
  ThreadPool pool(threads);
  auto split = render_digits(options, pool);
  EXPECT_TRUE(split);
  return *std::move(split);
}

TEST(Digits, AreTheSameForTheSameSeedOnAnyNumberOfThreads) {
  const DigitOptions options{.train = 300, .test = 100, .seed = 4};
  const ImageSplit one = render(options, 1), three = render(options, 3),
                   other = render({.train = 300, .test = 100, .seed = 5});
  EXPECT_EQ(one.train.pixels, three.train.pixels);
  EXPECT_EQ(one.test.pixels, three.test.pixels);
  EXPECT_EQ(one.train.labels, three.train.labels);
  EXPECT_NE(one.train.pixels, other.train.pixels);
  EXPECT_NE(std::vector<float>(one.train.pixels.begin(), one.train.pixels.begin() + 784),
            std::vector<float>(one.test.pixels.begin(), one.test.pixels.begin() + 784));
}

TEST(Digits, ClassesAreDrawnEvenly) {
  const ImageSplit split = render({.train = 1000, .test = 10});
  EXPECT_EQ(split.train.name, "digits");
  std::array<int, 10> counts{};
  for (const std::uint32_t label : split.train.labels) ++counts.at(label);
  for (const int count : counts) EXPECT_NEAR(count, 100, 40);  // four standard errors
}

TEST(Digits, HaveInkInTheMiddleAndNoneAtTheEdge) {
  const ImageSplit split = render({.train = 500, .test = 10});
  for (std::size_t i = 0; i < 500; ++i) {
    const auto image = split.train.view().row(i);
    double ink = 0, edge = 0;
    for (std::size_t at = 0; at < 784; ++at) {
      ASSERT_TRUE(image[at] >= 0 && image[at] <= 1);
      ink += static_cast<double>(image[at]);
      if (at / 28 == 0 || at / 28 == 27 || at % 28 == 0 || at % 28 == 27) edge += static_cast<double>(image[at]);
    }
    EXPECT_GT(ink, 15) << "image " << i;
    EXPECT_LT(ink, 350) << "image " << i;
    EXPECT_LT(edge, 3) << "image " << i;
  }
}

TEST(Digits, CanBeToldApart) {
  // The nearest mean image of the training digits names most test digits: they are the digits that their labels say.
  const ImageSplit split = render({.train = 4000, .test = 500});
  std::array<std::vector<double>, 10> means;
  std::array<double, 10> counts{};
  for (auto& mean : means) mean.resize(784);
  for (std::size_t i = 0; i < split.train.count; ++i) {
    const std::uint32_t label = split.train.labels[i];
    counts.at(label) += 1;
    for (std::size_t at = 0; at < 784; ++at) means.at(label)[at] += static_cast<double>(split.train.view()(i, at));
  }
  int right = 0;
  for (std::size_t i = 0; i < split.test.count; ++i) {
    std::array<double, 10> distances{};
    for (std::size_t c = 0; c < 10; ++c)
      for (std::size_t at = 0; at < 784; ++at)
        distances.at(c) += std::pow(static_cast<double>(split.test.view()(i, at)) - means.at(c)[at] / counts.at(c), 2);
    right +=
        static_cast<std::uint32_t>(std::ranges::min_element(distances) - distances.begin()) == split.test.labels[i];
  }
  EXPECT_GT(right, 350);
}

TEST(Digits, RefuseTooFew) {
  ThreadPool pool(1);
  const auto split = render_digits({.train = 9}, pool);
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().code, ErrorCode::invalid_argument);
  const auto opened = open_images("digits", {.digits = 100}, pool);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->train.count, 83U);
  EXPECT_EQ(opened->test.count, 17U);
}

TEST(Letters, AreDrawnAsDigitsAreAndLookLikeNone) {
  ThreadPool pool(2);
  const auto letters = open_images("letters", {.seed = 4, .digits = 1200}, pool);
  ASSERT_TRUE(letters) << letters.error().message;
  EXPECT_EQ(letters->train.count, 1000U);
  EXPECT_EQ(letters->train.name, "letters");
  EXPECT_EQ(letters->train.classes.front(), "A");
  for (const char* digit_like : {"B", "I", "O", "S", "Z", "l", "o", "q"})
    EXPECT_EQ(std::ranges::count(letters->train.classes, digit_like), 0);
  double ink = 0;
  for (const float value : letters->train.pixels) ink += static_cast<double>(value);
  EXPECT_GT(ink / 1000, 30);
  EXPECT_LT(ink / 1000, 250);
}

TEST(Glyphs, AreCroppedToTheirInk) {
  const std::vector<float> page{0, 0, 0, 0, 0, 0, 0.5F, 0, 0, 1, 0, 0};  // 3 x 4
  const Glyph glyph = crop_to_ink(page, 3, 4);
  EXPECT_EQ(glyph.height, 2U);
  EXPECT_EQ(glyph.width, 2U);
  EXPECT_EQ(glyph.ink, (std::vector<float>{0, 0.5F, 1, 0}));
  EXPECT_TRUE(crop_to_ink(std::vector<float>(12), 3, 4).ink.empty());
}

}  // namespace
}  // namespace errata::image

#include "errata/relevance/padding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "errata/base/rng.h"

namespace errata::relevance {
namespace {

image::Picture noise(std::size_t height, std::size_t width, std::uint64_t seed) {
  image::Picture picture{.height = height, .width = width, .channels = 3, .bytes = {}};
  Rng rng(seed);
  for (std::size_t i = 0; i < height * width * 3; ++i)
    picture.bytes.push_back(static_cast<std::uint8_t>(rng.below(256)));
  return picture;
}

RC_GTEST_PROP(Padding, IsFoundAroundNoise, ()) {
  const image::Box box{.top = *rc::gen::inRange<std::size_t>(0, 40),
                       .left = *rc::gen::inRange<std::size_t>(0, 40),
                       .height = *rc::gen::inRange<std::size_t>(8, 40),
                       .width = *rc::gen::inRange<std::size_t>(8, 40)};
  const image::Picture inside = noise(box.height, box.width, *rc::gen::inRange<std::uint64_t>(0, 1000));
  const auto colour = static_cast<std::uint8_t>(*rc::gen::inRange(0, 256));
  image::Picture picture{.height = box.bottom() + *rc::gen::inRange<std::size_t>(0, 40),
                         .width = box.right() + *rc::gen::inRange<std::size_t>(0, 40),
                         .channels = 3,
                         .bytes = {}};
  picture.bytes.assign(picture.height * picture.width * 3, colour);
  for (std::size_t y = 0; y < box.height; ++y)
    std::copy_n(inside.bytes.begin() + static_cast<long>(y * box.width * 3), box.width * 3,
                picture.bytes.begin() + static_cast<long>(((box.top + y) * picture.width + box.left) * 3));
  RC_ASSERT(content_of(picture) == box);
}

TEST(Padding, OfABlankImageIsNothing) {
  const image::Picture blank{.height = 9, .width = 7, .channels = 1, .bytes = std::vector<std::uint8_t>(63, 5)};
  EXPECT_EQ(content_of(blank), (image::Box{.height = 9, .width = 7}));
}

TEST(Padding, TakesNoiseOfOneStep) {
  image::Picture picture{
      .height = 4, .width = 4, .channels = 1, .bytes = {0, 1, 2, 0, 9, 90, 30, 200, 50, 9, 90, 4, 2, 0, 1, 2}};
  EXPECT_EQ(content_of(picture), (image::Box{.top = 1, .height = 2, .width = 4}));
  picture.bytes[0] = 3;  // a spread of 3
  EXPECT_EQ(content_of(picture), (image::Box{.top = 0, .height = 3, .width = 4}));
}

}  // namespace
}  // namespace errata::relevance

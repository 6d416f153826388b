#include "errata/image/fitted.h"

#include <gtest/gtest.h>

namespace errata::image {
namespace {

TEST(Fitted, APictureThatFitsStaysAsItIs) {
  const Picture picture{.height = 2, .width = 3, .channels = 1, .bytes = {1, 2, 3, 4, 5, 6}};
  const Picture same = fitted(picture, 3);
  EXPECT_EQ(same.height, 2U);
  EXPECT_EQ(same.width, 3U);
  EXPECT_EQ(same.bytes, picture.bytes);
}

TEST(Fitted, PixelsAreMeansOfTheirAreas) {
  const Picture picture{.height = 2, .width = 4, .channels = 1, .bytes = {0, 100, 8, 8, 100, 200, 8, 12}};
  const Picture half = fitted(picture, 2);
  EXPECT_EQ(half.height, 1U);
  EXPECT_EQ(half.width, 2U);
  EXPECT_EQ(half.bytes, (std::vector<std::uint8_t>{100, 9}));
}

TEST(Fitted, ChannelsStayApart) {
  const Picture picture{.height = 1, .width = 2, .channels = 3, .bytes = {0, 100, 200, 10, 110, 210}};
  EXPECT_EQ(fitted(picture, 1).bytes, (std::vector<std::uint8_t>{5, 105, 205}));
}

TEST(Fitted, AStripKeepsAPixelOfItsShorterSide) {
  const Picture strip{.height = 1, .width = 1000, .channels = 1, .bytes = std::vector<std::uint8_t>(1000, 7)};
  const Picture small = fitted(strip, 10);
  EXPECT_EQ(small.height, 1U);
  EXPECT_EQ(small.width, 10U);
  EXPECT_EQ(small.bytes, std::vector<std::uint8_t>(10, 7));
}

}  // namespace
}  // namespace errata::image

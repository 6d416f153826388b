#include "errata/nn/moved_image.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace errata::nn {
namespace {

constexpr ImageShape kTwoByThree{.channels = 2, .height = 2, .width = 3};
const std::vector<float> kSixes{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};

std::vector<float> moved(ImageMoves moves, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> image(kTwoByThree.size(), -1);
  move_image(kSixes, kTwoByThree, moves, 9, rng, image);
  return image;
}

TEST(MovedImage, StaysWhereNothingIsAskedFor) {
  EXPECT_FALSE(ImageMoves{}.any());
  EXPECT_EQ(moved({}, 1), kSixes);
}

TEST(MovedImage, IsMirroredLeftForRightByACoin) {
  const std::vector<float> mirrored{3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14};
  std::set<std::vector<float>> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) seen.insert(moved({.mirror = true}, seed));
  EXPECT_EQ(seen, (std::set<std::vector<float>>{kSixes, mirrored}));
}

TEST(MovedImage, GoesEachWayAndIsFilledWhereNothingIsLeft) {
  const std::vector<float> down_right{9, 9, 9, 9, 1, 2, 9, 9, 9, 9, 11, 12};
  const std::vector<float> up{4, 5, 6, 9, 9, 9, 14, 15, 16, 9, 9, 9};
  std::set<std::vector<float>> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) seen.insert(moved({.most = 1}, seed));
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_TRUE(seen.contains(down_right));
  EXPECT_TRUE(seen.contains(up));
}

}  // namespace
}  // namespace errata::nn

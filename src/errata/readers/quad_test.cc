#include "errata/readers/quad.h"

#include <gtest/gtest.h>

namespace errata::readers {
namespace {

constexpr Quad kDiamond{.corners = {Corner{10, 0}, Corner{20, 10}, Corner{10, 20}, Corner{0, 10}}};

TEST(Quad, ContainsWhatLiesInsideAndOnTheEdge) {
  EXPECT_TRUE(kDiamond.contains({10, 10}));
  EXPECT_TRUE(kDiamond.contains({15, 5}));
  EXPECT_FALSE(kDiamond.contains({16, 5}));
  EXPECT_FALSE(kDiamond.contains({1, 1}));
}

TEST(Quad, ItsBoxIsWithinThePictureAndNeverEmpty) {
  EXPECT_EQ(kDiamond.box(100, 100), (image::Box{.top = 0, .left = 0, .height = 20, .width = 20}));
  EXPECT_EQ(kDiamond.box(12, 15), (image::Box{.top = 0, .left = 0, .height = 12, .width = 15}));
  const Quad part{.corners = {Corner{1.5F, 2.5F}, Corner{3.25F, 2.5F}, Corner{3.25F, 4}, Corner{1.5F, 4}}};
  EXPECT_EQ(part.box(100, 100), (image::Box{.top = 2, .left = 1, .height = 2, .width = 3}));
  const Quad outside{.corners = {Corner{200, -9}, Corner{210, -9}, Corner{210, -3}, Corner{200, -3}}};
  EXPECT_EQ(outside.box(100, 100), (image::Box{.top = 0, .left = 99, .height = 1, .width = 1}));
}

}  // namespace
}  // namespace errata::readers

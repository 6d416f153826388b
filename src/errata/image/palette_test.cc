#include "errata/image/palette.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>

namespace errata::image {
namespace {

TEST(Palette, FewColoursAreKeptAsTheyAre) {
  const Picture picture{.height = 1, .width = 4, .channels = 3, .bytes = {0, 0, 0, 250, 10, 20, 0, 0, 0, 9, 200, 100}};
  const PalettePicture made = in_palette(picture);
  ASSERT_EQ(made.colours.size(), 3);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(made.colours[made.indices[i]][c], picture.bytes[3 * i + c]);
}

TEST(Palette, OneColourIsTheMean) {
  const Picture picture{.height = 1, .width = 4, .channels = 3, .bytes = {0, 0, 0, 100, 8, 4, 0, 0, 0, 100, 8, 4}};
  const PalettePicture made = in_palette(picture, 1);
  ASSERT_EQ(made.colours.size(), 1);
  EXPECT_EQ(made.colours[0], (std::array<std::uint8_t, 3>{50, 4, 2}));
}

RC_GTEST_PROP(Palette, IndicesAreOfColoursAndNearThem, ()) {
  const auto width = *rc::gen::inRange<std::size_t>(1, 40);
  const auto most = *rc::gen::inRange<std::size_t>(1, 257);
  const auto bytes = *rc::gen::container<std::vector<std::uint8_t>>(3 * width, rc::gen::arbitrary<std::uint8_t>());
  const Picture picture{.height = 1, .width = width, .channels = 3, .bytes = bytes};
  const PalettePicture made = in_palette(picture, most);
  RC_ASSERT(made.colours.size() >= 1 && made.colours.size() <= most);
  RC_ASSERT(made.indices.size() == width);
  for (const std::uint8_t index : made.indices) RC_ASSERT(index < made.colours.size());
  if (made.colours.size() < most)  // every cell of the cube has a colour of its own
    for (std::size_t i = 0; i < bytes.size(); ++i)
      RC_ASSERT(std::abs(int{made.colours[made.indices[i / 3]][i % 3]} - int{bytes[i]}) < 8);
}

}  // namespace
}  // namespace errata::image

#include "errata/image/corruption_part.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace errata::image {
namespace {

TEST(ImagePart, HoldsWhatLiesInIt) {
  using enum ImagePart::Form;
  ImagePart part{.form = box, .middle = {.x = 10, .y = 10}, .cosine = 0, .sine = 1, .along = 2, .across = 5};
  EXPECT_TRUE(part.holds({.x = 14, .y = 11}));  // turned by 90°: five across is along x
  EXPECT_FALSE(part.holds({.x = 11, .y = 13}));
  part.form = ellipse;
  EXPECT_TRUE(part.holds({.x = 14, .y = 10}));
  EXPECT_FALSE(part.holds({.x = 14, .y = 11.5}));  // (4/5)² + (1.5/2)² = 1.2
  part.form = half_plane;
  EXPECT_TRUE(part.holds({.x = -90, .y = 10.5}));
  EXPECT_FALSE(part.holds({.x = 90, .y = 9.5}));
}

TEST(ImagePart, IsDrawnWithinTheImage) {
  std::array<int, 3> forms{};
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Rng rng(seed);
    const ImagePart part = random_part(28, 56, rng);
    ++forms[static_cast<std::size_t>(part.form)];
    EXPECT_TRUE(part.middle.x >= 8 && part.middle.x <= 48 && part.middle.y >= 4 && part.middle.y <= 24);
    EXPECT_TRUE(part.along >= 2 && part.along <= 10 && part.across >= 2 && part.across <= 16);
    EXPECT_NEAR(std::hypot(part.cosine, part.sine), 1, 1e-12);
  }
  EXPECT_NEAR(forms[0], 300, 60);
  EXPECT_NEAR(forms[1], 400, 62);
  EXPECT_NEAR(forms[2], 300, 60);
}

}  // namespace
}  // namespace errata::image

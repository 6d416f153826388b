#include "errata/relevance/picture_colours.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "errata/base/rng.h"
#include "errata/relevance/patch_grid.h"
#include "errata/scene/kinds.h"

namespace errata::relevance {
namespace {

constexpr std::size_t kColouredSide = 256;

/// A picture of squares of 4 × 4 pixels of one colour each.
template <typename ColourOf>
image::Picture squares(ColourOf colour_of) {
  image::Picture made{.height = kColouredSide,
                      .width = kColouredSide,
                      .channels = 3,
                      .bytes = std::vector<std::uint8_t>(3 * kColouredSide * kColouredSide)};
  for (std::size_t y = 0; y < kColouredSide; ++y)
    for (std::size_t x = 0; x < kColouredSide; ++x) {
      const std::array<std::size_t, 3> colour = colour_of(y / 4, x / 4);
      for (std::size_t c = 0; c < 3; ++c)
        made.bytes[3 * (y * kColouredSide + x) + c] = static_cast<std::uint8_t>(colour[c]);
    }
  return made;
}

PictureColours colours(const image::Picture& picture) {
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  return colours_of(picture, std::vector<std::uint8_t>(grid.count()));
}

TEST(PictureColours, APlaneOfColoursHasTwoDimensionsALineOneAndAColourNone) {
  // 64 × 64 squares: red by row, green by column, each through all 256 levels. Steps of 32 cut 8 × 8 cells of one size,
  // steps of 8 cut 32 × 32: 6 and 10 bits.
  const auto plane =
      colours(squares([](std::size_t y, std::size_t x) { return std::array{4 * y, 4 * x, std::size_t{0}}; }));
  EXPECT_NEAR(plane.dimension, 2, 1e-9);
  const auto line = colours(squares([](std::size_t y, std::size_t) { return std::array{4 * y, 4 * y, 4 * y}; }));
  EXPECT_NEAR(line.dimension, 1, 1e-9);
  EXPECT_NEAR(line.gray_bits, 5, 1e-9);
  const auto one = colours(squares([](std::size_t, std::size_t) { return std::array<std::size_t, 3>{9, 200, 30}; }));
  EXPECT_EQ(one.dimension, 0);
  EXPECT_EQ(one.gray_bits, 0);
}

TEST(PictureColours, AGrayPictureIsTheSameInOneChannelAndInThree) {
  const auto three = scene::draw_scene(scene::Kind::xray, {.size = {kColouredSide, kColouredSide}}, 5).picture;
  image::Picture one{.height = kColouredSide, .width = kColouredSide, .channels = 1, .bytes = {}};
  for (std::size_t i = 0; i < kColouredSide * kColouredSide; ++i) one.bytes.push_back(three.bytes[3 * i]);
  EXPECT_EQ(colours(one).dimension, colours(three).dimension);
  EXPECT_EQ(colours(one).gray_bits, colours(three).gray_bits);
  EXPECT_LE(colours(one).dimension, 1.01);
}

TEST(PictureColours, FalseColoursLieOnACurve) {
  for (const scene::Kind kind : {scene::Kind::xray, scene::Kind::ultrasound}) {
    auto picture = scene::draw_scene(kind, {.size = {kColouredSide, kColouredSide}}, 6).picture;
    for (std::size_t i = 0; i < kColouredSide * kColouredSide; ++i) {
      const double share = picture.bytes[3 * i] / 255.0;
      picture.bytes[3 * i] = static_cast<std::uint8_t>(255 * std::sqrt(share));
      picture.bytes[3 * i + 1] = static_cast<std::uint8_t>(255 * share * share);
      picture.bytes[3 * i + 2] = static_cast<std::uint8_t>(127 * (1 + std::sin(6 * share)));
    }
    EXPECT_EQ(leeway_by(colours(picture)), 1) << scene::name_of(kind);
  }
}

TEST(PictureColours, WhatIsLeftOutDoesNotCount) {
  const auto plane = [](std::size_t y, std::size_t x) { return std::array{8 * (y % 32), 4 * x, std::size_t{0}}; };
  const auto whole = squares(plane);
  const auto half =
      squares([&](std::size_t y, std::size_t x) { return y < 32 ? plane(y, x) : std::array<std::size_t, 3>{}; });
  std::vector<std::uint8_t> below(256);
  std::fill(below.begin() + 128, below.end(), 1);
  EXPECT_EQ(colours_of(half, below).dimension, colours(whole).dimension);
  EXPECT_LT(colours(half).dimension, colours(whole).dimension);
  EXPECT_EQ(colours_of(half, std::vector<std::uint8_t>(256, 1)).dimension, colours(half).dimension);
}

TEST(PictureColours, LeewayGrowsWithTheDimensionAndIsLargeForTwoLevels) {
  EXPECT_EQ(leeway_by({.dimension = 1, .gray_bits = 5}), 1);
  EXPECT_NEAR(leeway_by({.dimension = 1.85, .gray_bits = 5}), 11, 1e-9);
  Rng rng(1);
  const auto page = squares([&](std::size_t, std::size_t) {
    const std::size_t level = rng.bernoulli(.2) ? 0 : 255;
    return std::array{level, level, level};
  });
  EXPECT_EQ(leeway_by(colours(page)), 3);
}

TEST(PictureColours, LeewayMovesTheLimitAway) {
  EXPECT_NEAR(eased(3.0 / 5, 1), 3.0 / 5, 1e-12);  // d = 3, L = 2
  EXPECT_NEAR(eased(3.0 / 5, 2), 3.0 / 7, 1e-12);
  EXPECT_EQ(eased(0, 5), 0);
}

TEST(PictureColours, ASmallPictureHasNone) {
  const image::Picture small{.height = 3, .width = 40, .channels = 1, .bytes = std::vector<std::uint8_t>(120, 7)};
  EXPECT_EQ(colours(small).dimension, 0);
}

}  // namespace
}  // namespace errata::relevance

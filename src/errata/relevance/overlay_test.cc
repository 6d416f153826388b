#include "errata/relevance/overlay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace errata::relevance {
namespace {

using Pixel = std::array<int, 3>;

Pixel pixel_at(const image::Picture& picture, std::size_t y, std::size_t x) {
  const std::uint8_t* bytes = picture.bytes.data() + (y * picture.width + x) * 3;
  return {bytes[0], bytes[1], bytes[2]};
}

image::Picture plain(std::size_t height, std::size_t width, const std::vector<std::uint8_t>& colour) {
  image::Picture picture{.height = height, .width = width, .channels = colour.size(), .bytes = {}};
  for (std::size_t i = 0; i < height * width; ++i)
    picture.bytes.insert(picture.bytes.end(), colour.begin(), colour.end());
  return picture;
}

constexpr Pixel kLeast{40, 90, 255}, kMost{235, 30, 20}, kMiddle{128, 220, 115};

TEST(Overlay, SharesLieBetweenTheLeastAndTheMost) {
  const PatchGrid grid{.height = 32, .width = 48};
  EXPECT_EQ(budget_shares({.grid = grid, .positions = {0, 1, 5}, .budgets = {400, 64, 232}}),
            (std::vector<double>{1, 0, .5}));
  EXPECT_EQ(budget_shares({.grid = grid, .positions = {0, 1}, .budgets = {9, 9}}), (std::vector<double>{.5, .5}));
  EXPECT_TRUE(budget_shares({.grid = grid}).empty());
}

TEST(Overlay, FramesWhatIsFundedFromBlueToRedAndDarkensTheRest) {
  const image::Picture picture = plain(32, 48, {200, 100, 50});
  const Allocation allocation{.grid = {.height = 32, .width = 48}, .positions = {0, 1, 5}, .budgets = {400, 64, 232}};
  const image::Picture drawn = draw_overlay(picture, allocation);
  ASSERT_EQ(drawn.channels, 3U);
  ASSERT_EQ(drawn.bytes.size(), picture.bytes.size());
  EXPECT_EQ(pixel_at(drawn, 0, 0), kMost);
  EXPECT_EQ(pixel_at(drawn, 15, 15), kMost);
  EXPECT_EQ(pixel_at(drawn, 0, 16), kLeast);
  EXPECT_EQ(pixel_at(drawn, 16, 40), kMiddle);  // 232 is half-way from 64 to 400
  EXPECT_EQ(pixel_at(drawn, 8, 8), (Pixel{200, 100, 50})) << "inside its frame a patch keeps its colours";
  // grey (299 · 200 + 587 · 100 + 114 · 50)/1000 = 124, and two fifths of it
  EXPECT_EQ(pixel_at(drawn, 20, 4), (Pixel{49, 49, 49}));
}

TEST(Overlay, AGreyPictureWithCutPatchesAndEqualBudgets) {
  const image::Picture picture = plain(20, 20, {100});
  const Allocation allocation{.grid = {.height = 20, .width = 20}, .positions = {3}, .budgets = {70}};
  const image::Picture drawn = draw_overlay(picture, allocation);
  ASSERT_EQ(drawn.bytes.size(), 20U * 20 * 3);
  EXPECT_EQ(pixel_at(drawn, 16, 16), kMiddle);
  EXPECT_EQ(pixel_at(drawn, 19, 19), kMiddle);
  EXPECT_EQ(pixel_at(drawn, 17, 17), (Pixel{100, 100, 100}));
  EXPECT_EQ(pixel_at(drawn, 4, 4), (Pixel{40, 40, 40}));
}

TEST(Overlay, WithoutPositionsAllIsDark) {
  const image::Picture drawn = draw_overlay(plain(16, 16, {250, 250, 250}), {.grid = {.height = 16, .width = 16}});
  EXPECT_EQ(pixel_at(drawn, 8, 8), (Pixel{100, 100, 100}));
}

TEST(Overlay, FixationsShareTheirColoursAndHaveNumbers) {
  const image::Picture picture = plain(64, 64, {200, 100, 50});
  const PatchGrid grid{.height = 64, .width = 64};
  const std::vector<Allocation> fixations{{.grid = grid, .positions = {0}, .budgets = {400}},
                                          {.grid = grid, .positions = {15, 10}, .budgets = {232, 64}}};
  const image::Picture drawn = draw_overlay(picture, fixations);
  EXPECT_EQ(pixel_at(drawn, 15, 15), kMost);
  EXPECT_EQ(pixel_at(drawn, 32, 47), kLeast) << "patch 10, of the second fixation, has no number";
  EXPECT_EQ(pixel_at(drawn, 0, 0), (Pixel{0, 0, 0})) << "the plate of the first number";
  EXPECT_EQ(pixel_at(drawn, 48, 48), (Pixel{0, 0, 0})) << "that of the second";
  std::size_t bright = 0;
  for (std::size_t y = 0; y < 15; ++y)
    for (std::size_t x = 0; x < 15; ++x) bright += std::ranges::min(pixel_at(drawn, y, x)) > 128 ? 1U : 0U;
  EXPECT_GT(bright, 3U) << "a digit";
  EXPECT_EQ(draw_overlay(picture, std::span(fixations).first(1)).bytes, draw_overlay(picture, fixations[0]).bytes)
      << "one alone has no number";
}

TEST(Overlay, NumbersFitPicturesSmallerThanTheyAre) {
  const PatchGrid grid{.height = 3, .width = 2};
  const std::vector<Allocation> fixations(100, Allocation{.grid = grid, .positions = {0}, .budgets = {64}});
  EXPECT_EQ(draw_overlay(plain(3, 2, {9}), fixations).bytes.size(), 18U);
}

}  // namespace
}  // namespace errata::relevance

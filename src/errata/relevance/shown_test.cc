#include "errata/relevance/shown.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

namespace errata::relevance {
namespace {

constexpr std::size_t kSide = 32;

/// 2 × 2 patches of mean 100: the first with a left half of 0 and a right one of 200, the last with an upper half of 60
/// and a lower one of 140, the others even.
image::Picture four_patches() {
  image::Picture picture{.height = kSide, .width = kSide, .channels = 1, .bytes = {}};
  for (std::size_t y = 0; y < kSide; ++y)
    for (std::size_t x = 0; x < kSide; ++x) {
      const int value = y < 16 && x < 16 ? (x < 8 ? 0 : 200) : y >= 16 && x >= 16 ? (y < 24 ? 60 : 140) : 100;
      picture.bytes.push_back(static_cast<std::uint8_t>(value));
    }
  return picture;
}

int at(const image::Picture& picture, std::size_t y, std::size_t x) { return picture.bytes[y * picture.width + x]; }

TEST(Shown, TwoFundedPatchesOnABaseOfOnePixel) {
  const image::Picture picture = four_patches();
  const Allocation allocation{.grid = {.height = kSide, .width = kSide}, .positions = {0, 3}, .budgets = {300, 8}};
  const Shown shown = show_within_budget(picture, allocation, 1);
  EXPECT_EQ(shown.pixels, 1U + 256 + 4) << "of 300 tokens a patch can use 256, of 8 the 2 x 2 of a square";
  for (std::size_t y = 0; y < 16; ++y)
    for (std::size_t x = 0; x < 16; ++x) {
      ASSERT_EQ(at(shown.picture, y, x), at(picture, y, x)) << "shown as it is";
      ASSERT_EQ(at(shown.picture, y, x + 16), 100) << "the base";
      ASSERT_EQ(at(shown.picture, y + 16, x), 100) << "the base";
    }
  // Cells of 8 pixels a side: 60 above 140 in the last patch, 100 and (0, 200) beside it. Row y lies at (y + .5)/8 −
  // .5.
  EXPECT_EQ(at(shown.picture, 31, 31), 140);
  EXPECT_EQ(at(shown.picture, 27, 31), 135) << "1/16 of 60, 15/16 of 140";
  EXPECT_EQ(at(shown.picture, 23, 31), 95) << "9/16 of 60, 7/16 of 140";
  EXPECT_EQ(at(shown.picture, 20, 31), 65) << "15/16 of 60, 1/16 of 140";
  EXPECT_NEAR(at(shown.picture, 16, 16), 106.48, .6) << "7/16 of (7/16 200 + 9/16 100), 9/16 of (7/16 100 + 9/16 60)";
}

TEST(Shown, APatchOfFewerCellsThanTheBaseKeepsTheBaseAndIsPaid) {
  const image::Picture picture = four_patches();
  const Allocation none{.grid = {.height = kSide, .width = kSide}, .positions = {}, .budgets = {}};
  Allocation poor = none;
  poor.positions = {3};
  poor.budgets = {15};
  const Shown base = show_within_budget(picture, none, 64), shown = show_within_budget(picture, poor, 64);
  EXPECT_EQ(base.pixels, 64U) << "8 x 8: 4 x 4 cells a patch";
  EXPECT_EQ(shown.pixels, 64U + 9);
  EXPECT_EQ(shown.picture.bytes, base.picture.bytes);
}

TEST(Shown, SizesOfTheBase) {
  EXPECT_EQ(base_size({.height = 1024, .width = 1024}, 65'536), (BaseSize{256, 256}));
  EXPECT_EQ(base_size({.height = 100, .width = 200}, 1'000'000), (BaseSize{100, 200}));
  EXPECT_EQ(base_size({.height = 100, .width = 400}, 100), (BaseSize{5, 20}));
  EXPECT_EQ(base_size({.height = 4, .width = 1000}, 40), (BaseSize{1, 40}));
  EXPECT_EQ(base_size({.height = 1000, .width = 4}, 40), (BaseSize{40, 1}));
}

image::Picture any_picture(std::size_t height, std::size_t width, std::size_t channels) {
  image::Picture picture{.height = height, .width = width, .channels = channels, .bytes = {}};
  picture.bytes =
      *rc::gen::container<std::vector<std::uint8_t>>(height * width * channels, rc::gen::arbitrary<std::uint8_t>());
  return picture;
}

RC_GTEST_PROP(Shown, NeverMoreThanIsPaidFor, ()) {
  const auto height = *rc::gen::inRange<std::size_t>(1, 70), width = *rc::gen::inRange<std::size_t>(1, 70);
  const image::Picture picture = any_picture(height, width, *rc::gen::element<std::size_t>(1, 3));
  Allocation allocation{.grid = {.height = height, .width = width}, .positions = {}, .budgets = {}};
  for (std::uint32_t patch = 0; patch < allocation.grid.count(); ++patch)
    if (*rc::gen::arbitrary<bool>()) {
      allocation.positions.push_back(patch);
      allocation.budgets.push_back(*rc::gen::inRange<std::size_t>(1, 500));
    }
  const auto base = *rc::gen::inRange<std::size_t>(1, 5000);
  const Shown shown = show_within_budget(picture, allocation, base);
  RC_ASSERT(shown.pixels <= base + allocation.tokens());
  RC_ASSERT(shown.picture.bytes.size() == picture.bytes.size());
}

RC_GTEST_PROP(Shown, AllOfThePictureWhereAllOfItIsPaidFor, ()) {
  const auto height = *rc::gen::inRange<std::size_t>(1, 50), width = *rc::gen::inRange<std::size_t>(1, 50);
  const image::Picture picture = any_picture(height, width, *rc::gen::element<std::size_t>(1, 3));
  Allocation allocation{.grid = {.height = height, .width = width}, .positions = {}, .budgets = {}};
  RC_ASSERT(show_within_budget(picture, allocation, height * width).picture.bytes == picture.bytes);
  allocation.positions.resize(allocation.grid.count());
  std::iota(allocation.positions.begin(), allocation.positions.end(), 0U);
  allocation.budgets.assign(allocation.positions.size(), kPatchPixels);
  RC_ASSERT(show_within_budget(picture, allocation, 1).picture.bytes == picture.bytes);
}

RC_GTEST_PROP(Shown, WhatIsNotPaidForIsNotSeen, ()) {
  image::Picture picture = any_picture(48, 48, 1);
  const Allocation middle{
      .grid = {.height = 48, .width = 48}, .positions = {4}, .budgets = {*rc::gen::inRange<std::size_t>(1, 300)}};
  const Shown before = show_within_budget(picture, middle, 1);
  // Two pixels of a patch that is not funded change places: every mean that was paid for stays.
  const auto first = *rc::gen::inRange<std::size_t>(0, 16), second = *rc::gen::inRange<std::size_t>(0, 16);
  std::swap(picture.bytes[first], picture.bytes[15 * 48 + second]);
  RC_ASSERT(show_within_budget(picture, middle, 1).picture.bytes == before.picture.bytes);
}

}  // namespace
}  // namespace errata::relevance

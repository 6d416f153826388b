#include "errata/checklist/cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace errata::checklist {
namespace {

TEST(Cost, ReadingByHand) {
  // 2 layers, 3 tokens: 2 · 3 · (4 · 100 + 2 · 10 · 40 + 2 · 3 · 10) = 6 · 1,260.
  EXPECT_EQ(reading_cost({.name = "small", .layers = 2, .width = 10, .hidden = 40}, 3), 7'560);
  EXPECT_EQ(reading_cost({.name = "gated", .layers = 2, .width = 10, .hidden = 40, .matrices = 3}, 3), 9'960);
  EXPECT_EQ(reading_cost(kTokenReaders[0], 0), 0);
}

TEST(Cost, AnImageTransformerIsCountedAsItsPaperDoes) {
  // A picture of 224 × 224 is 196 patches and a class token. 17.6 G are usually quoted; .12 of them cut the patches.
  const auto vit_b = std::ranges::find(kTokenReaders, "ViT-B/16", &TokenReader::name);
  ASSERT_NE(vit_b, kTokenReaders.end());
  EXPECT_NEAR(reading_cost(*vit_b, 197) / 1e9, 17.45, .05);
}

TEST(Cost, LookingGrowsWithThePixels) {
  // Of a patch: 16 · (64 · 32) + 4 · (288 · 64) + 576 · 96 + 864 · 96 + 96 · 64 multiply-adds of the convolutions, 64
  // of the comparison; and 256 · 256 of the channels.
  constexpr double kOfAPatch = 32'768 + 73'728 + 55'296 + 82'944 + 6'144 + 64 + 65'536;
  EXPECT_EQ(looking_cost({.height = 16, .width = 16}), kOfAPatch);
  EXPECT_EQ(looking_cost({.height = 1024, .width = 512}), 64 * 32 * kOfAPatch);
}

TEST(Cost, WhatIsNotSavedIsInfinitelyDear) {
  const TokenReader& reader = kTokenReaders[0];
  EXPECT_TRUE(std::isinf(cost_over_saving(1, reader, 10, 10)));
  EXPECT_TRUE(std::isinf(cost_over_saving(1, reader, 10, 11)));
  const double saved = reading_cost(reader, 10) - reading_cost(reader, 4);
  EXPECT_DOUBLE_EQ(cost_over_saving(saved / 8, reader, 10, 4), .125);
  EXPECT_EQ(cost_over_saving(0, reader, 10, 4), 0);
  EXPECT_EQ(choosing_cost(4, 3, 64), 768);
}

}  // namespace
}  // namespace errata::checklist

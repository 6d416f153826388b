#include "errata/relevance/tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace errata::relevance {
namespace {

/// 2 × 3 patches, those at the right 4 pixels wide and those below 8 high; every pixel has its own value, as far as
/// bytes go.
image::Picture cut_patches(std::size_t channels) {
  image::Picture picture{.height = 24, .width = 36, .channels = channels, .bytes = {}};
  picture.bytes.resize(picture.height * picture.width * channels);
  for (std::size_t i = 0; i < picture.bytes.size(); ++i) picture.bytes[i] = static_cast<std::uint8_t>(i * 7 % 251);
  return picture;
}

TEST(Tokens, ComeBackToWhereTheyWereTakenFromInAnyOrder) {
  for (const std::size_t channels : {1U, 3U}) {
    const image::Picture picture = cut_patches(channels);
    const PatchGrid grid{.height = picture.height, .width = picture.width};
    Allocation all{.grid = grid, .positions = {4, 0, 5, 2, 1, 3}, .budgets = {6, 5, 4, 3, 2, 1}};
    std::vector<Token> tokens = tokens_of(picture, all);
    ASSERT_EQ(tokens.size(), 6U);
    EXPECT_EQ(tokens[0].position, 4U);
    EXPECT_EQ(tokens[0].budget, 6U);
    EXPECT_EQ(tokens[2].pixels.height, 8U) << "the corner is cut";
    EXPECT_EQ(tokens[2].pixels.width, 4U);
    EXPECT_EQ(tokens[2].pixels.bytes.front(), picture.bytes[(16 * 36 + 32) * channels]);
    std::ranges::reverse(tokens);
    EXPECT_EQ(laid_out(tokens, grid, channels).bytes, picture.bytes);
  }
}

TEST(Tokens, ElsewhereThePageIsGrayAndAWrongPositionIsSeen) {
  const image::Picture picture = cut_patches(1);
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  std::vector<Token> tokens = tokens_of(picture, {.grid = grid, .positions = {1}, .budgets = {100}});
  const image::Picture right = laid_out(tokens, grid, 1);
  EXPECT_EQ(right.bytes[15], 128);
  EXPECT_EQ(right.bytes[16], picture.bytes[16]);
  EXPECT_EQ(std::ranges::count(right.bytes, 128), 24 * 36 - 256 + std::ranges::count(tokens[0].pixels.bytes, 128));
  tokens[0].position = 2;  // 4 pixels wide
  const image::Picture wrong = laid_out(tokens, grid, 1);
  EXPECT_EQ(wrong.bytes[16], 128);
  EXPECT_EQ(wrong.bytes[32], picture.bytes[16]);
  EXPECT_EQ(wrong.bytes[36], 128) << "what hangs over the edge is cut";
}

}  // namespace
}  // namespace errata::relevance

#include "errata/relevance/between_parts.h"

#include <gtest/gtest.h>

namespace errata::relevance {
namespace {

TEST(BetweenParts, IsLinearBetweenMiddlesAndLevelBeyond) {
  // Patches at 8, 24, 40 and 56 across; two rows of parts with middles at 8 and 24, patches at the same.
  const PartValues parts{.row_middles = {8, 24}, .column_middles = {16, 48}, .values = {0, 1, 2, 4}};
  const auto values = between_parts(parts, {.height = 32, .width = 64});
  EXPECT_EQ(values, (std::vector<float>{0, .25F, .75F, 1, /**/ 2, 2.5F, 3.5F, 4}));
}

TEST(BetweenParts, UnevenMiddlesCount) {
  const PartValues parts{.row_middles = {0}, .column_middles = {8, 16, 56}, .values = {0, 8, 48}};
  EXPECT_EQ(between_parts(parts, {.height = 16, .width = 64}), (std::vector<float>{0, 16, 32, 48}));
}

TEST(BetweenParts, OnePartIsEverywhere) {
  const PartValues parts{.row_middles = {500}, .column_middles = {-3}, .values = {7}};
  EXPECT_EQ(between_parts(parts, {.height = 20, .width = 20}), std::vector<float>(4, 7));
}

TEST(BetweenParts, EvenMiddles) { EXPECT_EQ(even_middles(4, 8), (std::vector<double>{1, 3, 5, 7})); }

}  // namespace
}  // namespace errata::relevance

#include "errata/relevance/embedding_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "errata/arrays/npy.h"
#include "errata/base/test_folder.h"

namespace errata::relevance {
namespace {

std::filesystem::path write_npy(const std::filesystem::path& place, const std::vector<float>& values,
                                std::vector<std::size_t> shape) {
  std::ofstream(place, std::ios::binary) << arrays::npy_content(arrays::npy_array<float>(values, std::move(shape)));
  return place;
}

image::Picture blank(std::size_t height, std::size_t width) {
  return {.height = height, .width = width, .bytes = std::vector<std::uint8_t>(height * width)};
}

TEST(Embeddings, CosinesByHand) {
  const auto encoder =
      make_embedding_encoder({.rows = 1, .columns = 3, .dimensions = 2, .parts = {3, 0, 1, 1, 0, 0}, .query = {2, 0}});
  const auto found = encoder->score(blank(16, 48), "");
  ASSERT_TRUE(found);
  EXPECT_FLOAT_EQ(found->relevance[0], 1);
  EXPECT_FLOAT_EQ(found->relevance[1], static_cast<float>(std::sqrt(.5)));
  EXPECT_EQ(found->relevance[2], 0);  // a part of length 0
}

TEST(Embeddings, OfAnotherGridAreInterpolated) {
  const auto encoder =
      make_embedding_encoder({.rows = 1, .columns = 2, .dimensions = 1, .parts = {1, -1}, .query = {1}});
  const auto found = encoder->score(blank(16, 64), "");
  ASSERT_TRUE(found);
  // Middles of parts at 16 and 48 pixels, of patches at 8, 24, 40 and 56.
  EXPECT_EQ(found->relevance, (std::vector<float>{1, .5F, -.5F, -1}));
}

TEST(Embeddings, AreReadAsGridsAndAsLists) {
  const TestFolder folder;
  const auto query = write_npy(folder.path() / "q.npy", {1, 0}, {1, 2});
  const auto grid = read_embeddings(write_npy(folder.path() / "g.npy", std::vector<float>(12, 1), {2, 3, 2}), query);
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->columns, 3U);
  const auto list = read_embeddings(write_npy(folder.path() / "l.npy", std::vector<float>(8, 1), {4, 2}), query);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->rows, 2U);
}

TEST(Embeddings, ThatDoNotFitAreNamed) {
  const TestFolder folder;
  const auto query = write_npy(folder.path() / "q.npy", {1, 0, 0}, {3});
  const auto parts = write_npy(folder.path() / "p.npy", std::vector<float>(10, 1), {5, 2});
  EXPECT_NE(read_embeddings(parts, query).error().message.find("with n a square, not [5, 2]"), std::string::npos);
  const auto square = write_npy(folder.path() / "s.npy", std::vector<float>(8, 1), {4, 2});
  EXPECT_NE(read_embeddings(square, query).error().message.find("has the shape [3]"), std::string::npos);
  const auto bad = write_npy(folder.path() / "b.npy", {1, NAN}, {2});
  EXPECT_NE(read_embeddings(square, bad).error().message.find("value 1 is nan"), std::string::npos);
}

}  // namespace
}  // namespace errata::relevance

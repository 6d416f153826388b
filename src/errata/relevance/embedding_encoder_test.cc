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
  EXPECT_EQ(read_query_vector(write_npy(folder.path() / "q.npy", {1, 0}, {1, 2})).value(), (std::vector<float>{1, 0}));
  const auto grid = read_part_vectors(write_npy(folder.path() / "g.npy", std::vector<float>(12, 1), {2, 3, 2}));
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->columns, 3U);
  const auto list = read_part_vectors(write_npy(folder.path() / "l.npy", std::vector<float>(8, 1), {4, 2}));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->rows, 2U);
}

TEST(Embeddings, ThatDoNotFitAreNamed) {
  const TestFolder folder;
  const auto parts = write_npy(folder.path() / "p.npy", std::vector<float>(10, 1), {5, 2});
  EXPECT_NE(read_part_vectors(parts).error().message.find("p.npy: embeddings of parts have the shape"),
            std::string::npos);
  EXPECT_NE(read_part_vectors(parts).error().message.find("with n a square, not [5, 2]"), std::string::npos);
  EXPECT_NE(read_query_vector(parts).error().message.find("has the shape [d] or [1, d], not [5, 2]"),
            std::string::npos);
  const PartVectors square{.rows = 2, .columns = 2, .dimensions = 2, .values = std::vector<float>(8, 1)};
  EXPECT_EQ(embeddings_of(square, "p", {1, 0, 0}, "q").error().message,
            "q: the query's embedding has 3 dimensions; the parts of p have 2");
  EXPECT_EQ(embeddings_of(square, "p", {1, NAN}, "q").error().message, "q: value 1 is nan");
  PartVectors broken = square;
  broken.values[5] = INFINITY;
  EXPECT_EQ(embeddings_of(broken, "p", {1, 0}, "q").error().message, "p: value 5 is inf");
  EXPECT_EQ(embeddings_of(square, "p", {1, 0}, "q").value().rows, 2U);
}

}  // namespace
}  // namespace errata::relevance

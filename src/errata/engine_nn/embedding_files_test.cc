#include "errata/engine_nn/embedding_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "errata/arrays/npy.h"
#include "errata/base/test_folder.h"
#include "errata/table/write_log.h"

namespace errata::engine_nn {
namespace {

using ::testing::HasSubstr;
using Values = std::vector<float>;

class EmbeddingFiles : public ::testing::Test {
 protected:
  /// Rows of 2 x 2 parts, and of a query.
  std::string parquet(const std::string& name, std::vector<table::Column> columns,
                      std::vector<table::ListColumn> lists = {}) {
    const std::string place = folder_.path(name);
    if (columns.empty()) columns.push_back(column("note", std::vector<double>(lists.front().rows(), 7)));
    const auto written = table::write_columns(columns, place, lists);
    EXPECT_TRUE(written) << written.error().message;
    return place;
  }
  static table::Column column(const std::string& name, const std::vector<double>& values) {
    table::Column made{.name = name};
    made.numbers = table::Numbers(values);
    return made;
  }
  std::string query() { return parquet("query.parquet", {}, {{.name = "embedding", .width = 2, .values = {1, 0}}}); }
  std::string refusal(const std::string& patches, const std::string& asked) {
    const auto read = read_embedding_files(patches, asked);
    return read ? "none" : read.error().message;
  }

  const Values four_{1, 2, 3, 4, 5, 6, 7, 8};
  TestFolder folder_;
};

TEST_F(EmbeddingFiles, AListARow) {
  const auto read =
      read_embedding_files(parquet("p.parquet", {}, {{.name = "embedding", .width = 2, .values = four_}}), query());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->rows, 2U);
  EXPECT_EQ(read->columns, 2U);
  EXPECT_EQ(read->dimensions, 2U);
  EXPECT_EQ(read->parts, four_);
  EXPECT_EQ(read->query, (Values{1, 0}));
}

TEST_F(EmbeddingFiles, AColumnADimension) {
  const auto read =
      read_embedding_files(parquet("p.parquet", {column("d0", {1, 3, 5, 7}), column("d1", {2, 4, 6, 8})}), query());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->parts, four_);
  EXPECT_EQ(read->rows, 2U);
}

TEST_F(EmbeddingFiles, RowAndColumnSayThePlaces) {
  const auto place = parquet("p.parquet", {column("column", {2, 0, 1}), column("row", {0, 0, 0})},
                             {{.name = "v", .width = 2, .values = {5, 6, 1, 2, 3, 4}}});
  const auto read = read_embedding_files(place, query());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->rows, 1U);
  EXPECT_EQ(read->columns, 3U);
  EXPECT_EQ(read->parts, (Values{1, 2, 3, 4, 5, 6}));
}

TEST_F(EmbeddingFiles, KindsMayBeMixed) {
  const auto lines = folder_.file("p.jsonl", "{\"v\":[1,2]}\n{\"v\":[3,4]}\n{\"v\":[5,6]}\n{\"v\":[7,8]}\n");
  const std::string npy = folder_.path("q.npy");
  const Values asked{0, 1};
  std::ofstream(npy, std::ios::binary) << arrays::npy_content(arrays::npy_array<float>(asked, {2}));
  const auto read = read_embedding_files(lines, npy);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->parts, four_);
  EXPECT_EQ(read->query, asked);
}

TEST_F(EmbeddingFiles, WhatIsNoGridIsRefusedByFileAndRow) {
  const auto asked = query();
  const auto list = [&](std::size_t rows, std::vector<table::Column> columns = {}) {
    return parquet("p.parquet", std::move(columns), {{.name = "v", .width = 2, .values = Values(2 * rows, 1)}});
  };
  EXPECT_THAT(refusal(list(3), asked), HasSubstr("p.parquet: 3 rows are no square grid of parts; columns row and"));
  EXPECT_THAT(refusal(list(4, {column("row", {0, 0, 1, 1})}), asked), HasSubstr("has a column row and none called"));
  EXPECT_THAT(refusal(list(2, {column("row", {0, 0}), column("column", {0, 0})}), asked),
              HasSubstr("p.parquet: 2 rows are no grid of 1 x 1"));
  EXPECT_THAT(refusal(list(4, {column("row", {0, 0, 1, 1}), column("column", {0, 1, 1, 1})}), asked),
              HasSubstr("p.parquet: row 4: row 1, column 1 stands there already"));
  EXPECT_THAT(refusal(list(2, {column("row", {0, .5}), column("column", {0, 1})}), asked),
              HasSubstr("p.parquet: row 2: row is 0.5, not a whole number from 0 to 1"));
  EXPECT_THAT(refusal(list(2, {column("row", {0, -1}), column("column", {0, 1})}), asked), HasSubstr("row is -1"));
}

TEST_F(EmbeddingFiles, WhatIsNoVectorIsRefusedByFileAndColumn) {
  const auto asked = query();
  EXPECT_THAT(refusal(parquet("two.parquet", {},
                              {{.name = "a", .width = 1, .values = {1}}, {.name = "b", .width = 1, .values = {1}}}),
                      asked),
              HasSubstr("two.parquet: the columns a and b both hold lists"));
  EXPECT_THAT(refusal(folder_.file("t.csv", "a,b\n1,x\n"), asked), HasSubstr("t.csv: the column b holds no numbers"));
  EXPECT_THAT(refusal(parquet("nan.parquet", {column("d", {1, NAN, 1, 1})}), asked),
              HasSubstr("nan.parquet: row 2: d is missing or NaN"));
  EXPECT_THAT(refusal(folder_.file("q.csv", "row,column\n0,0\n"), asked),
              HasSubstr("q.csv: holds no column of lists, and none of numbers"));
  EXPECT_THAT(refusal(folder_.file("ragged.jsonl", "{\"v\":[1,2]}\n{\"v\":[1]}\n"), asked), HasSubstr("row 2"));
  EXPECT_THAT(refusal(folder_.file("no.parquet", "PAR1"), asked), HasSubstr("no.parquet"));
  EXPECT_THAT(refusal(folder_.path("gone.parquet"), asked), HasSubstr("gone.parquet"));
  const auto patches = parquet("p.parquet", {}, {{.name = "v", .width = 2, .values = four_}});
  EXPECT_THAT(refusal(patches, patches), HasSubstr("p.parquet: has 4 rows; the embedding of the query is one"));
  EXPECT_THAT(refusal(patches, parquet("wide.parquet", {}, {{.name = "v", .width = 3, .values = {1, 2, 3}}})),
              HasSubstr("wide.parquet: the query's embedding has 3 dimensions"));
}

}  // namespace
}  // namespace errata::engine_nn

// The embedding column of a log: from every kind of file, whole or refused with file, column and row.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"
#include "errata/table/test_reading.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Column numbers(std::string name, std::vector<double> values) {
  return {.name = std::move(name), .numbers = std::move(values)};
}

ReadOptions with_embedding(std::vector<std::string> paths) {
  return {.paths = std::move(paths), .failure = "x > 1", .keep_embedding = true};
}

constexpr std::string_view kLines =
    "{\"x\":1,\"embedding\":[0.5,-2,3]}\n"
    "{\"x\":2,\"embedding\":[1,2.25,0]}\n";
constexpr std::string_view kLists = "x,embedding\n1,\"[0.5, -2, 3]\"\n2,\"[1,2.25,0]\"\n";

TEST(ReadEmbedding, FromLinesOfJson) {
  const TestFolder folder;
  const auto log = must_read(with_embedding({folder.file("log.jsonl", kLines)}));
  EXPECT_EQ(log.embedding.name, "embedding");
  EXPECT_EQ(log.embedding.width, 3);
  EXPECT_EQ(log.embedding.rows(), 2);
  EXPECT_THAT(log.embedding.values, ElementsAre(0.5F, -2, 3, 1, 2.25F, 0));
  EXPECT_THAT(log.embedding.row(1), ElementsAre(1, 2.25F, 0));
  EXPECT_THAT(log.roles.features, ElementsAre("x"));
}

TEST(ReadEmbedding, TextIsAnEmbeddingWhenItIsNamed) {
  const TestFolder folder;
  auto options = with_embedding({folder.file("log.csv", kLists)});
  const auto guessed = must_read(options);
  EXPECT_EQ(guessed.embedding.width, 0);
  EXPECT_THAT(guessed.roles.features, ElementsAre("x", "embedding"));
  options.roles.embedding = "embedding";
  const auto log = must_read(options);
  EXPECT_THAT(log.embedding.values, ElementsAre(0.5F, -2, 3, 1, 2.25F, 0));
  EXPECT_THAT(log.roles.features, ElementsAre("x"));
}

TEST(ReadEmbedding, IsLeftInTheFileUnlessItIsAskedFor) {
  const TestFolder folder;
  auto options = with_embedding({folder.file("log.jsonl", kLines)});
  options.keep_embedding = false;
  const auto log = must_read(options);
  EXPECT_EQ(log.roles.embedding, "embedding");
  EXPECT_EQ(log.embedding.width, 0);
  EXPECT_THAT(log.embedding.values, IsEmpty());
}

TEST(ReadEmbedding, WhatIsWrittenIsReadBitForBit) {
  const TestFolder folder;
  constexpr std::size_t kRows = 5000, kWidth = 37;  // more than two chunks
  Rng rng(5);
  ListColumn latents{.name = "latents", .width = kWidth};
  std::vector<double> x;
  for (std::size_t row = 0; row < kRows; ++row) {
    x.push_back(static_cast<double>(row % 3));
    for (std::size_t c = 0; c < kWidth; ++c) latents.values.push_back(static_cast<float>(rng.normal()));
  }
  const std::vector<ListColumn> written{latents};
  for (const char* name : {"log.parquet", "log.jsonl", "log.csv"}) {
    ASSERT_TRUE(write_columns({numbers("x", x)}, folder.path(name), written));
    auto options = with_embedding({folder.path(name)});
    options.roles.embedding = "latents";
    const auto log = must_read(options);
    EXPECT_EQ(log.embedding.width, kWidth) << name;
    EXPECT_EQ(log.embedding.values, latents.values) << name;
    EXPECT_EQ(log.find("x")->numbers, x) << name;
  }
}

TEST(ReadEmbedding, EveryListOfNumbersAndTypesThatDifferAcrossFiles) {
  const TestFolder folder;
  const auto whole = folder.file("a.jsonl", "{\"x\":1,\"e\":[1,2]}\n");
  const auto real = folder.file("b.jsonl", "{\"x\":2,\"e\":[0.5,4]}\n");
  EXPECT_THAT(must_read(with_embedding({whole})).embedding.values, ElementsAre(1, 2));
  const auto both = must_read(with_embedding({whole, real}));
  EXPECT_THAT(both.embedding.values, ElementsAre(1, 2, 0.5F, 4));
  EXPECT_THAT(both.warnings, Contains(HasSubstr("read as lists of numbers")));
}

TEST(ReadEmbedding, OtherListsAreNoEmbedding) {
  const TestFolder folder;
  const auto log = must_read(with_embedding({folder.file(
      "log.jsonl", "{\"x\":1,\"tags\":[\"a\"],\"pairs\":[[1],[2]]}\n{\"x\":2,\"tags\":[],\"pairs\":[]}\n")}));
  EXPECT_EQ(log.roles.embedding, std::nullopt);
  EXPECT_EQ(log.embedding.width, 0);
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column tags: ignored: lists and nested")));
}

TEST(ReadEmbedding, AnotherWidthIsRefusedWithItsPlace) {
  const TestFolder folder;
  const auto ragged = folder.file("b.jsonl", "{\"x\":1,\"embedding\":[1,2,3]}\n{\"x\":2,\"embedding\":[1,2]}\n");
  EXPECT_EQ(refusal(with_embedding({ragged})),
            ragged +
                ": embedding column embedding: row 2 holds 2 numbers, not 3 as the first row of the log; name "
                "another column with --embedding, or leave this one out with --ignore");
  const auto first = folder.file("a.jsonl", kLines);
  EXPECT_THAT(refusal(with_embedding({first, ragged})), HasSubstr("b.jsonl: embedding column embedding: row 2 holds"));
  auto ignored = with_embedding({ragged});
  ignored.roles.ignore = {"embedding"};
  EXPECT_EQ(must_read(ignored).embedding.width, 0);
}

TEST(ReadEmbedding, MissingAndUnusableValuesAreRefusedWithTheirRow) {
  const TestFolder folder;
  const auto line = [&](std::string_view list) {
    return refusal(with_embedding({folder.file(
        "log.jsonl", fmt::format("{{\"x\":1,\"embedding\":[1,2.5]}}\n{{\"x\":2,\"embedding\":{}}}\n", list))}));
  };
  EXPECT_THAT(line("null"), HasSubstr("row 2 is missing or no list of numbers"));
  EXPECT_THAT(line("[1,null]"), HasSubstr("row 2 has no finite number in place 2"));
  EXPECT_THAT(line("[1e300,1]"), HasSubstr("row 2 has no finite number in place 1"));
  EXPECT_THAT(line("[]"), HasSubstr("row 2 holds 0 numbers, not 2"));
  const auto text = [&](std::string_view list) {
    auto options = with_embedding({folder.file("log.csv", fmt::format("x,e\n1,\"[1, 2]\"\n2,{}\n", list))});
    options.roles.embedding = "e";
    return refusal(options);
  };
  EXPECT_THAT(text("none"), HasSubstr("row 2 is missing or no list of numbers"));
  EXPECT_THAT(text(""), HasSubstr("row 2 is missing or no list of numbers"));
  EXPECT_THAT(text("\"[1, two]\""), HasSubstr("row 2"));
  EXPECT_THAT(text("\"[1, inf]\""), HasSubstr("row 2 has no finite number in place 2"));
  const std::vector<ListColumn> nan{{.name = "embedding", .width = 2, .values = {1, 2, 3, kNan}}};
  ASSERT_TRUE(write_columns({numbers("x", {1, 2})}, folder.path("nan.parquet"), nan));
  EXPECT_THAT(refusal(with_embedding({folder.path("nan.parquet")})),
              HasSubstr("row 2 has no finite number in place 2"));
  auto empty = with_embedding({folder.file("empty.csv", "x,e\n1,[]\n")});
  empty.roles.embedding = "e";
  EXPECT_THAT(refusal(empty), HasSubstr("row 1 is an empty list"));
}

TEST(ReadEmbedding, AWideOneIsRefusedBeforeItIsHeld) {
  const TestFolder folder;
  auto options = with_embedding({folder.file("log.jsonl", kLines)});
  options.max_embedding = 2;
  EXPECT_THAT(refusal(options), HasSubstr("row 1 holds 3 numbers; the limit is 2"));
}

TEST(ReadEmbedding, RowsThatCannotBeJudgedLeaveTogetherWithTheirs) {
  const TestFolder folder;
  ReadOptions options{.paths = {folder.file("log.jsonl",
                                            "{\"f\":1,\"label\":1,\"pred\":1,\"e\":[1,2]}\n"
                                            "{\"f\":2,\"label\":null,\"pred\":1,\"e\":[3,4]}\n"
                                            "{\"f\":3,\"label\":0,\"pred\":1,\"e\":[5,6]}\n")},
                      .keep_embedding = true};
  EXPECT_THAT(must_read(options).embedding.values, ElementsAre(1, 2, 5, 6));
  options.keep_unjudged = true;
  EXPECT_THAT(must_read(options).embedding.values, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(ReadLists, AloneTheyAreALog) {
  const TestFolder folder;
  ReadOptions options{.paths = {folder.file("log.jsonl", "{\"v\":[1,2]}\n{\"v\":[3,4]}\n{\"v\":[5,6]}\n")},
                      .keep_unjudged = true,
                      .may_lack_outcomes = true};
  options.roles.lists = {"v"};
  const auto log = must_read(options);
  EXPECT_EQ(log.rows, 3U);
  ASSERT_EQ(log.lists.size(), 1U);
  EXPECT_THAT(log.lists[0].values, ElementsAre(1, 2, 3, 4, 5, 6));
}

}  // namespace
}  // namespace errata::table

#include "errata/table/text_dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::table {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using Lines = std::vector<std::string>;

TextDialect dialect_of(const Lines& lines, std::optional<char> delimiter = {}) {
  return find_dialect(lines, delimiter);
}

TEST(TextDialect, TheDelimiterIsThatOfTheHeaderAndOfNearlyAllLines) {
  EXPECT_EQ(dialect_of({"a,b", "1,2"}).delimiter, ',');
  EXPECT_EQ(dialect_of({"a;b", "0,5;1", "0,25;0"}).delimiter, ';');
  EXPECT_EQ(dialect_of({"a\tb", "x, y\t2"}).delimiter, '\t');
  EXPECT_EQ(dialect_of({"a|b", "1|2"}).delimiter, '|');
  EXPECT_EQ(dialect_of({"region:age", "West:63"}).delimiter, ':');
  EXPECT_EQ(dialect_of({"a,b,c", "1,2,3", "4,5,6", "7,8"}).delimiter, ',') << "the last line was cut off";
  EXPECT_EQ(dialect_of({"a;b"}).delimiter, ';') << "no record";
  EXPECT_EQ(dialect_of({"sep=|", "a,x|b", "1,2|3"}).delimiter, '|');
}

TEST(TextDialect, ANamedDelimiterIsTaken) {
  const TextDialect dialect = dialect_of({"a b", "1 2"}, ' ');
  EXPECT_THAT(dialect.names, ElementsAre("a", "b"));
  EXPECT_THAT(dialect_of({"a,b", "1,2"}, ';').names, ElementsAre("a,b"));
}

TEST(TextDialect, Quotes) {
  EXPECT_EQ(dialect_of({"a,b", R"("x ""y"", z",2)"}).escape, '"');
  EXPECT_EQ(dialect_of({"a,b", R"("x \"y\", z",2)", R"("u, v",3)"}).escape, '\\');
  EXPECT_EQ(dialect_of({"a,b", "'x,y',2", "'u,v',3"}).quote, '\'');
  EXPECT_EQ(dialect_of({"a,b", R"("5" screen,2)", R"("7" screen,2)"}).quote, '\0') << "a quote that is none";
  EXPECT_THAT(dialect_of({R"("a, x", "b")", R"("1", "2")"}).names, ElementsAre("a, x", "b"));
  EXPECT_THAT(dialect_of({"a,b", "\"over", "lines\",2", "x,3"}).names, ElementsAre("a", "b"));
}

TEST(TextDialect, LinesBeforeTheHeader) {
  EXPECT_EQ(dialect_of({"", "a,b", "1,2"}).skipped, 1U);
  EXPECT_EQ(dialect_of({"# run 17", "a,b", "1,2"}).skipped, 1U);
  EXPECT_EQ(dialect_of({"# run 17, model b", "# 2", "", "a,b", "1,2"}).skipped, 3U);
  EXPECT_EQ(dialect_of({"#a,b", "1,2"}).skipped, 0U) << "a header that begins with the sign";
  EXPECT_THAT(dialect_of({"#a,b", "1,2"}).names, ElementsAre("#a", "b"));
}

TEST(TextDialect, NamesAreThereOnce) {
  const TextDialect dialect = dialect_of({",a,A,a_1,", "1,2,3,4,5"});
  EXPECT_THAT(dialect.names, ElementsAre("column0", "a", "A_2", "a_1", "column4"));
  EXPECT_THAT(dialect.repeated, ElementsAre(Pair("A", "A_2")));
  EXPECT_EQ(dialect.unnamed, 2U);
}

TEST(TextDialect, NothingToRead) {
  EXPECT_TRUE(dialect_of({}).names.empty());
  EXPECT_TRUE(dialect_of({"", " "}).names.empty());
  EXPECT_THAT(dialect_of({"y_true", "1"}).names, ElementsAre("y_true"));
  EXPECT_THAT(dialect_of({"\"open", "1"}).names, ElementsAre("\"open"));
}

}  // namespace
}  // namespace errata::table

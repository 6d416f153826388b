#include "errata/table/predicate.h"

#include <gmock/gmock.h>

#include <limits>

namespace errata::table {
namespace {

std::string where(const Predicate& p) { return where_clause({&p, 1}); }

TEST(WhereClause, Ranges) {
  Predicate p{.feature = "x", .kind = Predicate::Kind::range, .above = 12, .up_to = 16.5};
  EXPECT_EQ(where(p), R"("x" > 12 AND "x" <= 16.5)");
  p.above = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(where(p), R"("x" <= 16.5)");
  p.up_to = std::numeric_limits<double>::infinity();
  EXPECT_EQ(where(p), R"("x" IS NOT NULL)");
  p.above = 52.900000000000546;
  p.nan_is_missing = true;
  EXPECT_EQ(where(p), R"("x" > 52.900000000000546e0 AND "x" <> 'NaN')");
}

TEST(WhereClause, Times) {
  const Predicate p{
      .feature = "t", .kind = Predicate::Kind::range, .above = -500000, .up_to = 1583157600000000, .is_time = true};
  EXPECT_EQ(where(p), R"("t" > TIMESTAMP '1969-12-31 23:59:59.500000' AND "t" <= TIMESTAMP '2020-03-02 14:00:00')");
}

TEST(WhereClause, PeriodsOfTimeBeginAndEndWithWholeSeconds) {
  // 2009-06-01 and 2009-07-01 less a microsecond.
  Predicate p{.feature = "t",
              .kind = Predicate::Kind::range,
              .above = 1243814399999999,
              .up_to = 1246406399999999,
              .is_time = true};
  EXPECT_EQ(where(p), R"("t" >= TIMESTAMP '2009-06-01 00:00:00' AND "t" < TIMESTAMP '2009-07-01 00:00:00')");
  p.above = -1;
  p.up_to = std::numeric_limits<double>::infinity();
  EXPECT_EQ(where(p), R"("t" >= TIMESTAMP '1970-01-01 00:00:00')");
  p.above = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(where(p), R"("t" IS NOT NULL)");
}

TEST(WhereClause, CategoriesAndNames) {
  EXPECT_EQ(where({.feature = "a \"b\"", .kind = Predicate::Kind::equals, .value = "it's"}), R"("a ""b""" = 'it''s')");
  EXPECT_EQ(where({.feature = "größe", .kind = Predicate::Kind::any_of, .values = {"a", "b"}}),
            R"("größe" IN ('a', 'b'))");
  EXPECT_EQ(where({.feature = "n", .kind = Predicate::Kind::equals, .value = "-3", .value_is_integer = true}),
            R"("n" = -3)");
  EXPECT_EQ(where({.feature = "n", .kind = Predicate::Kind::missing}), R"("n" IS NULL)");
  EXPECT_EQ(where_clause({}), "TRUE");
}

TEST(Matches, RefusesColumnsOfAnotherKind) {
  PredictionLog log{.rows = 1};
  log.columns.push_back(
      {.name = "c", .kind = ColumnKind::categorical, .source_type = "VARCHAR", .codes = {0}, .categories = {"a"}});
  const Predicate range{.feature = "c", .kind = Predicate::Kind::range, .above = 1, .up_to = 2};
  const auto refused = matches(log, {&range, 1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("column c"));
  const Predicate absent{.feature = "d", .kind = Predicate::Kind::missing};
  EXPECT_FALSE(matches(log, {&absent, 1}));
}

}  // namespace
}  // namespace errata::table

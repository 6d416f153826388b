#include "errata/table/pandas_query.h"

#include <gtest/gtest.h>

#include "errata/base/limits.h"

namespace errata::table {
namespace {

std::string query(const Predicate& p) { return pandas_query({&p, 1}); }

TEST(PandasQuery, RangesLeaveMissingOut) {
  Predicate p{.feature = "x", .kind = Predicate::Kind::range, .above = 12, .up_to = 16.5};
  EXPECT_EQ(query(p), R"(df[(df["x"] > 12) & (df["x"] <= 16.5)])");
  p.above = -kInfinity;
  EXPECT_EQ(query(p), R"(df[(df["x"] <= 16.5)])");
  p.up_to = kInfinity;
  EXPECT_EQ(query(p), R"(df[df["x"].notna()])");
  EXPECT_EQ(query({.feature = "x", .kind = Predicate::Kind::missing}), R"(df[df["x"].isna()])");
}

TEST(PandasQuery, TimesAreOfUtc) {
  Predicate p{.feature = "t",
              .kind = Predicate::Kind::range,
              .above = 1243814399999999,
              .up_to = 1583157600500000,
              .is_time = true};
  EXPECT_EQ(query(p),
            R"(df[(pd.to_datetime(df["t"], utc=True) >= pd.Timestamp("2009-06-01", tz="UTC")) & )"
            R"((pd.to_datetime(df["t"], utc=True) <= pd.Timestamp("2020-03-02T14:00:00.500000", tz="UTC"))])");
}

TEST(PandasQuery, NamesAndTextsArePython) {
  EXPECT_EQ(query({.feature = "a \"b\" \\", .kind = Predicate::Kind::equals, .value = "it's\n"}),
            R"(df[(df["a \"b\" \\"] == "it's\x0a")])");
  EXPECT_EQ(query({.feature = "größe", .kind = Predicate::Kind::any_of, .values = {"a", "b"}}),
            R"(df[df["größe"].isin(["a", "b"])])");
  EXPECT_EQ(query({.feature = "n", .kind = Predicate::Kind::equals, .value = "-3", .value_is_integer = true}),
            R"(df[(df["n"] == -3)])");
  EXPECT_EQ(pandas_query({}), "df");
}

TEST(PandasQuery, TextThatPandasReadsOtherwiseIsLookedForAsBoth) {
  EXPECT_EQ(query({.feature = "zip", .kind = Predicate::Kind::equals, .value = "01067"}),
            R"(df[df["zip"].isin(["01067", 1067])])");
  EXPECT_EQ(query({.feature = "f", .kind = Predicate::Kind::equals, .value = "true"}),
            R"(df[df["f"].isin(["true", True])])");
  EXPECT_EQ(query({.feature = "f", .kind = Predicate::Kind::equals, .value = "nan"}), R"(df[(df["f"] == "nan")])");
}

TEST(PandasQuery, IntegersThatDoublesCannotTellApartStayExact) {
  EXPECT_EQ(query({.feature = "id", .kind = Predicate::Kind::equals, .value = "9007199254740993"}),
            R"(df[df["id"].isin(["9007199254740993", 9007199254740993])])");
  EXPECT_EQ(query({.feature = "id", .kind = Predicate::Kind::any_of, .values = {"18446744073709551615", "-5", "007"}}),
            R"(df[df["id"].isin(["18446744073709551615", 18446744073709551615, "-5", -5, "007", 7])])");
}

}  // namespace
}  // namespace errata::table

#include "errata/slice/saved_slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace errata::slice {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view json) {
  const auto parsed = parse_saved_slices(json, "saved.json");
  EXPECT_FALSE(parsed.has_value()) << json;
  return parsed ? std::string() : parsed.error().message;
}

TEST(SavedSlices, BrokenJsonIsToldByItsLine) {
  EXPECT_EQ(error_of("{\n  \"slices\": [\n    oops\n"), "saved.json:3: not JSON at column 5");
  EXPECT_EQ(error_of("{\"slices\": ["), "saved.json:1: the JSON ends too early");
  EXPECT_EQ(error_of(""), "saved.json:1: the JSON ends too early");
}

TEST(SavedSlices, ForeignAndNewerFilesAreRefused) {
  EXPECT_THAT(error_of("[]"), HasSubstr("saved.json: holds no slices"));
  EXPECT_THAT(error_of("{\"rows\": 1}"), HasSubstr("holds no slices"));
  EXPECT_THAT(error_of(R"({"schema": "other", "slices": []})"), HasSubstr("its schema is \"other\""));
  EXPECT_THAT(error_of(R"({"schema": "errata.analysis", "schema_version": 2, "hotspots": []})"),
              HasSubstr("newer errata: schema_version 2, this one reads up to 1"));
  EXPECT_THAT(error_of(R"({"schema": "errata.analysis", "schema_version": 1})"),
              HasSubstr("\"hotspots\" must be a list"));
  EXPECT_THAT(error_of(R"({"schema": "errata.analysis", "schema_version": 18446744073709551615, "hotspots": []})"),
              HasSubstr("newer errata: schema_version 18446744073709551615, this one reads up to 1"));
}

TEST(SavedSlices, NestedAndLongValuesAreNotEchoed) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(error_of(R"({"schema": )" + nested(99) + "}"),
            "saved.json: its schema is a value of type array, not \"errata.analysis\"");
  EXPECT_EQ(error_of(R"({"schema": )" + nested(100'000) + "}"),
            "saved.json: lists and objects are nested more than 100 deep");
  EXPECT_EQ(error_of(R"({"schema": )" + std::string(101, '[')),
            "saved.json: lists and objects are nested more than 100 deep");
  EXPECT_EQ(
      error_of(R"({"slices": [{"where": [{"feature": "x", "source": )" + nested(5) + "}]}]}"),
      "saved.json: slices[0].where[0]: \"source\" is a value of type array, not one of feature, label, prediction, "
      "stream, time");
  EXPECT_THAT(error_of(R"({"schema": ")" + std::string(1000, 'a') + "\"}"), HasSubstr("is a value of type string"));
  EXPECT_TRUE(parse_saved_slices(R"({"note": ")" + std::string(200, '[') + R"(\"[", "slices": []})", "saved.json"));
}

TEST(SavedSlices, WrongEntriesAreToldByTheirPlace) {
  const auto in_where = [](const char* predicate) {
    return error_of(std::string(R"({"slices": [{"where": []}, {"where": [)") + predicate + "]}]}");
  };
  EXPECT_EQ(error_of(R"({"slices": [{"where": 3}]})"), "saved.json: slices[0]: \"where\" must be a list of predicates");
  EXPECT_THAT(in_where("7"), HasSubstr("saved.json: slices[1].where[0]: a predicate must be an object"));
  EXPECT_THAT(in_where(R"({"equals": "a"})"), HasSubstr("\"feature\" must be the name of a column"));
  EXPECT_THAT(in_where(R"({"feature": "x"})"), HasSubstr("exactly one of"));
  EXPECT_THAT(in_where(R"({"feature": "x", "equals": "a", "above": 3})"), HasSubstr("exactly one of"));
  EXPECT_THAT(in_where(R"({"feature": "x", "equals": 1.5})"), HasSubstr("a text or an integer"));
  EXPECT_THAT(in_where(R"({"feature": "x", "above": "3"})"), HasSubstr("\"above\" must be a number or null"));
  EXPECT_THAT(in_where(R"({"feature": "x", "above": 3, "up_to": 3})"), HasSubstr("the range above 3 up to 3 is empty"));
  EXPECT_THAT(in_where(R"({"feature": "x", "any_of": ["a", 1]})"), HasSubstr("a list of texts"));
  EXPECT_THAT(in_where(R"({"feature": "x", "missing": false})"), HasSubstr("can only be true"));
  EXPECT_THAT(in_where(R"({"feature": "x", "equals": "a", "source": "moon"})"), HasSubstr("\"source\" is \"moon\""));
}

}  // namespace
}  // namespace errata::slice

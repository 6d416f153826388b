#include "errata/report/saved_slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "errata/report/example_analysis.h"
#include "errata/report/json.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string error_of(std::string_view json) {
  const auto parsed = parse_saved_slices(json, "saved.json");
  EXPECT_FALSE(parsed.has_value()) << json;
  return parsed ? std::string() : parsed.error().message;
}

TEST(SavedSlices, AnAnalysisGivesBackItsHotspots) {
  for (const slice::Analysis& analysis : {example_analysis(), quiet_analysis()}) {
    const auto parsed = parse_saved_slices(render_json(analysis), "report.json");
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    ASSERT_EQ(parsed->size(), analysis.hotspots.size());
    for (std::size_t i = 0; i < parsed->size(); ++i) EXPECT_EQ((*parsed)[i], analysis.hotspots[i].slice.where);
  }
}

table::Predicate arbitrary_predicate() {
  const std::string feature = *rc::gen::arbitrary<std::string>();
  switch (*rc::gen::inRange(0, 5)) {
    case 0: {
      const int above = *rc::gen::inRange(-1000, 1000);
      return range(feature, above / 8.0, above / 8.0 + *rc::gen::inRange(1, 100), kInfinity, -kInfinity);
    }
    case 1: return range(feature, -kInfinity, *rc::gen::inRange(-5, 5), kInfinity, -kInfinity);
    case 2: {
      table::Predicate integer = equals(feature, std::to_string(*rc::gen::arbitrary<int>()));
      integer.value_is_integer = true;
      return integer;
    }
    case 3: {
      table::Predicate missing = equals(feature, "");
      missing.kind = table::Predicate::Kind::missing;
      return missing;
    }
    default: return equals(feature, *rc::gen::arbitrary<std::string>());
  }
}

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

RC_GTEST_PROP(SavedSlices, SlicesAreReadBackAsTheyWereWritten, ()) {
  std::vector<table::Predicate> where;
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) where.push_back(arbitrary_predicate());
  for (const table::Predicate& predicate : where) RC_PRE(is_ascii(predicate.feature) && is_ascii(predicate.value));
  const slice::SearchResult result{
      .rows = 10, .failures = 2, .loss = 2, .slices = {{.where = {}, .n = 5, .failures = 2, .loss = 2, .score = 1}}};
  const auto parsed = parse_saved_slices(render_slices_json(result, {where}, false), "slices.json");
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->size() == 1U);
  RC_ASSERT(parsed->front() == where);
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
}  // namespace errata::report

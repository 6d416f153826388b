#include "errata/report/analysis/saved_slices.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "errata/base/limits.h"
#include "errata/report/analysis/json.h"
#include "errata/report/analysis/test_example.h"
#include "errata/slice/saved_slices.h"

namespace errata::report {
namespace {

TEST(SavedSlices, AnAnalysisGivesBackItsHotspots) {
  for (const slice::Analysis& analysis : {example_analysis(), quiet_analysis()}) {
    const auto parsed = slice::parse_saved_slices(analysis_json(analysis), "report.json");
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
  const auto parsed = slice::parse_saved_slices(slices_json(result, {where}, false), "slices.json");
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->size() == 1U);
  RC_ASSERT(parsed->front() == where);
}

}  // namespace
}  // namespace errata::report

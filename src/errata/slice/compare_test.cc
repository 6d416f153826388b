#include "errata/slice/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace errata::slice {
namespace {

using ::testing::HasSubstr;

/// A log with one column `group`: `in` cases of group 1 with `failed_in` failures, then `out` of group 0.
table::PredictionLog log_of(std::size_t in, std::size_t failed_in, std::size_t out, std::size_t failed_out,
                            const std::string& name = "group") {
  table::PredictionLog log;
  log.rows = in + out;
  table::Column group{.name = name, .source_type = "BIGINT"};
  for (std::size_t r = 0; r < log.rows; ++r) {
    group.numbers.push_back(r < in ? 1 : 0);
    log.failed.push_back(r < in ? r < failed_in : r - in < failed_out);
  }
  log.columns.push_back(std::move(group));
  return log;
}

std::vector<table::Predicate> in_group(const std::string& name = "group") {
  return {{.feature = name, .kind = table::Predicate::Kind::equals, .value = "1", .value_is_integer = true}};
}

ComparedSlice compared(const table::PredictionLog& first, const table::PredictionLog& second,
                       const Candidate& candidate) {
  const auto comparison = compare_slices(first, second, std::vector{candidate}, 0.05);
  EXPECT_TRUE(comparison.has_value());
  return comparison->slices.at(0);
}

TEST(CompareSlices, TellsEachKindOfChange) {
  const auto calm = log_of(200, 20, 800, 80);          // 10% in and out
  const auto raised = log_of(200, 80, 800, 80);        // 40% in, 10% out
  const auto very_raised = log_of(200, 160, 800, 80);  // 80% in
  const Candidate candidate{.where = in_group()};
  EXPECT_EQ(compared(calm, raised, candidate).change, Change::appeared);
  EXPECT_EQ(compared(raised, calm, candidate).change, Change::gone);
  EXPECT_EQ(compared(raised, very_raised, candidate).change, Change::worse);
  EXPECT_EQ(compared(very_raised, raised, candidate).change, Change::better);
  EXPECT_EQ(compared(raised, raised, candidate).change, Change::unchanged);
}

TEST(CompareSlices, CountsWhatIsThere) {
  const auto slice = compared(log_of(200, 80, 800, 80), log_of(100, 5, 300, 30), {.where = in_group()});
  EXPECT_EQ(slice.first.n, 200U);
  EXPECT_EQ(slice.first.failures, 80U);
  EXPECT_DOUBLE_EQ(slice.first.rate, 0.4);
  EXPECT_DOUBLE_EQ(slice.first.rest, 0.1);
  EXPECT_TRUE(slice.first.raised);
  EXPECT_DOUBLE_EQ(slice.second.rate, 0.05);
  EXPECT_FALSE(slice.second.raised);
}

TEST(CompareSlices, UsesHeldOutCountsOnlyOnTheLogTheSliceWasFoundOn) {
  const auto log = log_of(200, 80, 800, 80);
  const Candidate found{
      .where = in_group(), .found_on = FoundOn::first, .held_out = HeldOut{.n = 90, .failures = 27, .log_p = -20}};
  const auto slice = compared(log, log, found);
  EXPECT_EQ(slice.first.n, 90U);
  EXPECT_DOUBLE_EQ(slice.first.rate, 0.3);
  EXPECT_DOUBLE_EQ(slice.first.log_p, -20);
  EXPECT_EQ(slice.second.n, 200U);
}

TEST(CompareSlices, AColumnThatIsNotThereIsNoError) {
  const auto slice = compared(log_of(10, 5, 10, 5), log_of(10, 5, 10, 5, "other"), {.where = in_group()});
  EXPECT_EQ(slice.change, Change::incomparable);
  EXPECT_EQ(slice.first.unmeasurable, "");
  EXPECT_THAT(slice.second.unmeasurable, HasSubstr("group"));
}

TEST(CompareSlices, ASliceWithoutCasesIsIncomparable) {
  EXPECT_EQ(compared(log_of(10, 5, 10, 5), log_of(0, 0, 10, 5), {.where = in_group()}).change, Change::incomparable);
}

TEST(CompareSlices, RefusesALevelOutsideItsRange) {
  const auto log = log_of(10, 5, 10, 5);
  for (const double fdr : {0.0, 1.0, -1.0, std::nan("")})
    EXPECT_FALSE(compare_slices(log, log, {}, fdr).has_value()) << fdr;
}

TEST(WithoutRepeats, KeepsTheFirstLogsSliceOfTwoThatHoldTheSameCases) {
  const auto log = log_of(50, 20, 50, 5);
  const Candidate by_value{.where = in_group(), .found_on = FoundOn::first};
  const Candidate by_range{.where = {{.feature = "group", .kind = table::Predicate::Kind::range, .above = 0.5}},
                           .found_on = FoundOn::second};
  const Candidate others{.where = {{.feature = "group", .kind = table::Predicate::Kind::range, .up_to = 0.5}},
                         .found_on = FoundOn::second};
  const auto kept = without_repeats({by_value, by_range, others}, log, log, 0.8);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].where, by_value.where);
  EXPECT_EQ(kept[1].where, others.where);
}

}  // namespace
}  // namespace errata::slice

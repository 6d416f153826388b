#include "errata/slice/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "errata/slice/test_columns.h"
#include "errata/stats/hypergeometric.h"

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

Result<Comparison> compare(const CompareInput& input, double fdr = 0.05) {
  static const ThreadPool pool(1);
  return compare_logs(input, {.fdr = fdr}, pool);
}

const Pairing kApart{};

ComparedSlice compared(const table::PredictionLog& first, const table::PredictionLog& second,
                       const SliceToCompare& candidate, const Pairing& pairing = kApart,
                       const std::vector<std::uint32_t>& held_out = {}) {
  const auto comparison = compare({.first = first,
                                   .second = second,
                                   .candidates = std::span(&candidate, 1),
                                   .held_out_first = held_out,
                                   .pairing = pairing});
  EXPECT_TRUE(comparison.has_value());
  return comparison->slices.at(0);
}

TEST(CompareSlices, TellsEachKindOfChange) {
  const auto calm = log_of(200, 20, 800, 80);          // 10% in and out
  const auto raised = log_of(200, 80, 800, 80);        // 40% in, 10% out
  const auto very_raised = log_of(200, 160, 800, 80);  // 80% in
  const SliceToCompare candidate{.where = in_group()};
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

TEST(CompareSlices, UsesHeldOutCasesOnlyOnTheLogTheSliceWasFoundOn) {
  const auto log = log_of(200, 80, 800, 80);
  std::vector<std::uint32_t> held_out;  // 90 cases of the slice, 27 of them failures, and all others
  for (std::uint32_t r = 53; r < 143; ++r) held_out.push_back(r);
  for (std::uint32_t r = 200; r < 1000; ++r) held_out.push_back(r);
  const auto slice = compared(log, log, {.where = in_group(), .found_on = FoundOn::first}, kApart, held_out);
  EXPECT_EQ(slice.first.n, 90U);
  EXPECT_DOUBLE_EQ(slice.first.rate, 0.3);
  EXPECT_NEAR(slice.first.log_p,
              stats::hypergeometric_log_upper_tail({.population = 890, .marked = 107, .drawn = 90}, 27), 1e-12);
  EXPECT_EQ(slice.second.n, 200U);
}

TEST(CompareSlices, PairedCasesAreTheSameOnBothSides) {
  const auto first = log_of(200, 80, 800, 80), second = log_of(200, 100, 800, 80);
  std::vector<std::uint32_t> held_out;
  for (std::uint32_t r = 0; r < 1000; r += 2) held_out.push_back(r);
  const auto slice =
      compared(first, second, {.where = in_group(), .found_on = FoundOn::first}, in_order(1000), held_out);
  EXPECT_EQ(slice.first.n, 100U);
  EXPECT_EQ(slice.second.n, 100U);
  EXPECT_EQ(slice.first.failures, 40U);
  EXPECT_EQ(slice.second.failures, 50U);
  ASSERT_TRUE(slice.paired);
  EXPECT_EQ(slice.paired->only_first, 0U);
  EXPECT_EQ(slice.paired->only_second, 10U);
  EXPECT_NEAR(slice.log_p, std::log(2.0) - 10 * std::log(2.0), 1e-12);  // McNemar, 0 against 10
  EXPECT_GT(slice.difference.low, 0);
}

TEST(CompareSlices, PairsTellWhatTwoSamplesCannot) {
  const auto first = log_of(200, 80, 800, 80), second = log_of(200, 90, 800, 80);
  EXPECT_EQ(compared(first, second, {.where = in_group()}).change, Change::unchanged);
  EXPECT_EQ(compared(first, second, {.where = in_group()}, in_order(1000)).change, Change::worse);
}

TEST(CompareSlices, OfPairedCasesOneLogNeedsTheColumn) {
  const auto first = log_of(200, 80, 800, 80), second = log_of(200, 100, 800, 80, "other");
  const auto by_first = compared(first, second, {.where = in_group()}, in_order(1000));
  EXPECT_EQ(by_first.second.n, 200U);
  EXPECT_EQ(by_first.second.failures, 100U);
  EXPECT_EQ(compared(first, second, {.where = in_group("other")}, in_order(1000)).second.failures, 100U);
  EXPECT_EQ(compared(first, second, {.where = in_group("third")}, in_order(1000)).change, Change::incomparable);
}

TEST(CompareLogs, TheWholeLogsAreComparedOnThePairs) {
  const auto first = log_of(100, 10, 100, 10), second = log_of(100, 40, 100, 10);
  auto pairing = in_order(100);  // the other 100 have no partner
  pairing.first_unmatched = pairing.second_unmatched = 100;
  const auto comparison = compare({.first = first, .second = second, .pairing = pairing});
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->first.rows, 200U);
  EXPECT_EQ(comparison->first.compared.trials, 100U);
  EXPECT_EQ(comparison->second.compared.failures, 40U);
  EXPECT_EQ(comparison->pairing.cases, 100U);
  EXPECT_NEAR(comparison->log_p, std::log(2.0) - 30 * std::log(2.0), 1e-12);
  EXPECT_EQ(comparison->change, Change::worse);
  EXPECT_TRUE(comparison->is_worse());
}

TEST(CompareLogs, WorseIsTheWholeOrASlice) {
  const auto calm = log_of(200, 20, 800, 80), moved = log_of(200, 80, 800, 20);  // 10% on both
  const SliceToCompare candidate{.where = in_group()};
  const auto whole = compare({.first = calm, .second = moved, .pairing = kApart});
  EXPECT_EQ(whole->change, Change::unchanged);
  EXPECT_FALSE(whole->is_worse());
  const auto slices =
      compare({.first = calm, .second = moved, .candidates = std::span(&candidate, 1), .pairing = kApart});
  EXPECT_EQ(slices->change, Change::unchanged);
  EXPECT_TRUE(slices->is_worse());
  EXPECT_FALSE(
      compare({.first = moved, .second = calm, .candidates = std::span(&candidate, 1), .pairing = kApart})->is_worse());
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
    EXPECT_FALSE(compare({.first = log, .second = log, .pairing = kApart}, fdr).has_value()) << fdr;
}

TEST(WithoutRepeats, KeepsTheFirstLogsSliceOfTwoThatHoldTheSameCases) {
  const auto log = log_of(50, 20, 50, 5);
  const SliceToCompare by_value{.where = in_group(), .found_on = FoundOn::first};
  const SliceToCompare by_range{.where = {{.feature = "group", .kind = table::Predicate::Kind::range, .above = 0.5}},
                                .found_on = FoundOn::second};
  const SliceToCompare others{.where = {{.feature = "group", .kind = table::Predicate::Kind::range, .up_to = 0.5}},
                              .found_on = FoundOn::second};
  const auto kept = without_repeats({by_value, by_range, others}, log, log, 0.8);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].where, by_value.where);
  EXPECT_EQ(kept[1].where, others.where);
}

}  // namespace
}  // namespace errata::slice

#include "errata/robustness/column_means.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "errata/base/limits.h"

namespace errata::robustness {
namespace {

double first(std::span<const double> means) { return means[0]; }

TEST(ColumnMeans, AreThoseOfTheirEntries) {
  const ColumnMeans table({{0, 0, 1}, {1, 0, 0}, {1, 2, 1}}, 3, 2);
  const auto means = table.means();
  EXPECT_DOUBLE_EQ(means[0], .5);
  EXPECT_TRUE(std::isnan(means[1]));
  EXPECT_DOUBLE_EQ(means[2], 1);
  EXPECT_EQ(table.counts(), (std::vector<std::uint64_t>{2, 0, 1}));
  EXPECT_DOUBLE_EQ(table.half(true).means()[0], 0);
  EXPECT_DOUBLE_EQ(table.half(false).means()[0], 1);
}

TEST(ColumnMeans, ValuesOfOneSubjectStayTogether) {
  // Four subjects with 50 equal values each: as uncertain as four values, whatever the number of entries.
  std::vector<Entry> entries;
  for (std::uint32_t subject = 0; subject < 4; ++subject)
    for (int i = 0; i < 50; ++i) entries.push_back({subject, 0, subject < 2 ? 1.F : 0.F});
  const ThreadPool pool(1);
  const auto interval = ColumnMeans(entries, 1, 4).interval(first, 2000, Rng(1), pool);
  EXPECT_EQ(interval.low, 0);  // P(no subject of the first two) = 1/16
  EXPECT_EQ(interval.high, 1);
}

TEST(ColumnMeans, SubjectsWithoutEntriesDoNotCount) {
  const ThreadPool pool(1);
  const auto alone = ColumnMeans({{0, 0, 1}, {1, 0, 0}}, 1, 2).interval(first, 500, Rng(1), pool);
  const auto among = ColumnMeans({{70, 0, 1}, {900, 0, 0}}, 1, 1000).interval(first, 500, Rng(1), pool);
  EXPECT_EQ(alone.low, among.low);
  EXPECT_EQ(alone.high, among.high);
  EXPECT_TRUE(std::isnan(ColumnMeans({}, 1, 5).interval(first, 500, Rng(1), pool).low));
}

TEST(ColumnMeans, ReplicatesAreFewerWhereTheyCostMuch) {
  EXPECT_EQ(affordable_replicates(1000, 1000), 1000U);
  EXPECT_EQ(affordable_replicates(1000, 1'000'000), 200U);
  EXPECT_EQ(affordable_replicates(1000, 1'000'000'000), 100U);
  EXPECT_EQ(affordable_replicates(20, 1'000'000'000), 20U);
  EXPECT_EQ(affordable_replicates(1000, 0), 1000U);
}

TEST(ColumnMeans, MeansLeaveOutWhatIsNotKnown) {
  EXPECT_DOUBLE_EQ(mean_of_known(std::array{1.0, kNaN, 2.0}), 1.5);
  EXPECT_TRUE(std::isnan(mean_of_known(std::array{kNaN})));
}

}  // namespace
}  // namespace errata::robustness

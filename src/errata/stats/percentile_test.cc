#include "errata/stats/percentile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace errata::stats {
namespace {

TEST(Percentile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> sorted{1, 2, 4};
  EXPECT_EQ(quantile_of_sorted(sorted, 0), 1);
  EXPECT_EQ(quantile_of_sorted(sorted, .25), 1.5);
  EXPECT_EQ(quantile_of_sorted(sorted, .75), 3);
  EXPECT_EQ(quantile_of_sorted(sorted, 1), 4);
}

TEST(Percentile, LeavesOutWhatIsNotANumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto found = percentile_interval({nan, 5, 1, 3, nan, 2, 4}, .5);
  EXPECT_EQ(found.low, 2);
  EXPECT_EQ(found.high, 4);
  EXPECT_TRUE(std::isnan(percentile_interval({nan}, .5).low));
  EXPECT_TRUE(std::isnan(percentile_interval({}, .5).high));
}

}  // namespace
}  // namespace errata::stats

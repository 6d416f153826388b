#include "errata/table/order_statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace errata::table {
namespace {

TEST(OrderStatistics, HandExample) {
  const std::vector<double> values{3, -1, 2, -1, 1e300, -1e-300, 0};
  const std::vector<std::size_t> ranks{0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(order_statistics(values, ranks), (std::vector<double>{-1, -1, -1e-300, 0, 2, 3, 1e300}));
}

TEST(OrderStatistics, RepeatedRanks) {
  EXPECT_EQ(order_statistics(std::vector<double>{5, 4, 6}, std::vector<std::size_t>{1, 1, 2, 2}),
            (std::vector<double>{5, 5, 6, 6}));
}

RC_GTEST_PROP(OrderStatistics, EqualsSorting, ()) {
  auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::oneOf(
      rc::gen::arbitrary<double>(), rc::gen::map(rc::gen::inRange(-3, 3), [](int i) { return double(i); }))));
  for (double& x : values) {
    if (std::isnan(x)) x = 0;
  }
  auto ranks = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, values.size()));
  std::ranges::sort(ranks);
  const std::vector<double> found = order_statistics(values, ranks);
  std::ranges::sort(values);
  RC_ASSERT(found.size() == ranks.size());
  for (std::size_t i = 0; i < ranks.size(); ++i) RC_ASSERT(found[i] == values[ranks[i]]);
}

}  // namespace
}  // namespace errata::table

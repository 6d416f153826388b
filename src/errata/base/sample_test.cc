#include "errata/base/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace errata {
namespace {

std::vector<int> upto(int n) {
  std::vector<int> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

TEST(SampleOf, HoldsSoManyInTheirOrderAndIsTheSameEveryTime) {
  const auto values = upto(1'000);
  const auto sample = sample_of<int>(values, 300);
  ASSERT_EQ(sample.size(), 300U);
  EXPECT_TRUE(std::ranges::is_sorted(sample, std::ranges::less_equal{}));
  EXPECT_EQ(sample, sample_of<int>(values, 300));
  EXPECT_EQ(sample_of<int>(values, 1'000), values);
  EXPECT_TRUE(sample_of<int>(values, 0).empty());
}

TEST(SampleOf, EveryPartIsDrawnFrom) {
  const auto sample = sample_of<int>(upto(10'000), 1'000);
  for (int part = 0; part < 10; ++part) {
    const auto in = std::ranges::count_if(sample, [&](int value) { return value / 1'000 == part; });
    EXPECT_NEAR(static_cast<double>(in), 100, 40) << part;
  }
}

}  // namespace
}  // namespace errata

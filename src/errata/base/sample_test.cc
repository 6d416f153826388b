#include "errata/base/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace errata {
namespace {

TEST(SamplePositions, AreSoManyInTheirOrderAndTheSameEveryTime) {
  const auto sample = sample_positions(1'000, 300);
  ASSERT_EQ(sample.size(), 300U);
  EXPECT_TRUE(std::ranges::is_sorted(sample, std::ranges::less_equal{}));
  EXPECT_EQ(sample, sample_positions(1'000, 300));
  std::vector<std::size_t> all(1'000);
  std::iota(all.begin(), all.end(), std::size_t{0});
  EXPECT_EQ(sample_positions(1'000, 1'000), all);
  EXPECT_TRUE(sample_positions(1'000, 0).empty());
}

TEST(SamplePositions, EveryPartIsDrawnFrom) {
  const auto sample = sample_positions(10'000, 1'000);
  for (std::size_t part = 0; part < 10; ++part) {
    const auto in = std::ranges::count_if(sample, [&](std::size_t value) { return value / 1'000 == part; });
    EXPECT_NEAR(static_cast<double>(in), 100, 40) << part;
  }
}

}  // namespace
}  // namespace errata

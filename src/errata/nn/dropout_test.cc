#include "errata/nn/dropout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace errata::nn {
namespace {

TEST(Dropout, DropsTheShareAndKeepsTheMean) {
  for (const double share : {0.1, 0.5, 0.9}) {
    constexpr std::size_t kSize = 1'000'000;
    std::vector<float> mask(kSize);
    fill_dropout(mask, 0, 0x123456789ABCDEF0, share);
    const auto dropped = static_cast<double>(std::ranges::count(mask, 0.0F));
    EXPECT_NEAR(dropped / kSize, share, 5 * std::sqrt(share * (1 - share) / kSize));
    EXPECT_NEAR(*std::ranges::max_element(mask), 1 / (1 - share), 1e-5);
  }
}

TEST(Dropout, PartsMakeTheWhole) {
  std::vector<float> whole(1000), parts(1000);
  fill_dropout(whole, 7, 5, 0.3);
  for (std::size_t first = 0; first < 1000; first += 100)
    fill_dropout(std::span(parts).subspan(first, 100), 7 + first, 5, 0.3);
  EXPECT_EQ(whole, parts);
}

TEST(Dropout, NeighbouringKeysAndPlacesAreNotAlike) {
  constexpr std::size_t kSize = 100'000;
  std::vector<float> one(kSize + 1), other(kSize);
  fill_dropout(one, 0, 41, 0.5);
  fill_dropout(other, 0, 42, 0.5);
  for (const std::size_t lag : {0U, 1U}) {  // against another key; against the next place of the same key
    double both = 0;
    for (std::size_t i = 0; i < kSize; ++i) both += one[i] == (lag == 0 ? other[i] : one[i + 1]) ? 1 : 0;
    EXPECT_NEAR(both / kSize, 0.5, 0.01);
  }
}

TEST(Dropout, NothingIsDroppedAtShareNought) {
  std::vector<float> mask(1000);
  fill_dropout(mask, 0, 1, 0);
  EXPECT_TRUE(std::ranges::all_of(mask, [](float value) { return value == 1; }));
}

}  // namespace
}  // namespace errata::nn

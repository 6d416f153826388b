#include "errata/stats/sort_numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "errata/base/rng.h"

namespace errata::stats {
namespace {

/// Numbers of every size and sign, or coarse ones with many ties.
std::vector<double> any_numbers(std::size_t n, bool coarse, Rng& rng) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) {
    const double value = rng.normal();
    values.push_back(coarse ? std::round(3 * value) : value * std::pow(10.0, 600 * (rng.uniform() - 0.5)));
  }
  if (n > 3) {
    values[n / 2] = std::numeric_limits<double>::infinity();
    values[n / 3] = -std::numeric_limits<double>::infinity();
    values[n - 1] = -std::numeric_limits<double>::denorm_min();
  }
  return values;
}

TEST(SortNumbers, SortsLikeTheStandardLibrary) {
  Rng rng(5);
  for (const std::size_t n : {0UL, 1UL, 2UL, 100UL, 2'047UL, 2'048UL, 50'000UL}) {
    for (const bool coarse : {false, true}) {
      auto values = any_numbers(n, coarse, rng);
      auto expected = values;
      std::ranges::sort(expected);
      sort_numbers(values);
      EXPECT_EQ(values, expected) << n << (coarse ? " coarse" : "");
    }
  }
}

TEST(SortNumbers, SortsConstants) {
  std::vector<double> values(5'000, -1.5);
  sort_numbers(values);
  EXPECT_EQ(values, std::vector<double>(5'000, -1.5));
}

TEST(SortNumbers, SortsWhatAgreesInAllButTheLastBits) {
  Rng rng(7);
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) values.push_back((i % 2 == 0 ? 1 : -1024) * (1 + 1e-13 * rng.uniform()));
  auto expected = values;
  std::ranges::sort(expected);
  std::vector<std::uint32_t> rows(values.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::ranges::stable_sort(rows, {}, [&](std::uint32_t row) { return values[row]; });
  EXPECT_EQ(rows_by_value(values), rows);
  sort_numbers(values);
  EXPECT_EQ(values, expected);
}

TEST(RowsByValue, AreThoseOfASortWhereFewDifferAndWhereOneTooMany) {
  Rng rng(8);
  for (const std::uint64_t different : {1U, 2U, 2'047U, 2'048U, 2'049U}) {
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 30'000; ++i)
      values.push_back(static_cast<double>(i < different ? i : rng.below(different)) - 1000);
    std::vector<std::uint32_t> expected(values.size());
    std::iota(expected.begin(), expected.end(), 0U);
    std::ranges::stable_sort(expected, {}, [&](std::uint32_t row) { return values[row]; });
    EXPECT_EQ(rows_by_value(values), expected) << different;
    EXPECT_EQ(few_values(values, 2'048).has_value(), different <= 2'048);
  }
}

TEST(FewValues, ByHand) {
  const auto few = few_values(std::vector{.5, 0.0, -1.0, -0.0, .5}, 4);
  ASSERT_TRUE(few.has_value());
  EXPECT_EQ(few->number, (std::vector<std::uint16_t>{3, 2, 0, 1, 3}));
  EXPECT_EQ(few->values, (std::vector{-1.0, -0.0, 0.0, .5}));
  EXPECT_TRUE(std::signbit(few->values[1]) && !std::signbit(few->values[2]));
  EXPECT_FALSE(few_values(std::vector{.5, 0.0, -1.0, -0.0, .5}, 3).has_value());
  EXPECT_TRUE(few_values({}, 1)->values.empty());
}

TEST(RowsByValue, AreStable) {
  Rng rng(6);
  for (const std::size_t n : {0UL, 1UL, 100UL, 20'000UL}) {
    for (const bool coarse : {false, true}) {
      auto values = any_numbers(n, coarse, rng);
      for (double& value : values) value += 0.0;  // −0 and 0 are told apart by the sort, but not by ==
      std::vector<std::uint32_t> expected(n);
      std::iota(expected.begin(), expected.end(), 0U);
      std::ranges::stable_sort(expected, {}, [&](std::uint32_t row) { return values[row]; });
      EXPECT_EQ(rows_by_value(values), expected) << n << (coarse ? " coarse" : "");
    }
  }
}

}  // namespace
}  // namespace errata::stats

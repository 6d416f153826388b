#include "errata/table/numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "errata/table/packed_integers.h"

namespace errata::table {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t kChunk = 3'000;

Numbers read(const std::vector<double>& values) {
  NumbersReader reader;
  for (std::size_t row = 0; row < values.size(); row += kChunk)
    reader.add(std::span(values).subspan(row, std::min(kChunk, values.size() - row)));
  return reader.finish();
}

/// Bit for bit what was read, but that there is only one NaN.
void expect_exact(const std::vector<double>& values) {
  const Numbers numbers = read(values);
  ASSERT_EQ(numbers.size(), values.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    ASSERT_EQ(std::isnan(numbers[row]), std::isnan(values[row])) << row;
    if (std::isnan(values[row])) continue;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(numbers[row]), std::bit_cast<std::uint64_t>(values[row])) << row;
  }
}

TEST(Numbers, FewDifferentOnesAreLevelsInAscendingOrder) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const Numbers numbers = read({2, nan, -1, 2, 0.1, 2, inf, -1, nan, 0.1, 2, -1, inf, inf});
  ASSERT_NE(numbers.levels(), nullptr);
  ASSERT_EQ(numbers.levels()->values.size(), 5U);
  EXPECT_THAT(std::vector(numbers.levels()->values.begin(), numbers.levels()->values.begin() + 4),
              ElementsAre(-1, 0.1, 2, inf));
  EXPECT_TRUE(std::isnan(numbers.levels()->values[4]));
  EXPECT_THAT(numbers.levels()->level, ElementsAre(2, 4, 0, 2, 1, 2, 3, 0, 4, 1, 2, 0, 3, 3));
}

TEST(PackedIntegers, TransformedOnesBecomeWiderWhereTheyHaveTo) {
  PackedIntegers<std::int32_t, -1> few{-1, 3, 254, 0};
  few.transform([](std::int32_t value) { return value < 0 ? value : 254 - value; });
  EXPECT_THAT(few, ElementsAre(-1, 251, 0, 254));
  few.transform([](std::int32_t value) { return value < 0 ? value : 1000 * value; });
  EXPECT_THAT(few, ElementsAre(-1, 251'000, 0, 254'000));
}

TEST(Numbers, AreGivenBackExactlyHoweverTheyAreHeld) {
  std::vector<double> few, floats, doubles, floats_then_doubles;
  for (int i = 0; i < 200'000; ++i) {
    few.push_back(0.1 * (i % 1'000));
    floats.push_back(static_cast<double>(static_cast<float>(i) / 3));
    doubles.push_back(i / 3.0);
    floats_then_doubles.push_back(i < 150'000 ? i : i / 3.0);
  }
  for (auto* values : {&few, &floats, &doubles, &floats_then_doubles}) {
    (*values)[7] = std::nan("");
    (*values)[8] = -0.0;
    (*values)[9] = std::numeric_limits<double>::infinity();
    expect_exact(*values);
  }
  EXPECT_NE(read(few).levels(), nullptr);
  const auto bytes_each = [](const Numbers& numbers) {
    return numbers.visit([](const auto& held) { return sizeof(held) > 0 ? sizeof(held[0]) : 0; });
  };
  EXPECT_EQ(bytes_each(read(floats)), sizeof(float));
  EXPECT_EQ(read(doubles).levels(), nullptr);
  EXPECT_EQ(bytes_each(read(doubles)), sizeof(double));
}

TEST(Numbers, AsManyLevelsAsFitAndOneMore) {
  std::vector<double> values;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 65'536; ++i) values.push_back(i + 0.1);
  expect_exact(values);
  EXPECT_NE(read(values).levels(), nullptr);
  values.push_back(-1);
  expect_exact(values);
  EXPECT_EQ(read(values).levels(), nullptr);
}

TEST(Numbers, TheZeroThatCameFirstIsTheFirstLevel) {
  EXPECT_TRUE(std::signbit(read({-0.0, 0.0, -0.0, 0.0}).levels()->values.front()));
  EXPECT_FALSE(std::signbit(read({0.0, -0.0, -0.0, 0.0}).levels()->values.front()));
}

TEST(Numbers, AreDividedFilteredAndWritten) {
  Numbers numbers = read({50, 100, 50, 25, 50, 25, 100, 100});
  numbers.divide_by(100);
  EXPECT_THAT(numbers, ElementsAre(0.5, 1, 0.5, 0.25, 0.5, 0.25, 1, 1));
  numbers.filter(std::vector<std::uint8_t>{1, 0, 0, 1, 0, 0, 0, 1});
  EXPECT_THAT(numbers, ElementsAre(0.5, 0.25, 1));
  numbers.set(1, 7.5);
  numbers.push_back(2);
  EXPECT_EQ(numbers, (Numbers{0.5, 7.5, 1, 2}));
  EXPECT_EQ(numbers.levels(), nullptr);
}

TEST(PackedIntegers, BecomeWiderByThemselves) {
  PackedIntegers<std::int32_t, -1> codes;
  const auto bytes_each = [&] { return codes.visit([](const auto& view) { return sizeof(view.stored()[0]); }); };
  for (const std::int32_t code : {-1, 254}) codes.push_back(code);
  EXPECT_EQ(bytes_each(), 1U);
  codes.push_back(255);
  EXPECT_EQ(bytes_each(), 2U);
  codes.set(0, 70'000);
  EXPECT_EQ(bytes_each(), 4U);
  codes.resize(4, -1);
  EXPECT_THAT(codes, ElementsAre(70'000, 254, 255, -1));
  codes.filter(std::vector<std::uint8_t>{0, 1, 0, 1});
  EXPECT_EQ(codes, (std::vector<std::int32_t>{254, -1}));
}

}  // namespace
}  // namespace errata::table

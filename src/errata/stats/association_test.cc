#include "errata/stats/association.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

#include "errata/base/rng.h"

namespace errata::stats {
namespace {

using Counts = std::vector<std::uint64_t>;
MatrixView<const std::uint64_t> table(const Counts& counts, std::size_t rows, std::size_t cols) {
  return {counts, rows, cols};
}

TEST(MutualInformation, PerfectAndNone) {
  const Counts perfect{50, 0, 0, 50}, none{25, 25, 25, 25};
  // One bit; the bias term (2 cells − 2 − 2 + 1) / (2 · 100 ln 2) is negative and adds.
  EXPECT_NEAR(mutual_information_bits(table(perfect, 2, 2)), 1 + 1 / (200 * std::log(2)), 1e-14);
  EXPECT_EQ(mutual_information_bits(table(none, 2, 2)), 0);
}

TEST(MutualInformation, ByHand) {
  const Counts counts{40, 10, 20, 30};  // rows 50 50, columns 60 40
  const double plug_in =
      .4 * std::log2(.4 / .3) + .1 * std::log2(.1 / .2) + .2 * std::log2(.2 / .3) + .3 * std::log2(.3 / .2);
  EXPECT_NEAR(mutual_information_bits(table(counts, 2, 2)), plug_in - 1 / (200 * std::log(2)), 1e-14);
}

TEST(MutualInformation, EmptyRowsColumnsAndTables) {
  const Counts counts{40, 10, 20, 30}, padded{40, 0, 10, 0, 0, 0, 20, 0, 30};
  EXPECT_DOUBLE_EQ(mutual_information_bits(table(counts, 2, 2)), mutual_information_bits(table(padded, 3, 3)));
  EXPECT_EQ(mutual_information_bits({}), 0);
  EXPECT_EQ(mutual_information_bits(table(Counts{0, 0}, 1, 2)), 0);
}

TEST(AdjustedMutualInformation, ByHand) {
  // Four cases, all margins 2: E[I] is 4 cells · P(2 of 2) 1/6 · ½ ln 2 = ln 2 / 3, since a cell of 1 adds nothing.
  const Counts perfect{2, 0, 0, 2}, even{1, 1, 1, 1};
  EXPECT_NEAR(adjusted_mutual_information(table(perfect, 2, 2)), 1, 1e-14);
  EXPECT_NEAR(adjusted_mutual_information(table(even, 2, 2)), -0.5, 1e-14);  // (0 − ⅓) / (1 − ⅓)
  // Rows of 3 and 1, columns of 2: every such table is this one or its mirror, so it tells what chance tells.
  EXPECT_NEAR(adjusted_mutual_information(table(Counts{2, 1, 0, 1}, 2, 2)), 0, 1e-14);
  // Rows 3 3, columns 3 3, I = ⅔ ln(4/3) + ⅓ ln(2/3); the corner is 0, 1, 2, 3 with chance 1, 9, 9, 1 of 20.
  const double of_one = std::log(2.0 / 3) / 6, of_two = std::log(4.0 / 3) / 3, of_three = std::log(2.0) / 2;
  const double expected = 4 * (9 * of_one + 9 * of_two + of_three) / 20;
  EXPECT_NEAR(adjusted_mutual_information(table(Counts{2, 1, 1, 2}, 2, 2)),
              (2 * of_one + 2 * of_two - expected) / (std::log(2) - expected), 1e-14);
}

TEST(AdjustedMutualInformation, OneGroupTellsNothingAndEmptyOnesDoNotCount) {
  EXPECT_TRUE(std::isnan(adjusted_mutual_information(table(Counts{2, 3}, 1, 2))));
  EXPECT_TRUE(std::isnan(adjusted_mutual_information({})));
  const Counts counts{5, 2, 1, 6}, padded{5, 0, 2, 0, 0, 0, 1, 0, 6};
  EXPECT_DOUBLE_EQ(adjusted_mutual_information(table(counts, 2, 2)), adjusted_mutual_information(table(padded, 3, 3)));
}

TEST(CramersV, PerfectAndNone) {
  const Counts perfect{50, 0, 0, 50}, none{25, 25, 25, 25};
  EXPECT_NEAR(cramers_v(table(perfect, 2, 2)), 1, 1e-12);
  EXPECT_EQ(cramers_v(table(none, 2, 2)), 0);
}

TEST(CramersV, ByHand) {
  const Counts counts{40, 10, 20, 30};  // X² = 50/3
  const double phi_squared = 1.0 / 6 - 1.0 / 99, levels = 2 - 1.0 / 99 - 1;
  EXPECT_NEAR(cramers_v(table(counts, 2, 2)), std::sqrt(phi_squared / levels), 1e-12);
}

TEST(CramersV, NothingToMeasure) {
  EXPECT_EQ(cramers_v({}), 0);
  EXPECT_EQ(cramers_v(table(Counts{5, 7}, 2, 1)), 0);
  EXPECT_EQ(cramers_v(table(Counts{5, 7, 0, 0}, 2, 2)), 0);
  EXPECT_EQ(cramers_v(table(Counts{1, 0, 0, 1}, 2, 2)), 0);  // two cases in two rows prove nothing
}

RC_GTEST_PROP(Association, InRangeAndTheSameTransposed, ()) {
  const auto rows = *rc::gen::inRange<std::size_t>(1, 6), cols = *rc::gen::inRange<std::size_t>(1, 6);
  const auto counts = *rc::gen::container<Counts>(rows * cols, rc::gen::inRange<std::uint64_t>(0, 30));
  Counts turned(counts.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) turned[c * rows + r] = counts[r * cols + c];
  }
  const double bits = mutual_information_bits(table(counts, rows, cols)), v = cramers_v(table(counts, rows, cols));
  RC_ASSERT(bits >= 0);
  RC_ASSERT(v >= 0 && v <= 1);
  RC_ASSERT(std::abs(bits - mutual_information_bits(table(turned, cols, rows))) < 1e-12);
  const double turned_v = cramers_v(table(turned, cols, rows));
  RC_ASSERT(std::abs(v * v - turned_v * turned_v) < 1e-12);  // a root near 0 magnifies the rounding under it
}

TEST(Association, ChanceOverManyCategoriesMeasuresNearlyNothing) {
  Rng rng(5);
  double bits = 0, v = 0;
  for (int log = 0; log < 200; ++log) {
    Counts counts(60);
    for (int row = 0; row < 3000; ++row) ++counts[rng.below(30) * 2 + rng.bernoulli(0.3)];
    bits += mutual_information_bits(table(counts, 30, 2)) / 200;
    v += cramers_v(table(counts, 30, 2)) / 200;
  }
  EXPECT_LT(bits, 0.001);  // the plug-in estimate alone would be 0.007, and V without correction 0.098
  EXPECT_LT(v, 0.04);
}

}  // namespace
}  // namespace errata::stats

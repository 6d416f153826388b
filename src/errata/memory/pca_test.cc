#include "errata/memory/pca.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

namespace errata::memory {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

MatrixView<const double> matrix(const std::vector<double>& values, std::size_t width) {
  return {values, values.size() / width, width};
}

std::vector<double> random_points(std::size_t count) {
  return *rc::gen::container<std::vector<double>>(
      count, rc::gen::map(rc::gen::inRange(-1000, 1000), [](int i) { return i / 100.0; }));
}

TEST(PrincipalAxes, OfPointsOnASlopeByHand) {
  // Centred at (1, 2): ±(2, 2) along the diagonal and ±(1, −1) across it; variances (8 + 8)/4 and (2 + 2)/4.
  const std::vector<double> points{3, 4, -1, 0, 2, 1, 0, 3};
  const auto axes = principal_axes(matrix(points, 2), 2);
  ASSERT_TRUE(axes.has_value());
  EXPECT_THAT(axes->mean, ElementsAre(1, 2));
  EXPECT_THAT(axes->variances, Pointwise(DoubleNear(1e-12), {4.0, 1.0}));
  const double h = std::sqrt(0.5);
  EXPECT_NEAR(axes->axes[0], h, 1e-12);
  EXPECT_NEAR(axes->axes[1], h, 1e-12);
  EXPECT_NEAR(std::abs(axes->axes[2]), h, 1e-12);  // the two entries are equally large: either may be the positive one
  EXPECT_NEAR(axes->axes[2] + axes->axes[3], 0, 1e-12);
  std::vector<double> projected(2);
  axes->project(std::vector<double>{3, 4}, projected);
  EXPECT_NEAR(projected[0], std::sqrt(8.0), 1e-12);
  EXPECT_NEAR(projected[1], 0, 1e-12);
}

TEST(PrincipalAxes, TheLargestEntryOfAnAxisIsPositive) {
  const std::vector<double> points{-3, 1, 3, -1, -6, 2.5, 6, -2.5};
  const auto axes = principal_axes(matrix(points, 2), 1);
  EXPECT_GT(axes->axes[0], 0.9);
  EXPECT_LT(axes->axes[1], 0);
}

TEST(PrincipalAxes, KeepsAsManyAsAskedOrAsThereAre) {
  const std::vector<double> points{1, 2, 3, 4, 5, 7};
  EXPECT_EQ(principal_axes(matrix(points, 2), 1)->kept(), 1U);
  EXPECT_EQ(principal_axes(matrix(points, 2), 9)->kept(), 2U);
  EXPECT_EQ(principal_axes(matrix(points, 3), 9)->kept(), 1U) << "two points differ along one axis";
  EXPECT_EQ(principal_axes({}, 2).error().message, "principal components need at least one point");
}

TEST(PrincipalAxes, AConstantCloudHasNoVarianceAndStillAxes) {
  const std::vector<double> points{1e8, 5, 1e8, 5, 1e8, 5};
  const auto axes = principal_axes(matrix(points, 2), 2);
  EXPECT_THAT(axes->variances, ElementsAre(0, 0));
  std::vector<double> projected(2);
  axes->project(std::vector<double>{1e8, 5}, projected);
  EXPECT_THAT(projected, ElementsAre(0, 0));
}

RC_GTEST_PROP(PrincipalAxes, AreOrthonormalAndKeepTheVariance, ()) {
  const auto width = *rc::gen::inRange<std::size_t>(1, 12);
  const auto rows = *rc::gen::inRange<std::size_t>(1, 30);
  const auto points = random_points(rows * width);
  const auto axes = principal_axes(matrix(points, width), width);
  const std::size_t kept = axes->kept();
  RC_ASSERT((rows < width ? kept < rows : kept == width));
  for (std::size_t a = 0; a < kept; ++a)
    for (std::size_t b = 0; b < kept; ++b) {
      const double product = std::inner_product(axes->axes.begin() + static_cast<std::ptrdiff_t>(a * width),
                                                axes->axes.begin() + static_cast<std::ptrdiff_t>((a + 1) * width),
                                                axes->axes.begin() + static_cast<std::ptrdiff_t>(b * width), 0.0);
      RC_ASSERT(std::abs(product - (a == b ? 1 : 0)) < 1e-9);
    }
  RC_ASSERT(std::ranges::is_sorted(axes->variances, std::greater{}));

  std::vector<double> projected(kept), moment(kept * kept);
  double total = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto point = matrix(points, width).row(row);
    axes->project(point, projected);
    for (std::size_t c = 0; c < width; ++c) total += std::pow(point[c] - axes->mean[c], 2);
    for (std::size_t a = 0; a < kept; ++a)
      for (std::size_t b = 0; b < kept; ++b) moment[a * kept + b] += projected[a] * projected[b];
  }
  for (std::size_t a = 0; a < kept; ++a)  // projections are uncorrelated, with the variances told
    for (std::size_t b = 0; b < kept; ++b)
      RC_ASSERT(std::abs(moment[a * kept + b] / static_cast<double>(rows) - (a == b ? axes->variances[a] : 0)) < 1e-8);
  const double along = std::accumulate(axes->variances.begin(), axes->variances.end(), 0.0);
  RC_ASSERT(std::abs(along * static_cast<double>(rows) - total) < 1e-7 * (1 + total));
}

}  // namespace
}  // namespace errata::memory

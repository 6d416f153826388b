#include "errata/nn/principal_axes.h"

#include <gmock/gmock.h>

#include <cmath>

#include "errata/base/rng.h"
#include "errata/nn/runtime.h"

namespace errata::nn {
namespace {

/// Rows whose variance along column j is deviations[j]², turned by a fixed rotation in the plane of columns 0 and 1.
std::vector<float> turned_rows(std::size_t n, const std::vector<double>& deviations, double angle, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> rows;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> x;
    for (const double deviation : deviations) x.push_back(deviation * rng.normal());
    const double first = std::cos(angle) * x[0] - std::sin(angle) * x[1];
    x[1] = std::sin(angle) * x[0] + std::cos(angle) * x[1];
    x[0] = first;
    for (const double value : x) rows.push_back(static_cast<float>(value + 5));
  }
  return rows;
}

TEST(PrincipalAxes, FindTheDirectionsThatThePointsWereDrawnAlong) {
  const std::vector<double> deviations{6, 3, 1, 0.5};
  const auto rows = turned_rows(20'000, deviations, 0.5, 1);
  const auto [axes, variances] = principal_axes({rows, 20'000, 4}, 2, 7);
  ASSERT_EQ(variances.size(), 2U);
  EXPECT_NEAR(variances[0], 36, .8);
  EXPECT_NEAR(variances[1], 9, .3);
  ASSERT_EQ(axes.inputs, 4U);
  ASSERT_EQ(axes.outputs, 2U);
  const std::vector<double> expected{std::cos(.5), std::sin(.5), 0, 0, -std::sin(.5), std::cos(.5), 0, 0};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(axes.weights[i], expected[i], .02) << i;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    double of_centre = axes.biases[axis];
    for (std::size_t c = 0; c < 4; ++c) of_centre += static_cast<double>(axes.weights[4 * axis + c]) * 5;
    EXPECT_NEAR(of_centre, 0, .15) << axis;  // the mean lies where all axes are 0
  }
}

TEST(PrincipalAxes, AreOrthonormalAndKeepAllVarianceWhenAllAreKept) {
  const std::size_t n = 300, d = 150;
  Rng rng(3);
  std::vector<float> rows(n * d);
  for (float& x : rows) x = static_cast<float>(rng.normal());
  const DenseLayer axes = principal_axes({rows, n, d}, 1000, 1).layer;
  ASSERT_EQ(axes.outputs, d);
  for (std::size_t a = 0; a < d; ++a)
    for (std::size_t b = a; b < d; ++b) {
      double product = 0;
      for (std::size_t c = 0; c < d; ++c)
        product += static_cast<double>(axes.weights[a * d + c]) * static_cast<double>(axes.weights[b * d + c]);
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-5);
    }
  const auto projected = Mlp::of({axes}).value().outputs({rows, n, d});
  double before = 0, after = 0;
  for (std::size_t c = 0; c < d; ++c) {
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += static_cast<double>(rows[i * d + c]) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) before += std::pow(static_cast<double>(rows[i * d + c]) - mean, 2);
    for (std::size_t i = 0; i < n; ++i) after += std::pow(static_cast<double>(projected[i * d + c]), 2);
  }
  EXPECT_NEAR(after / before, 1, 1e-4);
}

TEST(PrincipalAxes, FindAFewLargeDirectionsAmongHundreds) {
  const std::size_t n = 4000, d = 300;
  std::vector<double> deviations(d, 1.0);
  for (std::size_t j = 0; j < 5; ++j) deviations[60 * j] = 7 - static_cast<double>(j);
  const auto rows = turned_rows(n, deviations, 0, 2);
  const auto [axes, variances] = principal_axes({rows, n, d}, 8, 1);
  for (std::size_t j = 0; j < 5; ++j) {
    EXPECT_GT(axes.weights[j * d + 60 * j], .97) << j;
    EXPECT_NEAR(std::sqrt(variances[j]), 7 - static_cast<double>(j), .3) << j;
  }
}

TEST(PrincipalAxes, OfFewRowsAreAsManyAsTheRows) {
  const std::vector<float> rows{1, 2, 3, 4, 5, 7};
  const DenseLayer axes = principal_axes({rows, 2, 3}, 3, 1).layer;
  EXPECT_EQ(axes.outputs, 2U);
  const double length = std::sqrt(9. + 9 + 16);  // the points differ by (3, 3, 4)
  EXPECT_NEAR(axes.weights[0], 3 / length, 1e-5);
  EXPECT_NEAR(axes.weights[1], 3 / length, 1e-5);
  EXPECT_NEAR(axes.weights[2], 4 / length, 1e-5);
}

TEST(PrincipalAxes, DoNotDependOnThreads) {
  const std::size_t n = 500, d = 400;
  Rng rng(5);
  std::vector<float> rows(n * d);
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<float>(rng.normal() * (1 + static_cast<double>(i % d) / 40));
  set_threads(1);
  const DenseLayer one = principal_axes({rows, n, d}, 40, 1).layer;
  set_threads(3);
  const DenseLayer two = principal_axes({rows, n, d}, 40, 1).layer;
  set_threads(0);
  EXPECT_EQ(one.weights, two.weights);
  EXPECT_EQ(one.biases, two.biases);
}

}  // namespace
}  // namespace errata::nn

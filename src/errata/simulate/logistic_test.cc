#include "errata/simulate/logistic.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace errata::simulate {
namespace {

TEST(Logistic, SolvesItsEquationByHand) {
  // Points ±1 with labels of their sign: b = 0 and w = 2/(1 + e^w), so w = 0.674832.
  const std::vector<float> x{1, -1};
  const std::vector<std::uint8_t> labels{1, 0};
  const auto model = fit_logistic({x, 2, 1}, labels);
  EXPECT_NEAR(model.weights[0], 0.674832, 1e-6);
  EXPECT_NEAR(model.intercept, 0, 1e-9);
  EXPECT_NEAR(model.probability(std::vector<float>{1}), 1 / (1 + std::exp(-0.674832)), 1e-6);
}

TEST(Logistic, OneClassHasNoSlope) {
  const std::vector<float> x{1, 5, 9};
  const std::vector<std::uint8_t> labels{1, 1, 1};
  const auto model = fit_logistic({x, 3, 1}, labels);
  EXPECT_EQ(model.weights[0], 0);
  EXPECT_NEAR(model.probability(std::vector<float>{4}), 3.5 / 4, 1e-12);
  EXPECT_EQ(fit_logistic({{}, 0, 1}, {}).intercept, 0);
}

RC_GTEST_PROP(Logistic, TheGradientVanishes, ()) {
  const auto rows = *rc::gen::inRange<std::size_t>(2, 40);
  const auto width = *rc::gen::inRange<std::size_t>(1, 4);
  const auto x = *rc::gen::container<std::vector<float>>(
      rows * width, rc::gen::map(rc::gen::inRange(-300, 300), [](int i) { return static_cast<float>(i) / 50; }));
  auto labels = *rc::gen::container<std::vector<std::uint8_t>>(rows, rc::gen::element<std::uint8_t>(0, 1));
  labels[0] = 0;
  labels[1] = 1;
  const MatrixView<const float> points(x, rows, width);
  const auto model = fit_logistic(points, labels);
  for (std::size_t c = 0; c <= width; ++c) {
    double gradient = c < width ? model.weights[c] : 0;
    for (std::size_t r = 0; r < rows; ++r)
      gradient += (model.probability(points.row(r)) - labels[r]) * (c < width ? static_cast<double>(points(r, c)) : 1);
    RC_ASSERT(std::abs(gradient) < 1e-4);
  }
}

}  // namespace
}  // namespace errata::simulate

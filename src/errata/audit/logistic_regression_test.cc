#include "errata/audit/logistic_regression.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"

namespace errata::audit {
namespace {

TEST(LogisticRegression, OfTwoGroupsGivesTheirLogOdds) {
  // x = 0: 1 of 4 failed, x = 1: 3 of 4: intercept log(1/3), weight 2 log 3.
  const std::vector<double> x{0, 0, 0, 0, 1, 1, 1, 1}, t{1, 0, 0, 0, 1, 1, 1, 0};
  const auto model = fit_logistic({x, 8, 1}, t, 0);
  EXPECT_NEAR(model.intercept, -std::log(3.0), 1e-5);
  EXPECT_NEAR(model.weights[0], 2 * std::log(3.0), 1e-5);
  EXPECT_NEAR(model.log_odds(std::vector{.5}), 0, 1e-5);
  EXPECT_LT(fit_logistic({x, 8, 1}, t, .1).weights[0], model.weights[0]);
}

TEST(LogisticRegression, HasNoGradientAtItsEnd) {
  Rng rng(5);
  constexpr std::size_t kRows = 500;
  std::vector<double> x, t;
  for (std::size_t i = 0; i < kRows; ++i) {
    double z = -.5;
    for (const double weight : {1.0, -2.0, 0.0}) {
      x.push_back(rng.normal());
      z += weight * x.back();
    }
    t.push_back(rng.bernoulli(1 / (1 + std::exp(-z))) ? 1 : 0);
  }
  const MatrixView<const double> rows(x, kRows, 3);
  const auto model = fit_logistic(rows, t, .01);
  std::vector<double> gradient{.01 * model.weights[0], .01 * model.weights[1], .01 * model.weights[2], 0};
  for (std::size_t i = 0; i < kRows; ++i) {
    const double error = (1 / (1 + std::exp(-model.log_odds(rows.row(i)))) - t[i]) / kRows;
    for (std::size_t c = 0; c < 3; ++c) gradient[c] += error * rows(i, c);
    gradient[3] += error;
  }
  for (const double part : gradient) EXPECT_NEAR(part, 0, 1e-6);
  EXPECT_NEAR(model.weights[1], -2, .35);
}

TEST(LogisticRegression, EndsWhereNothingIsLeftToLearn) {
  const std::vector<double> x{-2, -1, 1, 2}, t{0, 0, 1, 1};
  const auto model = fit_logistic({x, 4, 1}, t, 0);
  EXPECT_TRUE(std::isfinite(model.weights[0]) && std::isfinite(model.intercept));
  EXPECT_GT(model.weights[0], 5);
  const std::vector<double> constant{0, 0, 0, 0}, mixed{0, 0, 0, 1};
  EXPECT_NEAR(fit_logistic({constant, 4, 1}, mixed, 0).intercept, -std::log(3.0), 1e-5);
}

}  // namespace
}  // namespace errata::audit

#include "errata/stats/logistic.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace errata::stats {
namespace {

TEST(Logistic, SigmoidAndLogitAreInverses) {
  EXPECT_DOUBLE_EQ(sigmoid(std::log(3.0)), .75);
  EXPECT_DOUBLE_EQ(logit(.75), std::log(3.0));
  EXPECT_EQ(logit(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(held_logit(0), logit(1e-4));
  EXPECT_EQ(held_logit(1, .01), logit(.99));
}

TEST(Logistic, SoftmaxOfLargeNumbersDoesNotOverflow) {
  std::vector<double> z{1000 + std::log(1.0), 1000 + std::log(3.0)};
  EXPECT_NEAR(log_sum_exp(z), 1000 + std::log(4.0), 1e-12);
  softmax_in_place(std::span(z));
  EXPECT_NEAR(z[0], .25, 1e-12);
  EXPECT_NEAR(z[1], .75, 1e-12);
  std::array<float, 3> floats{-200, 5, 5};
  softmax_in_place(std::span<float>(floats));
  EXPECT_EQ(floats, (std::array<float, 3>{0, .5F, .5F}));
}

}  // namespace
}  // namespace errata::stats

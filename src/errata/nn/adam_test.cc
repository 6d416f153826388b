#include "errata/nn/adam.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "errata/base/rng.h"

namespace errata::nn {
namespace {

TEST(Adam, FirstStepMovesByTheLearningRateAgainstTheGradient) {
  std::vector<float> p{1, 1, 1}, m(3), v(3);
  const std::vector<float> g{0.5F, -2, 0};
  AdamStep{.learning_rate = 0.1}.update(p, g, m, v);
  EXPECT_NEAR(p[0], 0.9, 1e-6);
  EXPECT_NEAR(p[1], 1.1, 1e-6);
  EXPECT_EQ(p[2], 1);
  EXPECT_NEAR(m[1], -0.2, 1e-6);
  EXPECT_NEAR(v[1], 0.004, 1e-7);
}

TEST(Adam, DecayShrinksWeightsByItself) {
  std::vector<float> p{2}, m(1), v(1);
  AdamStep{.learning_rate = 0.1, .weight_decay = 0.5}.update(p, std::vector<float>{0}, m, v);
  EXPECT_NEAR(p[0], 2 * (1 - 0.1 * 0.5), 1e-6);
}

TEST(Adam, FollowsTheFormulaAndTensorOperationsAgree) {
  Rng rng(1);
  constexpr std::size_t kSize = 1003;
  std::vector<float> p(kSize), m(kSize), v(kSize), g(kSize);
  std::vector<double> p_slow(kSize), m_slow(kSize), v_slow(kSize);
  for (std::size_t i = 0; i < kSize; ++i) p_slow[i] = p[i] = static_cast<float>(rng.normal());
  const at::Tensor tensors[3] = {at::from_blob(p.data(), {kSize}).clone(), at::zeros({kSize}), at::zeros({kSize})};
  for (std::size_t t = 1; t <= 20; ++t) {
    for (float& x : g) x = static_cast<float>(rng.normal());
    const AdamStep step{.learning_rate = 0.01, .weight_decay = 0.1, .step = t};
    step.update(p, g, m, v);
    step.update_by_operations(tensors[0], at::from_blob(g.data(), {kSize}), tensors[1], tensors[2]);
    for (std::size_t i = 0; i < kSize; ++i) {
      const double gi = static_cast<double>(g[i]), steps = static_cast<double>(t);
      m_slow[i] = 0.9 * m_slow[i] + 0.1 * gi;
      v_slow[i] = 0.999 * v_slow[i] + 0.001 * gi * gi;
      p_slow[i] -= 0.01 * 0.1 * p_slow[i];
      p_slow[i] -= 0.01 * (m_slow[i] / (1 - std::pow(0.9, steps))) /
                   (std::sqrt(v_slow[i] / (1 - std::pow(0.999, steps))) + 1e-8);
    }
  }
  for (std::size_t i = 0; i < kSize; ++i) {
    EXPECT_NEAR(static_cast<double>(p[i]), p_slow[i], 2e-5);
    EXPECT_NEAR(tensors[0].data_ptr<float>()[i], p[i], 2e-5F);
  }
}

}  // namespace
}  // namespace errata::nn

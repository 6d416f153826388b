#include "errata/nn/mlp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/base/rng.h"

namespace errata::nn {
namespace {

Mlp random_mlp(const std::vector<std::size_t>& widths, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<DenseLayer> layers;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    DenseLayer layer{.inputs = widths[i], .outputs = widths[i + 1]};
    for (std::size_t k = 0; k < layer.inputs * layer.outputs; ++k)
      layer.weights.push_back(static_cast<float>(rng.normal() / std::sqrt(static_cast<double>(layer.inputs))));
    for (std::size_t k = 0; k < layer.outputs; ++k) layer.biases.push_back(static_cast<float>(rng.normal()));
    layers.push_back(std::move(layer));
  }
  return Mlp::of(std::move(layers)).value();
}

std::vector<float> random_values(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

/// The slow obvious version, in double precision.
std::vector<double> slow_output(const Mlp& mlp, std::span<const float> input) {
  std::vector<double> x(input.begin(), input.end());
  for (std::size_t i = 0; i < mlp.layers().size(); ++i) {
    const auto& layer = mlp.layers()[i];
    std::vector<double> y(layer.outputs);
    for (std::size_t r = 0; r < layer.outputs; ++r) {
      y[r] = static_cast<double>(layer.biases[r]);
      for (std::size_t c = 0; c < layer.inputs; ++c)
        y[r] += static_cast<double>(layer.weights[r * layer.inputs + c]) * x[c];
      if (i + 1 < mlp.layers().size()) y[r] = std::max(0.0, y[r]);
    }
    x = y;
  }
  return x;
}

TEST(Mlp, ComputesByHand) {
  // Hidden: max(0, [1 -1; 2 0] x + [0, -1]); output: [1 -2] h + 3.
  const auto mlp = Mlp::of({{.inputs = 2, .outputs = 2, .weights = {1, -1, 2, 0}, .biases = {0, -1}},
                            {.inputs = 2, .outputs = 1, .weights = {1, -2}, .biases = {3}}})
                       .value();
  const std::vector<float> x{3, 1, /**/ 0, 5, /**/ 1, 1};
  EXPECT_EQ(mlp.outputs(MatrixView<const float>(x, 3, 2)), (std::vector<float>{2 - 10 + 3, 3, 0 - 2 + 3}));
  float y = 0;
  mlp.output_of(std::span(x).first(2), std::span(&y, 1));
  EXPECT_EQ(y, -5);
  // Both units on: [1 -1] − 2 [2 0]; both off; the second on (the first stands at 0, where ReLU's slope is 0).
  const std::vector<float> ones{1, 1, 2};
  EXPECT_EQ(mlp.input_gradients(MatrixView<const float>(x, 3, 2), MatrixView<const float>(ones, 3, 1)),
            (std::vector<float>{-3, -1, 0, 0, -8, 0}));
}

TEST(Mlp, LinearModelHasNoReluAtItsEnd) {
  const auto mlp = Mlp::of({{.inputs = 1, .outputs = 1, .weights = {1}, .biases = {-2}}}).value();
  const std::vector<float> x{1};
  EXPECT_EQ(mlp.outputs(MatrixView<const float>(x, 1, 1)).front(), -1);
}

RC_GTEST_PROP(Mlp, ManyCasesOneCaseAndTheSlowVersionAgree, ()) {
  std::vector<std::size_t> widths;
  for (std::size_t i = *rc::gen::inRange<std::size_t>(2, 5); i > 0; --i)
    widths.push_back(*rc::gen::inRange<std::size_t>(1, 70));
  const auto mlp = random_mlp(widths, *rc::gen::arbitrary<std::uint64_t>());
  const std::size_t n = *rc::gen::inRange<std::size_t>(0, 1100);
  const auto x = random_values(n * widths.front(), 3);
  const auto y = mlp.outputs(MatrixView<const float>(x, n, widths.front()));
  RC_ASSERT(y.size() == n * widths.back());
  std::vector<float> one(widths.back());
  for (std::size_t i = 0; i < n; i += 97) {
    const auto input = std::span(x).subspan(i * widths.front(), widths.front());
    mlp.output_of(input, one);
    const auto slow = slow_output(mlp, input);
    for (std::size_t j = 0; j < one.size(); ++j) {
      RC_ASSERT(std::abs(static_cast<double>(one[j]) - slow[j]) < 1e-4);
      RC_ASSERT(std::abs(static_cast<double>(y[i * one.size() + j]) - slow[j]) < 1e-4);
    }
  }
}

RC_GTEST_PROP(Mlp, GradientsAreSlopes, ()) {
  const auto mlp = random_mlp({5, 9, 4, 3}, *rc::gen::arbitrary<std::uint64_t>());
  const auto x = random_values(5, 1);
  const auto coefficients = random_values(3, 2);
  const auto gradient =
      mlp.input_gradients(MatrixView<const float>(x, 1, 5), MatrixView<const float>(coefficients, 1, 3));
  const auto value_at = [&](std::size_t c, double shift) {
    auto moved = x;
    moved[c] += static_cast<float>(shift);
    const auto y = slow_output(mlp, moved);
    double sum = 0;
    for (std::size_t j = 0; j < 3; ++j) sum += y[j] * static_cast<double>(coefficients[j]);
    return sum;
  };
  for (std::size_t c = 0; c < 5; ++c) {
    constexpr double kShift = 1e-3;
    const double up = (value_at(c, kShift) - value_at(c, 0)) / kShift;
    const double down = (value_at(c, 0) - value_at(c, -kShift)) / kShift;
    if (std::abs(up - down) > 1e-2) continue;  // a kink between
    RC_ASSERT(std::abs(static_cast<double>(gradient[c]) - (up + down) / 2) < 2e-2);
  }
}

TEST(Mlp, ThreadsChangeNothing) {
  const auto mlp = random_mlp({33, 20, 7}, 1);
  const auto x = random_values(3000 * 33, 2);
  set_threads(1);
  const auto alone = mlp.outputs(MatrixView<const float>(x, 3000, 33));
  set_threads(3);
  const auto together = mlp.outputs(MatrixView<const float>(x, 3000, 33));
  set_threads(0);
  EXPECT_EQ(alone, together);
}

TEST(Mlp, RefusesLayersThatDoNotFit) {
  EXPECT_EQ(Mlp::of({}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Mlp::of({{.inputs = 2, .outputs = 1, .weights = {1}, .biases = {0}}}).error().message,
            "layer 0: 1 weights and 1 biases do not make 2 inputs and 1 outputs");
  EXPECT_EQ(Mlp::of({{.inputs = 1, .outputs = 1, .weights = {1}, .biases = {0}},
                     {.inputs = 2, .outputs = 1, .weights = {1, 1}, .biases = {0}}})
                .error()
                .message,
            "layer 1 takes 2 inputs, but the layer before it gives 1");
}

TEST(Mlp, NotANumberStaysOne) {
  const auto mlp = random_mlp({4, 3, 1}, 5);
  const std::vector<float> x(4, std::nanf(""));
  float y = 0;
  mlp.output_of(x, std::span(&y, 1));
  EXPECT_TRUE(std::isnan(y));
  EXPECT_TRUE(std::isnan(mlp.outputs(MatrixView<const float>(x, 1, 4)).front()));
}

}  // namespace
}  // namespace errata::nn

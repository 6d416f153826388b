#include "errata/language/products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "errata/base/rng.h"
#include "errata/nn/runtime.h"

namespace errata::language {
namespace {

std::vector<float> noise(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

struct Shape {
  std::size_t rows, outputs, inputs;
};

/// The three products of one shape, each added to ones or not.
struct Made {
  std::vector<float> forward, back, slopes;
  bool operator==(const Made&) const = default;
};

Made made(const Shape& of, const Product& how) {
  const auto x = noise(of.rows * of.inputs, 1), w = noise(of.outputs * of.inputs, 2),
             dy = noise(of.rows * of.outputs, 3);
  Made made{.forward = std::vector<float>(dy.size(), 1.0F),
            .back = std::vector<float>(x.size(), 1.0F),
            .slopes = std::vector<float>(w.size(), 1.0F)};
  how.with_transposed(x.data(), w.data(), of.rows, of.inputs, of.outputs, made.forward.data());
  how.with(dy.data(), w.data(), of.rows, of.outputs, of.inputs, made.back.data());
  how.of_transposed(dy.data(), x.data(), of.rows, of.outputs, of.inputs, made.slopes.data());
  return made;
}

/// Σ over k < count of a(k) b(k), in doubles.
template <typename A, typename B>
double sum_of(std::size_t count, const A& a, const B& b) {
  double sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += static_cast<double>(a(k)) * static_cast<double>(b(k));
  return sum;
}

class Products : public testing::TestWithParam<Shape> {};

TEST_P(Products, AreTheSumsOfTheirDefinition) {
  const Shape of = GetParam();
  const auto x = noise(of.rows * of.inputs, 1), w = noise(of.outputs * of.inputs, 2),
             dy = noise(of.rows * of.outputs, 3);
  for (const Product how : {Product{}, Product{.added = true}, Product{.factor = 0.5F}}) {
    const Made made = errata::language::made(of, how);
    const double before = how.added ? 1 : 0;
    const auto check = [&](float value, double sum, double count) {
      ASSERT_NEAR(value, before + how.factor * sum, 1e-5 * count);
    };
    for (std::size_t r = 0; r < of.rows; ++r) {
      const auto row_of_x = [&](std::size_t k) { return x[r * of.inputs + k]; };
      const auto row_of_dy = [&](std::size_t k) { return dy[r * of.outputs + k]; };
      for (std::size_t o = 0; o < of.outputs; o += 7)
        check(made.forward[r * of.outputs + o],
              sum_of(of.inputs, row_of_x, [&](std::size_t k) { return w[o * of.inputs + k]; }),
              static_cast<double>(of.inputs));
      for (std::size_t i = 0; i < of.inputs; i += 7)
        check(made.back[r * of.inputs + i],
              sum_of(of.outputs, row_of_dy, [&](std::size_t k) { return w[k * of.inputs + i]; }),
              static_cast<double>(of.outputs));
    }
    for (std::size_t o = 0; o < of.outputs; o += 11)
      for (std::size_t i = 0; i < of.inputs; i += 11)
        check(made.slopes[o * of.inputs + i],
              sum_of(
                  of.rows, [&](std::size_t k) { return dy[k * of.outputs + o]; },
                  [&](std::size_t k) { return x[k * of.inputs + i]; }),
              static_cast<double>(of.rows));
  }
}

TEST_P(Products, AreTheSameOnAnyNumberOfThreads) {
  nn::set_threads(1);
  const Made alone = made(GetParam(), {});
  for (const std::size_t threads : {2U, 5U}) {
    nn::set_threads(threads);
    EXPECT_EQ(made(GetParam(), {}), alone);
  }
  nn::set_threads(0);
}

// On both sides of few rows, of large maps, and with sides that are no multiple of a tile.
INSTANTIATE_TEST_SUITE_P(Shapes, Products,
                         testing::Values(Shape{1, 33, 20}, Shape{7, 33, 20}, Shape{8, 33, 20}, Shape{17, 50, 31},
                                         Shape{64, 97, 16}, Shape{65, 97, 16}, Shape{1, 601, 450}, Shape{3, 601, 450},
                                         Shape{16, 601, 450}, Shape{64, 450, 601}, Shape{300, 601, 450},
                                         Shape{9, 3, 100'000}, Shape{2, 100'000, 3}),
                         [](const auto& of) {
                           return std::to_string(of.param.rows) + "x" + std::to_string(of.param.outputs) + "x" +
                                  std::to_string(of.param.inputs);
                         });

}  // namespace
}  // namespace errata::language

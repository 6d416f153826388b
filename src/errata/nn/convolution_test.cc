#include "errata/nn/convolution.h"

#include <gtest/gtest.h>

#include "errata/base/rng.h"
#include "errata/nn/tiled_product.h"

namespace errata::nn {
namespace {

std::vector<float> noise(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

/// A map with a frame of zeros.
std::vector<float> framed(const std::vector<float>& map, const MapShape& shape) {
  std::vector<float> values(shape.framed_size());
  for (std::size_t y = 0; y < shape.height; ++y)
    for (std::size_t x = 0; x < shape.width; ++x)
      for (std::size_t c = 0; c < shape.channels; ++c)
        values[shape.framed(y, x) + c] = map[(y * shape.width + x) * shape.channels + c];
  return values;
}

/// The value of an unframed map, 0 outside; (y, x) are counted from (1, 1).
double value_at(const std::vector<float>& map, const MapShape& shape, std::size_t y, std::size_t x, std::size_t c) {
  if (y < 1 || x < 1 || y > shape.height || x > shape.width) return 0;
  return static_cast<double>(map[((y - 1) * shape.width + x - 1) * shape.channels + c]);
}

class Convolutions : public testing::TestWithParam<std::tuple<MapShape, std::size_t>> {};

TEST_P(Convolutions, AreTheSumsOfTheirDefinition) {
  const auto [in, outputs] = GetParam();
  const MapShape out{.height = in.height, .width = in.width, .channels = outputs};
  const auto map = noise(in.size(), 1), weights = noise(9 * in.channels * outputs, 2), slopes = noise(out.size(), 3);
  std::vector<float> packed(weights.size()), turned(weights.size()), result(out.size()), back(in.size());
  std::vector<float> sum(weights.size(), 1.0F), sum_in_file(weights.size());
  pack_weights(weights, in.channels, outputs, packed);
  pack_turned_weights(weights, in.channels, outputs, turned);
  convolve(framed(map, in), in, packed, outputs, result);
  add_weight_slopes(framed(map, in), in, framed(slopes, out), outputs, sum);
  unpack_weights(sum, in.channels, outputs, sum_in_file);
  std::vector<double> expected(out.size()), expected_back(in.size()), expected_sum(weights.size(), 1);
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t c = 0; c < in.channels; ++c)
      for (std::size_t tap = 0; tap < 9; ++tap)
        for (std::size_t y = 0; y < in.height; ++y)
          for (std::size_t x = 0; x < in.width; ++x) {
            const std::size_t w = (o * in.channels + c) * 9 + tap, place = (y * in.width + x) * outputs + o;
            const std::size_t row = y + tap / 3, column = x + tap % 3;
            expected[place] += value_at(map, in, row, column, c) * static_cast<double>(weights[w]);
            expected_sum[w] += value_at(map, in, row, column, c) * static_cast<double>(slopes[place]);
            if (row >= 1 && column >= 1 && row <= in.height && column <= in.width)
              expected_back[((row - 1) * in.width + column - 1) * in.channels + c] +=
                  static_cast<double>(slopes[place]) * static_cast<double>(weights[w]);
          }
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(result[i], expected[i], 1e-3);
  for (std::size_t i = 0; i < expected_sum.size(); ++i) ASSERT_NEAR(sum_in_file[i], expected_sum[i], 1e-3);
  if (in.channels % kTiledStep == 0) {
    convolve(framed(slopes, out), out, turned, in.channels, back);
    for (std::size_t i = 0; i < expected_back.size(); ++i) ASSERT_NEAR(back[i], expected_back[i], 1e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Convolutions,
                         testing::Values(std::tuple(MapShape{.height = 6, .width = 13, .channels = 32}, 64),
                                         std::tuple(MapShape{.height = 5, .width = 8, .channels = 16}, 48),
                                         std::tuple(MapShape{.height = 1, .width = 1, .channels = 3}, 16),
                                         std::tuple(MapShape{.height = 3, .width = 7, .channels = 1}, 32)));

TEST(Convolution, IsTheSameInEveryWidthOfVectorsButForRounding) {
  const MapShape in{.height = 5, .width = 14, .channels = 32};
  const auto map = framed(noise(in.size(), 1), in), weights = noise(9 * 32 * 64, 2);
  std::vector<float> first(in.positions() * 64), other(first.size());
  convolve(map, in, weights, 64, first);
  for (const auto width : {VectorWidth::bits256, VectorWidth::bits512}) {
    if (!set_vector_width(width)) continue;
    convolve(map, in, weights, 64, other);
    EXPECT_EQ(first, other);
  }
  ASSERT_TRUE(set_vector_width(VectorWidth::bits128));
  convolve(map, in, weights, 64, other);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(first[i], other[i], 1e-4);
  EXPECT_TRUE(set_vector_width(VectorWidth::of_machine));
}

}  // namespace
}  // namespace errata::nn

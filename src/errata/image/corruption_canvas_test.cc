#include "errata/image/corruption_canvas.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/base/rng.h"

namespace errata::image {
namespace {

TEST(Kernels, SumToOneAndPassWhatTheyShould) {
  for (const auto& kernel : {gaussian_kernel(0.8), gaussian_kernel(3.5), lanczos_kernel(0.13), lanczos_kernel(0.05)}) {
    double sum = 0;
    for (const float weight : kernel) sum += weight;
    EXPECT_EQ(kernel.size() % 2, 1U);
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  // The response to a wave of a quarter and of four times the cutoff.
  const double cutoff = 0.1;
  const auto kernel = lanczos_kernel(cutoff);
  const auto response = [&](double frequency) {
    double sum = 0;
    for (std::size_t k = 0; k < kernel.size(); ++k)
      sum +=
          static_cast<double>(kernel[k]) * std::cos(2 * 3.14159265358979 * frequency *
                                                    (static_cast<double>(k) - static_cast<double>(kernel.size() / 2)));
    return sum;
  };
  EXPECT_GT(response(cutoff / 4), 0.95);
  EXPECT_LT(std::abs(response(cutoff * 4)), 0.05);
}

RC_GTEST_PROP(Kernels, FilteringEqualsTheSumOverBothAxes, ()) {
  const auto height = *rc::gen::inRange<std::size_t>(1, 9), width = *rc::gen::inRange<std::size_t>(1, 9);
  const auto radius = *rc::gen::inRange<std::size_t>(0, 12);
  const auto edge = *rc::gen::element(Edge::replicate, Edge::wrap);
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<float> plane(height * width), kernel(2 * radius + 1);
  for (float& value : plane) value = static_cast<float>(rng.uniform());
  for (float& value : kernel) value = static_cast<float>(rng.uniform()) / static_cast<float>(kernel.size());
  auto filtered = plane;
  filter_separably(filtered, height, width, kernel, edge);
  const auto inside = [&](std::size_t at, std::size_t tap, std::size_t size) {
    const long place = static_cast<long>(at) + static_cast<long>(tap) - static_cast<long>(radius),
               end = static_cast<long>(size);
    return static_cast<std::size_t>(edge == Edge::wrap ? ((place % end) + end) % end : std::clamp(place, 0L, end - 1));
  };
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      double sum = 0;
      for (std::size_t i = 0; i < kernel.size(); ++i)
        for (std::size_t j = 0; j < kernel.size(); ++j)
          sum += static_cast<double>(kernel[i]) * static_cast<double>(kernel[j]) *
                 static_cast<double>(plane[inside(y, i, height) * width + inside(x, j, width)]);
      RC_ASSERT(std::abs(sum - static_cast<double>(filtered[y * width + x])) < 1e-5);
    }
}

}  // namespace
}  // namespace errata::image

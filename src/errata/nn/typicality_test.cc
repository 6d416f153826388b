#include "errata/nn/typicality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "errata/base/rng.h"

namespace errata::nn {
namespace {

/// Cases of two predictions about (0, 0) and (10, 0), deviation 1 along the first axis and 3 along the second.
struct Clouds {
  explicit Clouds(std::size_t n) {
    Rng rng(1);
    for (std::size_t i = 0; i < n; ++i) {
      predicted.push_back(static_cast<std::uint32_t>(i % 2));
      inputs.push_back(static_cast<float>(rng.normal() + (i % 2 == 1 ? 10 : 0)));
      inputs.push_back(static_cast<float>(3 * rng.normal()));
    }
  }
  [[nodiscard]] Typicality fit(std::size_t classes = 2) const {
    return Typicality::fit({inputs, predicted.size(), 2}, predicted, classes);
  }
  std::vector<float> inputs;
  std::vector<std::uint32_t> predicted;
};

double distance(const Typicality& typicality, float x, float y, std::uint32_t predicted) {
  const std::vector<float> one{x, y};
  return typicality.distances(MatrixView<const float>(one, 1, 2), std::span(&predicted, 1))[0];
}

TEST(Typicality, MeasuresInDeviationsFromTheMeanOfTheSamePrediction) {
  const Typicality typicality = Clouds(20'000).fit(3);
  EXPECT_NEAR(distance(typicality, 0, 0, 0), 0, 0.01);
  EXPECT_NEAR(distance(typicality, 2, 0, 0), 4, 0.2);
  EXPECT_NEAR(distance(typicality, 0, 6, 0), 4, 0.2);
  EXPECT_NEAR(distance(typicality, 10, 0, 1), 0, 0.01);
  EXPECT_NEAR(distance(typicality, 0, 0, 1), 100, 4);
  EXPECT_NEAR(distance(typicality, 5, 0, 2), 0, 0.01) << "no case has prediction 2: the mean of all";
}

TEST(Typicality, TheNearestMeanIsThatOfAnyClass) {
  const Typicality typicality = Clouds(1'000).fit();
  const std::vector<float> points{-1, 2, 9, 2, 5, 0};
  const auto least = typicality.nearest_distances({points, 3, 2});
  ASSERT_EQ(least.size(), 3U);
  EXPECT_EQ(least[0], distance(typicality, -1, 2, 0));
  EXPECT_EQ(least[1], distance(typicality, 9, 2, 1));
  EXPECT_EQ(least[2], std::min(distance(typicality, 5, 0, 0), distance(typicality, 5, 0, 1)));
  EXPECT_TRUE(typicality.nearest_distances({std::span<const float>{}, 0, 2}).empty());
}

TEST(Typicality, FewCasesAreShrunkTowardsOneScale) {
  // Two cases of one prediction at (±1, 0): S = diag(1, 0), ρ = 2/4, tr S / w = 1/2, Σ = diag(3/4, 1/4).
  const std::vector<float> inputs{-1, 0, 1, 0};
  const std::vector<std::uint32_t> predicted{0, 0};
  const Typicality typicality = Typicality::fit({inputs, 2, 2}, predicted, 1);
  EXPECT_NEAR(distance(typicality, 3, 0, 0), 12, 1e-4);
  EXPECT_NEAR(distance(typicality, 0, 1, 0), 4, 1e-4);
  const std::vector<float> same{2, 2, 2, 2};
  EXPECT_NEAR(distance(Typicality::fit({same, 2, 2}, predicted, 1), 2, 5, 0), 9, 1e-4) << "nothing varies";
}

TEST(Typicality, IsTheSameFromItsTensors) {
  const Typicality typicality = Clouds(100).fit();
  auto tensors = typicality.tensors();
  const auto again = Typicality::of(tensors);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->classes(), 2U);
  EXPECT_EQ(distance(*again, 1, 2, 1), distance(typicality, 1, 2, 1));
  tensors[0].shape = {4, 1};
  EXPECT_FALSE(Typicality::of(tensors));
  tensors.pop_back();
  EXPECT_FALSE(Typicality::of(tensors));
}

TEST(Typicality, TheLimitIsAConformalQuantile) {
  EXPECT_EQ(distance_limit({5, 1, 4, 2, 3, 9, 8, 7, 6}, 0.2), 8) << "the ⌈10 · .8⌉th of nine";
  EXPECT_EQ(distance_limit({5, 1, 4, 2, 3, 9, 8, 7, 6}, 0.1), 9);
  EXPECT_TRUE(std::isinf(distance_limit({5, 1, 4, 2, 3, 9, 8, 7, 6}, 0.09)));
  EXPECT_TRUE(std::isinf(distance_limit({}, 0.5)));
}

}  // namespace
}  // namespace errata::nn

#include "errata/checklist/published.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "errata/base/rng.h"

namespace errata::checklist {
namespace {

/// Four vectors in a plane at 0, 10, 90 and 180 degrees, of different lengths, which must not matter.
const std::vector<float> kFan{1, 0, 2 * .98480775F, 2 * .17364818F, 0, 3, -.5F, 0};
MatrixView<const float> fan() { return {kFan, 4, 2}; }

std::vector<float> drawn(std::size_t rows, std::size_t width, std::uint64_t seed) {
  std::vector<float> values(rows * width);
  Rng rng(seed);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

double cosine(MatrixView<const float> rows, std::size_t a, std::size_t b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t j = 0; j < rows.cols(); ++j) {
    const double x = rows(a, j), y = rows(b, j);
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

/// By Gauss's elimination; the matrix is positive semidefinite, so no row changes its place.
double determinant(std::vector<std::vector<double>> matrix) {
  double product = 1;
  for (std::size_t k = 0; k < matrix.size(); ++k) {
    product *= matrix[k][k];
    if (!(matrix[k][k] > 1e-12)) return 0;
    for (std::size_t i = k + 1; i < matrix.size(); ++i)
      for (std::size_t j = matrix.size(); j-- > k;) matrix[i][j] -= matrix[i][k] / matrix[k][k] * matrix[k][j];
  }
  return product;
}

TEST(DivPrune, TakesTheLoneliestThenTheFarthestFromItsNearest) {
  // Distances to the nearest other: .015, .015, .826, 1, so 180 degrees is first. From it 0 degrees is at 2; then 90 is
  // at 1 from both, 10 at .015 from its neighbour.
  EXPECT_EQ(div_prune(fan(), 4), (std::vector<std::uint32_t>{3, 0, 2, 1}));
  EXPECT_EQ(div_prune(fan(), 2), (std::vector<std::uint32_t>{3, 0}));
  EXPECT_EQ(div_prune(fan(), 9).size(), 4U);
}

TEST(ToDre, TakesTheGreatestSumOfDistances) {
  // The sum of all four is (.985, 1.174), which 180 degrees points away from most. After 0 degrees, opposite to it, the
  // sum is zero and every patch as far: the first.
  EXPECT_EQ(to_dre(fan(), 4), (std::vector<std::uint32_t>{3, 0, 1, 2}));
  EXPECT_EQ(to_dre(fan(), 1), (std::vector<std::uint32_t>{3}));
}

TEST(CdPruner, PassesOverACopyHoweverRelevantItIs) {
  // Patch 1 is a copy of 0: with 0 chosen its determinant is 0. Patch 3 is of no relevance. Both follow by relevance.
  const std::vector<float> features{1, 0, 2, 0, 0, 1, 1, 1}, relevance{3, 2.6F, 2, 1};
  EXPECT_EQ(cd_pruner({features, 4, 2}, relevance, 4), (std::vector<std::uint32_t>{0, 2, 1, 3}));
}

TEST(CdPruner, WithoutRelevanceChoosesByDiversityAlone) {
  // All of one relevance: the first is the first patch; then the one at right angles, not the copy or the opposite.
  const std::vector<float> features{1, 0, 2, 0, 0, 1, -1, 0}, same(4, .5F);
  EXPECT_EQ(cd_pruner({features, 4, 2}, same, 2), (std::vector<std::uint32_t>{0, 2}));
}

RC_GTEST_PROP(DivPrune, EachNextIsTheFarthestFromItsNearestChosen, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 24);
  const auto features = drawn(n, 3, *rc::gen::arbitrary<std::uint64_t>());
  const MatrixView<const float> rows(features, n, 3);
  const auto chosen = div_prune(rows, n);
  RC_ASSERT(std::set(chosen.begin(), chosen.end()).size() == n);
  const auto nearest = [&](std::size_t patch, std::size_t among) {
    double least = 3;
    for (std::size_t i = 0; i < among; ++i) least = std::min(least, 1 - cosine(rows, patch, chosen[i]));
    return least;
  };
  for (std::size_t k = 1; k < n; ++k)
    for (std::size_t later = k + 1; later < n; ++later)
      RC_ASSERT(nearest(chosen[k], k) >= nearest(chosen[later], k) - 1e-5);
}

RC_GTEST_PROP(ToDre, EachNextHasTheGreatestSum, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 24);
  const auto features = drawn(n, 3, *rc::gen::arbitrary<std::uint64_t>());
  const MatrixView<const float> rows(features, n, 3);
  const auto chosen = to_dre(rows, n);
  RC_ASSERT(std::set(chosen.begin(), chosen.end()).size() == n);
  const auto sum = [&](std::size_t patch, std::size_t among) {
    double all = 0;
    for (std::size_t i = 0; i < among; ++i) all += 1 - cosine(rows, patch, chosen[i]);
    return all;
  };
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t later = k + 1; later < n; ++later)
      RC_ASSERT(sum(chosen[k], k == 0 ? n : k) >= sum(chosen[later], k == 0 ? n : k) - 1e-4);
}

RC_GTEST_PROP(CdPruner, EachNextHasTheGreatestDeterminant, ()) {
  constexpr std::size_t kWidth = 4;
  const auto n = *rc::gen::inRange<std::size_t>(kWidth, 16);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto features = drawn(n, kWidth, seed), relevance = drawn(n, 1, seed + 1);
  const MatrixView<const float> rows(features, n, kWidth);
  const auto chosen = cd_pruner(rows, relevance, n);
  RC_ASSERT(std::set(chosen.begin(), chosen.end()).size() == n);
  const auto [least, most] = std::ranges::minmax(relevance);
  const auto quality = [&, low = least, high = most](std::size_t i) {
    return static_cast<double>((relevance[i] - low) / (high - low));
  };
  const auto with = [&](std::size_t earlier, std::size_t patch) {
    std::vector<std::size_t> set(chosen.begin(), chosen.begin() + static_cast<long>(earlier));
    set.push_back(patch);
    std::vector<std::vector<double>> kernel(set.size(), std::vector<double>(set.size()));
    for (std::size_t i = 0; i < set.size(); ++i)
      for (std::size_t j = 0; j < set.size(); ++j)
        kernel[i][j] = quality(set[i]) * quality(set[j]) * cosine(rows, set[i], set[j]);
    return determinant(kernel);
  };
  for (std::size_t k = 0; k < kWidth; ++k)
    for (std::size_t later = k + 1; later < n; ++later) RC_ASSERT(with(k, chosen[k]) >= with(k, chosen[later]) - 1e-4);
}

}  // namespace
}  // namespace errata::checklist

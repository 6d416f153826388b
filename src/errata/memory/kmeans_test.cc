#include "errata/memory/kmeans.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace errata::memory {
namespace {

using testing::ElementsAre;

MatrixView<const float> matrix(const std::vector<float>& values, std::size_t width) {
  return {values, values.size() / width, width};
}

double distance(const std::vector<float>& points, std::size_t row, const Clusters& clusters, std::size_t k) {
  double sum = 0;
  for (std::size_t c = 0; c < clusters.width; ++c)
    sum += std::pow(static_cast<double>(points[row * clusters.width + c]) -
                        static_cast<double>(clusters.centres[k * clusters.width + c]),
                    2);
  return sum;
}

/// The least inertia over all ways to put the points into `clusters` groups, on a line.
double least_inertia(const std::vector<float>& points, std::size_t clusters) {
  double least = std::numeric_limits<double>::infinity();
  std::size_t ways = 1;
  for (std::size_t i = 0; i < points.size(); ++i) ways *= clusters;
  for (std::size_t way = 0; way < ways; ++way) {
    std::vector<double> sum(clusters), squares(clusters), count(clusters);
    std::size_t rest = way;
    for (const float point : points) {
      const double x = static_cast<double>(point);
      sum[rest % clusters] += x;
      squares[rest % clusters] += x * x;
      ++count[rest % clusters];
      rest /= clusters;
    }
    double inertia = 0;
    for (std::size_t k = 0; k < clusters; ++k)
      if (count[k] > 0) inertia += squares[k] - sum[k] * sum[k] / count[k];
    least = std::min(least, inertia);
  }
  return least;
}

std::vector<float> small_points(std::size_t count) {
  return *rc::gen::container<std::vector<float>>(
      count, rc::gen::map(rc::gen::inRange(-20, 20), [](int i) { return static_cast<float>(i); }));
}

TEST(KMeans, FindsThreeHandMadeGroups) {
  const std::vector<float> points{0, 0, 10, 10, 0, 2, 12, 10, 2, 0, -50, 7, 10, 13};
  const auto clusters = kmeans(matrix(points, 2), {.clusters = 3});
  ASSERT_TRUE(clusters.has_value());
  EXPECT_THAT(clusters->assignment, ElementsAre(0, 1, 0, 1, 0, 2, 1));  // equal sizes: the smaller centre first
  const float third = 2.0F / 3;
  EXPECT_THAT(clusters->centres, ElementsAre(third, third, 32.0F / 3, 11.0F, -50.0F, 7.0F));
  EXPECT_NEAR(clusters->inertia, 16.0 / 3 + 8.0 / 3 + 6, 1e-5);  // Σx² − (Σx)²/n in each group and dimension
}

TEST(KMeans, GivesFewerClustersThanAskedWhenPointsCoincide) {
  const std::vector<float> points{3, 3, -1, 3, -1, 3};
  const auto clusters = kmeans(matrix(points, 1), {.clusters = 5});
  EXPECT_THAT(clusters->centres, ElementsAre(3.0F, -1.0F));
  EXPECT_THAT(clusters->assignment, ElementsAre(0, 0, 1, 0, 1, 0));
  EXPECT_EQ(clusters->inertia, 0);
}

TEST(KMeans, OneClusterIsTheMean) {
  const std::vector<float> points{1, 2, 6};
  const auto clusters = kmeans(matrix(points, 1), {.clusters = 1});
  EXPECT_THAT(clusters->centres, ElementsAre(3.0F));
  EXPECT_NEAR(clusters->inertia, 14, 1e-12);
}

TEST(KMeans, RefusesWhatHasNoAnswer) {
  const std::vector<float> points{1, 2};
  EXPECT_EQ(kmeans({}, {}).error().message, "k-means needs at least one point");
  EXPECT_EQ(kmeans(matrix(points, 1), {.clusters = 0}).error().message, "k-means needs at least one cluster");
  EXPECT_EQ(kmeans(matrix(points, 1), {.restarts = 0}).error().code, ErrorCode::invalid_argument);
}

RC_GTEST_PROP(KMeans, IsTheBestPartitionOfAFewPoints, ()) {
  const auto points = small_points(*rc::gen::inRange<std::size_t>(1, 8));
  const auto clusters = *rc::gen::inRange<std::size_t>(1, 4);
  const auto found = kmeans(matrix(points, 1), {.clusters = clusters, .restarts = 100});
  RC_ASSERT(std::abs(found->inertia - least_inertia(points, clusters)) < 1e-4);
}

RC_GTEST_PROP(KMeans, WhatItReturnsFitsTogether, ()) {
  const auto rows = *rc::gen::inRange<std::size_t>(1, 60);
  const auto width = *rc::gen::inRange<std::size_t>(1, 4);
  const auto points = small_points(rows * width);
  const auto asked = *rc::gen::inRange<std::size_t>(1, 9);
  const auto found = kmeans(matrix(points, width), {.clusters = asked, .restarts = 2});
  std::set<std::vector<float>> distinct;
  std::vector<std::size_t> count(found->size());
  double inertia = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(row * width);
    distinct.emplace(begin, begin + static_cast<std::ptrdiff_t>(width));
    const std::size_t own = found->assignment[row];
    ++count[own];
    inertia += distance(points, row, *found, own);
    for (std::size_t k = 0; k < found->size(); ++k)
      RC_ASSERT(distance(points, row, *found, own) <= distance(points, row, *found, k));
  }
  RC_ASSERT(found->size() == std::min(asked, distinct.size()));
  RC_ASSERT(std::ranges::is_sorted(count, std::greater{}));
  RC_ASSERT(count.back() > 0U);
  RC_ASSERT(std::abs(found->inertia - inertia) <= 1e-9 * (1 + inertia));
}

RC_GTEST_PROP(KMeans, TheSameSeedGivesTheSameClusters, (std::uint64_t seed)) {
  const auto points = small_points(40);
  const auto once = kmeans(matrix(points, 2), {.clusters = 4, .seed = seed});
  const auto again = kmeans(matrix(points, 2), {.clusters = 4, .seed = seed});
  RC_ASSERT(once->centres == again->centres);
  RC_ASSERT(once->assignment == again->assignment);
}

}  // namespace
}  // namespace errata::memory

#include "errata/relevance/channels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "errata/relevance/clusters.h"

namespace errata::relevance {
namespace {

/// A grey picture of one value, drawn upon.
class Drawing {
 public:
  Drawing(std::size_t height, std::size_t width, std::uint8_t grey)
      : picture_{.height = height, .width = width, .bytes = std::vector<std::uint8_t>(height * width, grey)} {}
  Drawing& fill(std::size_t top, std::size_t left, std::size_t height, std::size_t width, std::uint8_t grey) {
    for (std::size_t y = top; y < top + height; ++y)
      for (std::size_t x = left; x < left + width; ++x) picture_.bytes[y * picture_.width + x] = grey;
    return *this;
  }
  /// Upright strokes 3 pixels wide, every 8 pixels.
  Drawing& write(std::size_t top, std::size_t left, std::size_t height, std::size_t width, std::uint8_t grey) {
    for (std::size_t x = left; x + 3 <= left + width; x += 8) fill(top, x, height, 3, grey);
    return *this;
  }
  [[nodiscard]] Planes planes() const { return planes_of(picture_); }

 private:
  image::Picture picture_;
};

std::size_t most_of(const std::vector<float>& values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

TEST(Planes, GreyIsWeighted) {
  const image::Picture picture{.height = 1, .width = 1, .channels = 3, .bytes = {255, 0, 51}};
  const Planes planes = planes_of(picture);
  EXPECT_FLOAT_EQ(planes.blue.values[0], .2F);
  EXPECT_FLOAT_EQ(planes.grey.values[0], .299F + .114F * .2F);
}

TEST(PatchMeans, OfPatchesThatTheEdgeCuts) {
  Plane plane{.height = 17, .width = 17, .values = std::vector<float>(17 * 17, 1)};
  plane.values.back() = 3;
  EXPECT_EQ(patch_means(plane), (std::vector<float>{1, 1, 1, 3}));
}

TEST(Channels, OfABlankImageAreZero) {
  const Planes planes = Drawing(64, 80, 128).planes();
  for (const auto& channel : {edges(planes), contrast_normalised_edges(planes), high_pass(planes),
                              edge_nearness(planes), colour(planes), fine_saliency(planes), text_likeness(planes)}) {
    ASSERT_EQ(channel.size(), 20U);
    for (const float value : channel) EXPECT_NEAR(value, 0, 1e-4);
  }
}

TEST(Edges, OfAStepByHand) {
  // A step of 51/255 = .2 between the columns 7 and 8 of one patch: Sobel/4 gives .2 in both columns, 2 of 16.
  const auto values = edges(Drawing(16, 16, 0).fill(0, 8, 16, 8, 51).planes());
  EXPECT_NEAR(values[0], .2 * 2 / 16, 1e-6);
}

TEST(Edges, OfTheInvertedImageAreTheSame) {
  // The document's seventh channel, edges of 1 − grey, brings nothing new.
  const auto drawn = Drawing(64, 64, 200).write(20, 20, 20, 30, 90).planes();
  const auto inverted = Drawing(64, 64, 55).write(20, 20, 20, 30, 165).planes();
  const auto a = edges(drawn), b = edges(inverted);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST(ContrastNormalisedEdges, FindFaintWritingThatPlainEdgesMiss) {
  // Strong writing at the left, writing of 8/255 at the right.
  const auto planes = Drawing(128, 256, 128).write(32, 16, 64, 64, 255).write(32, 176, 64, 64, 136).planes();
  const PatchGrid grid = grid_of(planes.grey);
  const std::size_t strong = 3 * grid.columns() + 3, faint = 3 * grid.columns() + 13;
  const auto plain = edges(planes), normal = contrast_normalised_edges(planes);
  EXPECT_LT(plain[faint], plain[strong] / 10);
  EXPECT_GT(normal[faint], normal[strong] / 2);
}

TEST(TextLikeness, IsHighOnStrokesAndLowOnAnEdge) {
  const auto planes = Drawing(64, 256, 255).write(16, 16, 32, 96, 0).fill(16, 160, 32, 60, 0).planes();
  const PatchGrid grid = grid_of(planes.grey);
  const auto values = text_likeness(planes);
  EXPECT_GT(values[grid.columns() + 3], .8F);
  EXPECT_LT(values[grid.columns() + 10], .1F);
}

TEST(Saliency, IsGreatestAtTheOddOneOut) {
  const auto planes = Drawing(256, 256, 90).fill(160, 96, 24, 24, 250).planes();
  const PatchGrid grid = grid_of(planes.grey);
  for (const auto& values : {spectral_saliency(planes), fine_saliency(planes)}) {
    const std::size_t patch = most_of(values);
    EXPECT_NEAR(static_cast<double>(grid.row_of(patch)), 10.5, 1.5);
    EXPECT_NEAR(static_cast<double>(grid.column_of(patch)), 6.5, 1.5);
  }
}

TEST(Eccentricity, RunsFromTheMiddleToTheCorners) {
  const auto values = eccentricity({.height = 48, .width = 48});
  EXPECT_EQ(values[4], 0);
  EXPECT_NEAR(values[0], 2.0 / 3, 1e-6);
}

TEST(Motion, IsWhereSomethingMoved) {
  const auto before = Drawing(64, 64, 0).planes(), after = Drawing(64, 64, 0).fill(16, 32, 16, 16, 255).planes();
  const auto values = motion(after, before);
  EXPECT_EQ(most_of(values), 6U);
  EXPECT_NEAR(values[6], 1, 1e-6);
  EXPECT_EQ(values[5], 0);
}

TEST(Clusters, FollowColourAndAreAllUsed) {
  const auto planes = Drawing(128, 128, 0).fill(0, 64, 128, 64, 255).planes();
  const auto of = clusters(planes, 2);
  const std::set<std::uint32_t> used(of.begin(), of.end());
  EXPECT_EQ(*used.rbegin() + 1, used.size());
  for (std::size_t patch = 0; patch < of.size(); ++patch)
    for (std::size_t other = 0; other < of.size(); ++other)
      if ((patch % 8 < 4) != (other % 8 < 4)) {
        EXPECT_NE(of[patch], of[other]);
      }
}

TEST(Channels, TakeImagesOfOnePixel) {
  ThreadPool pool(2);
  const auto stack = measure(Drawing(1, 1, 7).planes(), Saliency::fine, nullptr, pool);
  EXPECT_EQ(stack.grid.count(), 1U);
  EXPECT_EQ(stack.saliency.size(), 1U);
  EXPECT_EQ(clusters(Drawing(1, 1, 7).planes(), 50).size(), 1U);
  for (const float value : {stack.edges[0], stack.saliency[0], stack.text_likeness[0]})
    EXPECT_TRUE(std::isfinite(value));
}

TEST(Channels, AreTheSameOnAnyNumberOfThreads) {
  const auto planes = Drawing(200, 300, 90).write(40, 50, 60, 200, 140).planes();
  ThreadPool one(1), four(4);
  const auto a = measure(planes, Saliency::spectral, nullptr, one),
             b = measure(planes, Saliency::spectral, nullptr, four);
  EXPECT_EQ(a.contrast_normalised_edges, b.contrast_normalised_edges);
  EXPECT_EQ(a.saliency, b.saliency);
  EXPECT_EQ(a.text_likeness, b.text_likeness);
}

}  // namespace
}  // namespace errata::relevance

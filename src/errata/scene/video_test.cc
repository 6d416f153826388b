#include "errata/scene/video.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace errata::scene {
namespace {

double mean_difference(const Scene& one, const Scene& other, int down, int right) {
  const auto height = static_cast<int>(one.picture.height), width = static_cast<int>(one.picture.width);
  double sum = 0;
  std::size_t count = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int v = y - down, h = x - right;
      if (v < 0 || v >= height || h < 0 || h >= width) continue;
      sum += std::abs(one.picture.bytes[static_cast<std::size_t>(y * width + x) * 3] -
                      other.picture.bytes[static_cast<std::size_t>(v * width + h) * 3]);
      ++count;
    }
  return sum / static_cast<double>(count);
}

TEST(Video, APanMovesContentByItsTrueShift) {
  for (const auto& [down, right] : {std::pair(0, 60), std::pair(-13, 7), std::pair(5, -24)}) {
    const Video video(
        {.motion = Motion::pan, .size = {192, 224}, .frames = 5, .pan_down = down, .pan_right = right, .noise = 0});
    for (std::size_t i = 1; i < video.frames(); ++i) {
      const auto [y, x] = video.shift(i);
      EXPECT_EQ(y, -down);
      EXPECT_EQ(mean_difference(video.frame(i), video.frame(i - 1), y, x), 0) << i;
    }
    EXPECT_TRUE(video.boundaries().empty());
  }
}

TEST(Video, APanMovesTheTruthAlong) {
  const Video video(
      {.motion = Motion::pan, .first = Kind::shapes, .size = {256, 256}, .frames = 4, .pan_right = 16, .noise = 0});
  const Scene before = video.frame(0), after = video.frame(1);
  std::size_t found = 0;
  for (const Thing& thing : before.things) {
    if (thing.box.left < 32 || thing.box.right() == 256) continue;
    for (const Thing& other : after.things)
      found +=
          other.kind == thing.kind && other.box.left + 16 == thing.box.left && other.box.top == thing.box.top ? 1U : 0U;
  }
  EXPECT_GE(found, 1U);
}

TEST(Video, CutsAndDissolvesAreWhereTheyAreSaidToBe) {
  const Video cut({.motion = Motion::cut, .size = {160, 160}, .frames = 10, .event = 4});
  EXPECT_THAT(cut.boundaries(), testing::ElementsAre(4));
  EXPECT_TRUE(cut.blended().empty());
  EXPECT_LT(mean_difference(cut.frame(3), cut.frame(2), 0, 0), 5);
  EXPECT_GT(mean_difference(cut.frame(4), cut.frame(3), 0, 0), 20);
  const Video dissolve({.motion = Motion::dissolve, .size = {160, 160}, .frames = 12, .event = 4, .fade = 5});
  EXPECT_THAT(dissolve.blended(), testing::ElementsAre(4, 5, 6, 7, 8));
  EXPECT_THAT(dissolve.boundaries(), testing::ElementsAre(7));  // 4 of 6 parts are new
  double largest = 0;
  for (std::size_t i = 1; i < 12; ++i)
    largest = std::max(largest, mean_difference(dissolve.frame(i), dissolve.frame(i - 1), 0, 0));
  EXPECT_LT(largest, mean_difference(cut.frame(4), cut.frame(3), 0, 0) / 3);
}

TEST(Video, OtherMotionsHaveNoBoundaries) {
  for (const Motion motion : {Motion::still, Motion::zoom, Motion::flash, Motion::object}) {
    const Video video({.motion = motion, .size = {160, 160}, .frames = 8, .event = 3});
    EXPECT_TRUE(video.boundaries().empty()) << name_of(motion);
    EXPECT_EQ(video.frame(5).picture.bytes, video.frame(5).picture.bytes);
    EXPECT_FALSE(video.frame(5).questions.empty());
  }
  const Video flash({.motion = Motion::flash, .first = Kind::photo, .size = {160, 160}, .frames = 8, .event = 3});
  EXPECT_GT(mean_difference(flash.frame(3), flash.frame(2), 0, 0), 40);
  EXPECT_LT(mean_difference(flash.frame(4), flash.frame(2), 0, 0), 5);
}

TEST(Video, AZoomMakesThingsLarger) {
  const Video video({.motion = Motion::zoom, .first = Kind::person, .size = {192, 192}, .frames = 9, .zoom = 1.05});
  const auto face = [](const Scene& scene) {
    for (const Thing& thing : scene.things)
      if (thing.kind == "face") return thing.box.width;
    return std::size_t{0};
  };
  const double before = static_cast<double>(face(video.frame(0))), after = static_cast<double>(face(video.frame(8)));
  EXPECT_NEAR(after / before, std::pow(1.05, 8), 0.06);
}

TEST(Video, ABallCrossesAStillScene) {
  const Video video({.motion = Motion::object, .first = Kind::kitchen, .size = {192, 192}, .frames = 6});
  std::size_t left = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const Scene frame = video.frame(i);
    EXPECT_EQ(frame.things.back().kind, "ball");
    EXPECT_TRUE(i == 0 || frame.things.back().box.left > left) << i;
    left = frame.things.back().box.left;
    EXPECT_TRUE(frame.things.back().box.right() <= 192);
  }
}

}  // namespace
}  // namespace errata::scene

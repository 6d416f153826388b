#include "errata/scene/scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "errata/base/thread_pool.h"
#include "errata/scene/kinds.h"
#include "errata/scene/sheet.h"

namespace errata::scene {
namespace {

/// A picture of 40 × 48 with a thing of a mask, and a line.
Scene small_scene() {
  Scene scene{.picture = {.height = 40, .width = 48, .channels = 3, .bytes = {}}};
  for (std::size_t i = 0; i < 40 * 48 * 3; ++i) scene.picture.bytes.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  scene.things = {
      {.kind = "circle",
       .colour = "red",
       .box = {.top = 3, .left = 5, .height = 2, .width = 3},
       .mask = {1, 0, 0, 1, 1, 0},
       .lines = {}},
      {.kind = "text",
       .colour = "gray",
       .box = {.top = 16, .left = 16, .height = 16, .width = 20},
       .mask = {},
       .lines = {{.box = {.top = 17, .left = 16, .height = 9, .width = 20}, .words = "a b", .cap_height = 7}}}};
  scene.questions = {{.text = "where is the red circle", .things = {0}}, {.text = "describe this", .vague = true}};
  return scene;
}

TEST(Scene, SharesOfPatchesAreCountedByHand) {
  const Scene scene = small_scene();
  const auto shares = covered(scene, {0, 1}, 16);
  ASSERT_EQ(shares.size(), 9U);  // 3 × 3 patches, the last row 8 pixels high
  EXPECT_FLOAT_EQ(shares[0], 3.0F / 256);
  EXPECT_FLOAT_EQ(shares[4], 1);
  EXPECT_FLOAT_EQ(shares[5], 4.0F / 16);
  EXPECT_FLOAT_EQ(shares[7], 0);
  EXPECT_THAT(asked_patches(scene, {.text = "", .things = {1}}, 16), testing::ElementsAre(0, 0, 0, 0, 1, 1, 0, 0, 0));
}

TEST(Scene, AFlipMovesThingsWithTheirPixels) {
  const Scene scene = small_scene();
  for (const Flip flip : {Flip::horizontal, Flip::vertical}) {
    const Scene mirrored = flipped(scene, flip);
    for (std::size_t y = 0; y < 40; ++y)
      for (std::size_t x = 0; x < 48; ++x) {
        const std::size_t v = flip == Flip::vertical ? 39 - y : y, h = flip == Flip::horizontal ? 47 - x : x;
        for (std::size_t channel = 0; channel < 3; ++channel)
          ASSERT_EQ(mirrored.picture.bytes[(v * 48 + h) * 3 + channel],
                    scene.picture.bytes[(y * 48 + x) * 3 + channel]);
        for (std::size_t thing = 0; thing < 2; ++thing)
          ASSERT_EQ(mirrored.things[thing].holds(v, h), scene.things[thing].holds(y, x)) << y << ' ' << x;
      }
    const Scene back = flipped(mirrored, flip);
    EXPECT_EQ(back.picture.bytes, scene.picture.bytes);
    EXPECT_EQ(back.things[1].lines[0].box, scene.things[1].lines[0].box);
  }
}

TEST(Scene, BarsAreStated) {
  const Scene scene = small_scene();
  const Scene wide = letterboxed(scene, {.top = 4, .bottom = 6, .left = 0, .right = 5, .gray = 9});
  EXPECT_EQ(wide.picture.height, 50U);
  EXPECT_EQ(wide.picture.width, 53U);
  ASSERT_EQ(wide.padding.size(), 3U);
  std::size_t padded = 0;
  for (const auto& box : wide.padding) {
    padded += box.area();
    for (std::size_t y = box.top; y < box.bottom(); ++y)
      for (std::size_t x = box.left; x < box.right(); ++x) ASSERT_EQ(wide.picture.bytes[(y * 53 + x) * 3], 9);
  }
  EXPECT_EQ(padded, 50U * 53 - 40 * 48);
  EXPECT_TRUE(wide.things[0].holds(3 + 4, 5));
  EXPECT_EQ(wide.things[1].lines[0].box.top, 21U);
}

RC_GTEST_PROP(Scene, AFlipOfASceneFlipsItsTruth, ()) {
  const Kind kind = kKinds[*rc::gen::inRange<std::size_t>(0, kKinds.size())];
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const Scene scene = draw_scene(kind, {.size = {128, 160}}, seed);
  const Scene mirrored = flipped(scene, Flip::horizontal);
  for (std::size_t q = 0; q < scene.questions.size(); ++q) {
    const auto one = covered(scene, scene.questions[q].things, 16);
    const auto other = covered(mirrored, mirrored.questions[q].things, 16);
    for (std::size_t row = 0; row < 8; ++row)
      for (std::size_t column = 0; column < 10; ++column)
        RC_ASSERT(one[row * 10 + column] == other[row * 10 + 9 - column]);
  }
}

}  // namespace
}  // namespace errata::scene

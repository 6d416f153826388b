#include "errata/scene/kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "errata/base/thread_pool.h"

namespace errata::scene {
namespace {

const Thing* thing_of(const Scene& scene, std::string_view kind, std::string_view colour = "") {
  for (const Thing& thing : scene.things)
    if (thing.kind == kind && (colour.empty() || thing.colour == colour)) return &thing;
  return nullptr;
}

double brightness(const Scene& scene, std::size_t y, std::size_t x) {
  const auto* const pixel = &scene.picture.bytes[(y * scene.picture.width + x) * 3];
  return (pixel[0] + pixel[1] + pixel[2]) / 3.0;
}

TEST(Kinds, TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads) {
  constexpr std::size_t kSeeds = 3;
  const auto draw_all = [&](std::size_t threads) {
    std::vector<Scene> scenes(kKinds.size() * kSeeds);
    const ThreadPool pool(threads);
    pool.parallel_for(scenes.size(), [&](std::size_t task, std::size_t) {
      scenes[task] = draw_scene(kKinds[task / kSeeds], {.size = {192, 224}}, task % kSeeds);
    });
    return scenes;
  };
  const auto one = draw_all(1), four = draw_all(4);
  std::set<std::vector<std::uint8_t>> different;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].picture.bytes, four[i].picture.bytes) << name_of(kKinds[i / kSeeds]);
    ASSERT_EQ(one[i].questions.size(), four[i].questions.size());
    for (std::size_t q = 0; q < one[i].questions.size(); ++q)
      EXPECT_EQ(one[i].questions[q].text, four[i].questions[q].text);
    different.insert(one[i].picture.bytes);
  }
  EXPECT_EQ(different.size(), one.size());
}

TEST(Kinds, EveryKindIsDrawnAtAnySizeWithItsTruthInside) {
  for (const Kind kind : kKinds)
    for (const Size size : {Size{16, 16}, Size{128, 128}, Size{97, 301}, Size{400, 60}}) {
      const Scene scene = draw_scene(kind, {.size = size}, 7);
      ASSERT_EQ(scene.picture.height, size.height);
      ASSERT_EQ(scene.picture.bytes.size(), size.height * size.width * 3);
      for (const Thing& thing : scene.things) {
        EXPECT_GT(thing.box.area(), 0U);
        EXPECT_LE(thing.box.bottom(), size.height);
        EXPECT_LE(thing.box.right(), size.width);
        EXPECT_TRUE(thing.mask.empty() || thing.mask.size() == thing.box.area());
        for (const Writing& line : thing.lines) EXPECT_LE(line.box.bottom(), size.height);
      }
      for (const Question& question : scene.questions) {
        EXPECT_EQ(question.vague, question.things.empty()) << question.text;
        for (const std::size_t thing : question.things) EXPECT_LT(thing, scene.things.size());
      }
    }
}

TEST(Kinds, ScenesHaveWhatTheirKindSays) {
  const std::map<Kind, std::vector<std::string>> parts{
      {Kind::document, {"title", "paragraph"}},
      {Kind::kitchen, {"wall", "table", "stove", "refrigerator", "window"}},
      {Kind::person, {"wall", "face", "person"}},
      {Kind::magazine, {"box", "text"}},
      {Kind::signs, {"sign"}}};
  for (const auto& [kind, names] : parts)
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const Scene scene = draw_scene(kind, {.size = {512, 512}}, seed);
      for (const auto& name : names)
        EXPECT_NE(thing_of(scene, name), nullptr) << name_of(kind) << ' ' << name << ' ' << seed;
    }
  for (const Kind kind : kKinds)
    if (is_void(kind) || is_modality(kind)) {
      EXPECT_TRUE(draw_scene(kind, {.size = {256, 256}}, 3).things.empty());
    }
}

TEST(Kinds, FaintTextHasTheContrastThatItIsSaidToHave) {
  const Size size{768, 768};
  for (const float contrast : {-40.0F, -6.0F, 6.0F, 20.0F})
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      const Scene with = draw_scene(Kind::magazine, {.size = size, .contrast = contrast}, seed);
      const Scene without = draw_scene(Kind::magazine, {.size = size, .contrast = 1e-3F}, seed);
      const Thing* const text = thing_of(with, "text", "gray");
      ASSERT_NE(text, nullptr);
      EXPECT_GE(text->lines.at(0).cap_height, 10U);
      EXPECT_LE(text->box.area(), 273U * 256);
      double most = 0;
      std::size_t inked = 0;
      for (std::size_t y = 0; y < size.height; ++y)
        for (std::size_t x = 0; x < size.width; ++x) {
          const double by = (brightness(with, y, x) - brightness(without, y, x)) * (contrast < 0 ? -1 : 1);
          ASSERT_GE(by, 0);
          ASSERT_TRUE(by == 0 || text->holds(y, x)) << y << ' ' << x;
          most = std::max(most, by);
          inked += by > 0.9 * std::abs(contrast) ? 1U : 0U;
        }
      EXPECT_NEAR(most, std::abs(contrast), 1);
      EXPECT_GT(inked, 500U);
    }
}

TEST(Kinds, AWindowIsAPartOfTheScene) {
  for (const Kind kind : {Kind::document, Kind::magazine, Kind::shapes, Kind::kitchen, Kind::person, Kind::photo}) {
    const Scene window = draw_window(kind, {.size = {512, 512}}, {128, 128}, 5);
    const Scene whole = draw_scene(kind, {.size = {512, 512}}, 5);
    ASSERT_EQ(window.picture.bytes.size(), 128U * 128 * 3);
    EXPECT_FALSE(window.things.empty()) << name_of(kind);
    // Somewhere in the whole scene most pixels of the window's middle row are found again.
    std::size_t best = 0;
    for (std::size_t y = 0; y < 512; ++y)
      for (std::size_t x = 0; x + 128 <= 512; ++x) {
        std::size_t same = 0;
        for (std::size_t i = 0; i < 128 && same * 4 + 8 >= i; i += 3)
          same += whole.picture.bytes[(y * 512 + x + i) * 3] == window.picture.bytes[(64 * 128 + i) * 3] ? 1U : 0U;
        best = std::max(best, same);
      }
    EXPECT_GE(best, 34U) << name_of(kind);  // of 43
  }
}

TEST(Kinds, QuestionsAreWithheldWhenTheyShallBe) {
  std::set<std::string> used, withheld;
  for (std::uint64_t seed = 0; seed < 30; ++seed)
    for (const Kind kind : {Kind::document, Kind::kitchen, Kind::person}) {
      for (const auto& question : draw_scene(kind, {.size = {256, 256}}, seed).questions) used.insert(question.text);
      for (const auto& question : draw_scene(kind, {.size = {256, 256}, .withheld_words = true}, seed).questions)
        withheld.insert(question.text);
    }
  EXPECT_GT(used.size(), 30U);
  for (const auto& text : used) EXPECT_FALSE(withheld.contains(text)) << text;
}

TEST(Kinds, QuestionsAboutTheWallBehindAFaceAreMarked) {
  const Scene scene = draw_scene(Kind::person, {.size = {512, 512}}, 2);
  std::size_t marked = 0;
  for (const Question& question : scene.questions) {
    const bool about_somebody = !question.things.empty() && (scene.things[question.things[0]].kind == "face" ||
                                                             scene.things[question.things[0]].kind == "person");
    EXPECT_FALSE(about_somebody && question.anti_salient);
    marked += question.anti_salient ? 1U : 0U;
  }
  EXPECT_GE(marked, 1U);
}

}  // namespace
}  // namespace errata::scene

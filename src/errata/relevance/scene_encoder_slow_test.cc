#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/test_folder.h"
#include "errata/nn/runtime.h"
#include "errata/relevance/patch_grid.h"
#include "errata/relevance/scene_encoder.h"

namespace errata::relevance {
namespace {

/// Share of the asked patches among as many of the highest relevance, and of all patches that are asked for: what
/// picking at random would give.
struct Recall {
  double found = 0, chance = 0;
};

Recall recall_of(const SceneEncoder& encoder, std::span<const scene::Kind> kinds, std::size_t seeds) {
  Recall sum;
  double questions = 0;
  for (const scene::Kind kind : kinds)
    for (std::size_t i = 0; i < seeds; ++i) {
      const auto drawn = scene::draw_scene(kind, {.size = {256, 256}, .withheld_words = true}, 40'000 + i);
      const auto features = encoder.encode(drawn.picture);
      for (const auto& question : drawn.questions) {
        const auto asked = scene::asked_patches(drawn, question, kPatch);
        const auto count = std::accumulate(asked.begin(), asked.end(), std::size_t{0});
        if (question.vague || count == 0 || count == asked.size()) continue;
        const auto relevance = encoder.relevance(features, question.text);
        std::vector<std::size_t> order(asked.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return relevance[a] > relevance[b]; });
        std::size_t found = 0;
        for (std::size_t k = 0; k < count; ++k) found += asked[order[k]];
        sum.found += static_cast<double>(found) / static_cast<double>(count);
        sum.chance += static_cast<double>(count) / static_cast<double>(asked.size());
        ++questions;
      }
    }
  return {.found = sum.found / questions, .chance = sum.chance / questions};
}

/// Trained once for the tests below, on a thirteenth of the usual steps.
const SceneEncoder& short_encoder() {
  static const auto encoder = train_scene_encoder({.steps = 120, .known_scenes = 0, .seed = 2});
  return **encoder;
}

TEST(SceneEncoder, AHundredthOfThePatchesStandsOut) {
  std::vector<float> relevance(200, -3);
  relevance[5] = relevance[77] = 3;
  EXPECT_FALSE(SceneEncoder::stands_out(relevance)) << "two of them are left out";
  relevance[199] = 2.5F;
  EXPECT_TRUE(SceneEncoder::stands_out(relevance));
  relevance[199] = 2.4F;
  EXPECT_FALSE(SceneEncoder::stands_out(relevance));
  EXPECT_FALSE(SceneEncoder::stands_out({7}));
}

TEST(SceneEncoder, AShortTrainingFindsMoreThanChance) {
  const Recall recall = recall_of(short_encoder(), kAskableKinds, 4);
  EXPECT_GT(recall.found, 0.35);
  EXPECT_GT(recall.found, 2 * recall.chance);
}

TEST(SceneEncoder, ACacheIsReadWhenItIsOfTheSameTraining) {
  const TestFolder folder;
  SceneEncoderOptions options{
      .kinds = {scene::Kind::shapes}, .steps = 3, .batch = 8, .known_scenes = 0, .seed = 5, .cache = folder / "e.pt"};
  const auto first = train_scene_encoder(options);
  ASSERT_TRUE(first) << first.error().message;
  std::size_t told = 0;
  const Progress counts([&](std::string_view, double) { ++told; });
  const auto again = train_scene_encoder(options, counts);
  ASSERT_TRUE(again);
  EXPECT_EQ(told, 0U);
  const auto drawn = scene::draw_scene(scene::Kind::shapes, {.size = {128, 128}}, 1);
  const auto one = (*first)->score(drawn.picture, "where is the red circle"),
             other = (*again)->score(drawn.picture, "where is the red circle");
  EXPECT_EQ(one->relevance, other->relevance);
  EXPECT_EQ(one->features, other->features);
  options.seed = 6;
  ASSERT_TRUE(train_scene_encoder(options, counts));
  EXPECT_EQ(told, 3U);
  (void)folder.file("e.pt", "damaged");
  ASSERT_TRUE(train_scene_encoder(options, counts));
  EXPECT_EQ(told, 6U);
  EXPECT_TRUE(nn::DualEncoder::read(*options.cache));
}

TEST(SceneEncoder, ACacheKeepsWhatPicturesItKnows) {
  const TestFolder folder;
  SceneEncoderOptions options{
      .kinds = {scene::Kind::shapes}, .steps = 3, .batch = 8, .known_scenes = 147, .seed = 5, .cache = folder / "e.pt"};
  std::size_t told = 0;
  const Progress counts([&](std::string_view, double) { ++told; });
  const auto first = train_scene_encoder(options), again = train_scene_encoder(options, counts);
  EXPECT_EQ(told, 0U);
  ASSERT_TRUE(first && again);
  const auto unlike = [](const SceneEncoder& encoder, scene::Kind kind) {
    return encoder.score(scene::draw_scene(kind, {.size = {512, 512}}, 3).picture, "the red circle")->unlike;
  };
  for (const scene::Kind kind : {scene::Kind::shapes, scene::Kind::photo, scene::Kind::xray}) {
    ASSERT_TRUE(unlike(**first, kind));
    EXPECT_EQ(unlike(**first, kind), unlike(**again, kind));
  }
  EXPECT_LT(*unlike(**first, scene::Kind::shapes), .5);
  EXPECT_GT(*unlike(**first, scene::Kind::photo), .5);
  EXPECT_FALSE(unlike(short_encoder(), scene::Kind::shapes)) << "not learned is not known";
  options.known_scenes = 146;
  const auto few = train_scene_encoder(options);
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, ErrorCode::invalid_argument);
}

TEST(SceneEncoder, GoingOnWithAFrozenSideKeepsTheFeatures) {
  const auto frozen = train_scene_encoder({.kinds = {scene::Kind::document},
                                           .steps = 4,
                                           .batch = 8,
                                           .known_scenes = 0,
                                           .from = &short_encoder(),
                                           .keep = Keep::frozen});
  const auto replayed = train_scene_encoder({.kinds = {scene::Kind::document},
                                             .steps = 4,
                                             .batch = 8,
                                             .known_scenes = 0,
                                             .from = &short_encoder(),
                                             .keep = Keep::replay,
                                             .before = {scene::Kind::shapes}});
  ASSERT_TRUE(frozen && replayed);
  const auto drawn = scene::draw_scene(scene::Kind::kitchen, {.size = {128, 128}}, 1);
  EXPECT_EQ((*frozen)->encode(drawn.picture).vectors, short_encoder().encode(drawn.picture).vectors);
  EXPECT_NE((*frozen)->relevance((*frozen)->encode(drawn.picture), "read the title"),
            short_encoder().relevance(short_encoder().encode(drawn.picture), "read the title"));
  EXPECT_NE((*replayed)->encode(drawn.picture).vectors, short_encoder().encode(drawn.picture).vectors);
}

TEST(SceneEncoder, CountsTheWordsThatItKnows) {
  const auto known = short_encoder().known_words("Where are the GREY circles, zyxwv?");
  EXPECT_EQ(known.words, 6U);
  EXPECT_EQ(known.naming, 2U);  // gray, circle
  EXPECT_LT(known.known, 6U);
  EXPECT_EQ(short_encoder().known_words("zyxwv uvw").known, 0U);
  EXPECT_EQ(short_encoder().known_words("describe this").naming, 0U);
}

TEST(SceneEncoder, RefusesWhatItCannotScore) {
  const auto picture = scene::draw_scene(scene::Kind::photo, {.size = {64, 64}}, 1).picture;
  EXPECT_FALSE(short_encoder().score({}, "red"));
  EXPECT_FALSE(short_encoder().score(picture, " ?! "));
  const auto nothing = short_encoder().score(picture, "zyxwv");
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->relevance.size(), 16U);
  EXPECT_EQ(nothing->features.size(), 16U * nothing->dimensions);
  for (const float value : nothing->relevance) EXPECT_EQ(value, nothing->relevance[0]);
  EXPECT_FALSE(train_scene_encoder({.kinds = {}}));
  EXPECT_FALSE(train_scene_encoder({.steps = 0}));
  EXPECT_THAT(train_scene_encoder({.kinds = {scene::Kind::noise}}).error().message, testing::HasSubstr("noise"));
  EXPECT_FALSE(train_scene_encoder({.keep = Keep::frozen}));
}

}  // namespace
}  // namespace errata::relevance

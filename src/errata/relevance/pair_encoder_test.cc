#include "errata/relevance/pair_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/base/test_folder.h"
#include "errata/nn/onnx_session.h"
#include "errata/nn/test_pair.h"

namespace errata::relevance {
namespace {

using testing::ElementsAre;

TEST(CropGrid, HalfOverEachOtherFromEdgeToEdge) {
  const CropGrid square = crop_grid(64, 64, 2);
  EXPECT_THAT(square.tops, ElementsAre(0, 16, 32));
  EXPECT_THAT(square.lefts, ElementsAre(0, 16, 32));
  EXPECT_EQ(square.box(5), (image::Box{.top = 16, .left = 32, .height = 32, .width = 32}));
  const CropGrid wide = crop_grid(32, 88, 1);  // 32 + 56: three and a half halves of a side become four steps of 14
  EXPECT_THAT(wide.tops, ElementsAre(0));
  EXPECT_THAT(wide.lefts, ElementsAre(0, 14, 28, 42, 56));
  EXPECT_EQ(wide.count(), 5U);
}

TEST(CropGrid, SmallPicturesAreOneCropAndLongOnesBounded) {
  const CropGrid tiny = crop_grid(1, 3, 4);
  EXPECT_EQ(tiny.count(), 1U);
  EXPECT_EQ(tiny.box(0), (image::Box{.top = 0, .left = 0, .height = 1, .width = 3}));
  const CropGrid ribbon = crop_grid(2, 1'000'000, 4);
  EXPECT_LE(ribbon.count(), kMostCrops);
  EXPECT_EQ(ribbon.lefts.back() + ribbon.width, 1'000'000U);
  const CropGrid many = crop_grid(4096, 4096, 32);
  EXPECT_LE(many.count(), kMostCrops);
  EXPECT_EQ(many.tops.back() + many.height, 4096U);
}

/// Options of a model that takes pixels as they are, in [0, 1].
PairEncoderOptions plain() { return {.mean = {0, 0, 0}, .sd = {1, 1, 1}}; }

std::unique_ptr<PairEncoder> encoder_of(const TestFolder& folder, const ThreadPool& pool,
                                        const nn::TestImages& images = {},
                                        const PairEncoderOptions& options = plain()) {
  auto model = nn::PairModel::open({.image = folder.file("image.onnx", nn::onnx_image_encoder(images)),
                                    .text = folder.file("text.onnx", nn::onnx_text_encoder())});
  EXPECT_TRUE(model) << model.error().message;
  auto tokenizer = tokenizer::ClipTokenizer::make({.content = nn::kColourMerges, .place = "merges"}, {});
  return PairEncoder::make(std::move(*model), std::move(*tokenizer), options, pool).value();
}

/// Green, with a red and a blue square of 32 pixels.
image::Picture squares() {
  image::Picture picture{.height = 128, .width = 128, .channels = 3, .bytes = {}};
  for (std::size_t y = 0; y < 128; ++y)
    for (std::size_t x = 0; x < 128; ++x) {
      const bool red = y >= 32 && y < 64 && x >= 64 && x < 96, blue = y >= 96 && x < 32;
      picture.bytes.push_back(red ? 255 : 0);
      picture.bytes.push_back(red || blue ? 0 : 255);
      picture.bytes.push_back(blue ? 255 : 0);
    }
  return picture;
}

std::size_t most_relevant(const QueryRelevance& found) {
  return static_cast<std::size_t>(std::ranges::max_element(found.relevance) - found.relevance.begin());
}

TEST(PairEncoder, PatchesAreRelatedToTheWords) {
  if (!nn::describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  const TestFolder folder;
  const ThreadPool pool(2);
  const auto encoder = encoder_of(folder, pool, {.side = 64, .has_patches = true, .has_class = true});
  const auto red = encoder->score(squares(), "Red?").value();
  ASSERT_EQ(red.relevance.size(), 64U);
  for (const std::size_t patch : {20U, 21U, 28U, 29U}) EXPECT_FLOAT_EQ(red.relevance[patch], 1) << patch;
  EXPECT_FLOAT_EQ(red.relevance[0], 0);
  EXPECT_FLOAT_EQ(std::ranges::max(encoder->score(squares(), "green").value().relevance), 0) << "no word it knows";
  EXPECT_EQ(encoder->name(), "clip");
  EXPECT_TRUE(encoder->reads_words());
}

TEST(PairEncoder, CropsAreRelatedToTheWords) {
  if (!nn::describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  const TestFolder folder;
  const ThreadPool pool(2);
  const auto encoder = encoder_of(folder, pool);
  const auto red = encoder->score(squares(), "red").value();
  // Crops of 32 pixels every 16: one is all red, with its middle at 48 down and 80 across, between four patches.
  const std::size_t best = most_relevant(red);
  EXPECT_TRUE(best == 20 || best == 21 || best == 28 || best == 29) << best;
  EXPECT_FLOAT_EQ(red.relevance[0], 0);
  EXPECT_EQ(most_relevant(encoder->score(squares(), "blue").value()), 56U) << "the corner, beyond the outer middle";
  EXPECT_EQ(std::ranges::count_if(red.relevance, [](float value) { return value > .5F; }), 4);
}

TEST(PairEncoder, GivesTheSameBitsOnAnyNumberOfThreads) {
  if (!nn::describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  const TestFolder folder;
  const ThreadPool one(1), three(3);
  EXPECT_EQ(encoder_of(folder, one)->score(squares(), "red or blue").value().relevance,
            encoder_of(folder, three)->score(squares(), "red or blue").value().relevance);
}

TEST(PairEncoder, GreyAndTinyPicturesHaveRelevance) {
  if (!nn::describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  const TestFolder folder;
  const ThreadPool pool(1);
  const auto encoder = encoder_of(folder, pool);
  const auto grey = encoder->score({.height = 1, .width = 1, .channels = 1, .bytes = {255}}, "red").value();
  EXPECT_THAT(grey.relevance, testing::ElementsAre(testing::FloatEq(std::sqrt(1 / 3.0F))));
}

TEST(PairEncoder, PixelsAreNormalised) {
  if (!nn::describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  const TestFolder folder;
  const ThreadPool pool(1);
  // White less (1, ½, ½) is (0, ½, ½); over (1, ½, ¼): (0, 1, 2).
  const auto encoder = encoder_of(folder, pool, {}, {.mean = {1, .5F, .5F}, .sd = {1, .5F, .25F}});
  const image::Picture white{.height = 16, .width = 16, .channels = 3, .bytes = std::vector<std::uint8_t>(768, 255)};
  EXPECT_THAT(encoder->score(white, "blue").value().relevance, ElementsAre(testing::FloatEq(2 / std::sqrt(5.0F))));
}

TEST(PairEncoder, OptionsOutOfTheirRangeAreRefused) {
  EXPECT_TRUE(PairEncoderOptions{}.check());
  const auto words = [](const PairEncoderOptions& options) { return options.check().error().message; };
  EXPECT_EQ(words({.crops = 0}), "0 crops along the shorter side are not in [1, 32]");
  EXPECT_EQ(words({.crops = 33}), "33 crops along the shorter side are not in [1, 32]");
  EXPECT_EQ(words({.sd = {1, 0, 1}}), "a standard deviation of 0 is not above 0");
  EXPECT_EQ(words({.sd = {1, NAN, 1}}), "a standard deviation of nan is not above 0");
  EXPECT_EQ(words({.mean = {INFINITY, 0, 0}}), "a mean of inf is not finite");
}

}  // namespace
}  // namespace errata::relevance

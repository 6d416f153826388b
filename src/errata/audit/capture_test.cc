#include "errata/audit/capture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "errata/base/test_folder.h"
#include "errata/image/corruption_mix.h"

namespace errata::audit {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Images of 8 × 8: class 1 is bright on the left half, class 0 on the right.
image::ImageSet halves(std::size_t count) {
  image::ImageSet images{.name = "halves", .count = count, .height = 8, .width = 8, .classes = {"right", "left"}};
  Rng rng(5);
  for (std::size_t i = 0; i < count; ++i) {
    images.labels.push_back(static_cast<std::uint32_t>(i % 2));
    for (std::size_t at = 0; at < 64; ++at) {
      const bool bright = (at % 8 < 4) == (i % 2 == 1);
      images.pixels.push_back(static_cast<float>((bright ? .6 : .1) + .3 * rng.uniform()));
    }
  }
  return images;
}

/// A network trained for a moment, opened.
class Capture : public testing::Test {
 protected:
  Capture() {
    const image::ImageSet images = halves(64);
    EXPECT_TRUE(nn::train_classifier(images.view(), {.channels = 1, .height = 8, .width = 8}, images.labels,
                                     {.classes = 2, .epochs = 1, .batch = 16, .seed = 1}, files / "net.pt"));
    model.emplace(nn::ImageModel::open(files / "net.pt", {}, true).value());
  }
  AuditCases run(const CaptureOptions& options, std::vector<float>* keep = nullptr, std::size_t threads = 1) {
    ThreadPool pool(threads);
    auto cases = capture(*model, halves(21), options, pool, {}, keep);
    EXPECT_TRUE(cases) << cases.error().message;
    return std::move(cases).value();
  }
  std::string refusal(const CaptureOptions& options, const image::ImageSet& images) {
    ThreadPool pool(1);
    const auto cases = capture(*model, images, options, pool);
    return cases ? "" : cases.error().message;
  }
  TestFolder files;
  std::optional<nn::ImageModel> model;
};

TEST_F(Capture, KeepsABlockALayerAndTheFailures) {
  const AuditCases cases =
      run({.layers = parse_layers("conv1:max,conv2:grid2,hidden").value(), .penultimate = "hidden", .scale = {}});
  EXPECT_EQ(cases.count, 21U);
  ASSERT_EQ(cases.blocks.size(), 3U);
  EXPECT_EQ(cases.blocks[0].name, "conv1:max");
  EXPECT_EQ(cases.blocks[0].width, 32U);
  EXPECT_EQ(cases.blocks[1].name, "conv2:grid2");
  EXPECT_EQ(cases.blocks[1].first, 32U);
  EXPECT_EQ(cases.blocks[1].width, 64U * 4);
  EXPECT_EQ(cases.width(), 32U + 256 + 128);
  EXPECT_EQ(cases.penultimate, 2U);
  EXPECT_TRUE(check_values(cases, "captured"));
  for (std::size_t i = 0; i < cases.count; ++i) {
    EXPECT_EQ(cases.labels[i], i % 2);
    EXPECT_EQ(cases.predicted[i], cases.logits[2 * i + 1] > cases.logits[2 * i] ? 1U : 0U);
    EXPECT_EQ(cases.failed[i], cases.predicted[i] == cases.labels[i] ? 0 : 1);
    EXPECT_TRUE(cases.is_clean(i));
    EXPECT_EQ(cases.severity[i], 0);
  }
}

TEST_F(Capture, DrawsEachImageAsOftenAsAnyOther) {
  const CaptureOptions options{.layers = source_layers(), .scale = {}, .samples = 50, .seed = 9};
  const auto drawn = drawn_images(21, options);
  ASSERT_EQ(drawn.size(), 50U);
  std::map<std::size_t, int> times;
  for (const std::size_t image : drawn) ++times[image];
  EXPECT_EQ(times.size(), 21U);
  for (const auto& [image, count] : times) EXPECT_TRUE(count == 2 || count == 3) << image;
  std::vector<float> kept;
  const AuditCases cases = run(options, &kept);
  const image::ImageSet images = halves(21);
  ASSERT_EQ(kept.size(), 50U * 64);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(cases.labels[i], images.labels[drawn[i]]);
    EXPECT_TRUE(std::ranges::equal(std::span(kept).subspan(i * 64, 64), images.view().row(drawn[i]))) << i;
  }
  EXPECT_EQ(drawn_images(4, {.layers = {}, .scale = {}, .seed = 9}), (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST_F(Capture, CorruptionsAreTheSameOnAnyThreadsAndInAnyBatches) {
  CaptureOptions options{.layers = source_layers(), .scale = {}, .mix = image::source_mix(.7), .seed = 4};
  options.mix.most = 3;
  std::vector<float> one, three;
  const AuditCases whole = run(options, &one);
  options.batch = 5;
  const AuditCases parts = run(options, &three, 3);
  EXPECT_EQ(one, three);
  EXPECT_EQ(whole.groups_of, parts.groups_of);
  EXPECT_EQ(whole.severity, parts.severity);
  for (std::size_t at = 0; at < whole.latents.size(); ++at) EXPECT_NEAR(whole.latents[at], parts.latents[at], 1e-4);
  std::size_t corrupted = 0;
  for (std::size_t i = 0; i < whole.count; ++i) {
    EXPECT_LE(whole.groups_of[i].size(), 3U);
    for (const auto group : whole.groups_of[i]) EXPECT_LT(group, whole.groups.size());
    const bool same = std::ranges::equal(std::span(one).subspan(i * 64, 64), halves(21).view().row(i));
    EXPECT_TRUE(same || !whole.is_clean(i)) << i;
    if (!whole.is_clean(i)) ++corrupted;
  }
  EXPECT_GT(corrupted, 7U);
}

TEST_F(Capture, MovesImagesTheSameInAnyBatches) {
  CaptureOptions options{.layers = source_layers(), .scale = {}, .moves = {.mirror = true}, .seed = 4};
  std::vector<float> whole, parts;
  (void)run(options, &whole);
  options.batch = 5;
  (void)run(options, &parts, 3);
  EXPECT_EQ(whole, parts);
  const image::ImageSet images = halves(21);
  std::size_t mirrored = 0;
  for (std::size_t i = 0; i < 21; ++i) {
    const auto still = images.view().row(i);
    std::vector<float> turned(64);
    for (std::size_t at = 0; at < 64; ++at) turned[at] = still[at / 8 * 8 + 7 - at % 8];
    const std::span<const float> kept = std::span(whole).subspan(i * 64, 64);
    EXPECT_TRUE(std::ranges::equal(kept, still) || std::ranges::equal(kept, turned)) << i;
    mirrored += std::ranges::equal(kept, turned) ? 1U : 0U;
  }
  EXPECT_GT(mirrored, 4U);
  EXPECT_LT(mirrored, 17U);
}

TEST_F(Capture, AnAttackStaysWithinItsEpsilonAndRaisesTheDoubt) {
  std::vector<float> attacked;
  const AuditCases clean = run({.layers = source_layers(), .scale = {}});
  const AuditCases cases = run({.layers = source_layers(), .scale = {}, .attack = pgd(.1), .seed = 1}, &attacked);
  const image::ImageSet images = halves(21);
  for (std::size_t at = 0; at < attacked.size(); ++at) {
    EXPECT_LE(std::abs(attacked[at] - images.pixels[at]), .1F + 1e-6F);
    EXPECT_GE(attacked[at], 0);
    EXPECT_LE(attacked[at], 1);
  }
  const auto margin = [](const AuditCases& of) {  // of the truth over the other class
    double sum = 0;
    for (std::size_t i = 0; i < of.count; ++i)
      sum += static_cast<double>(of.logits[2 * i + of.labels[i]] - of.logits[2 * i + 1 - of.labels[i]]);
    return sum;
  };
  EXPECT_LT(margin(cases), margin(clean) - 1);
}

TEST_F(Capture, SaysWhatIsWrong) {
  const CaptureOptions good{.layers = source_layers(), .scale = {}};
  CaptureOptions options = good;
  options.layers = {{.layer = "conv9"}};
  EXPECT_THAT(refusal(options, halves(4)), AllOf(HasSubstr("conv9"), HasSubstr("conv1, conv2, hidden")));
  EXPECT_THAT(refusal({.layers = {}, .scale = {}}, halves(4)), HasSubstr("no layers"));
  EXPECT_THAT(refusal(good, image::ImageSet{.name = "nothing"}), HasSubstr("nothing: no images"));
  image::ImageSet more = halves(4);
  more.classes.emplace_back("middle");
  EXPECT_THAT(refusal(good, more), AllOf(HasSubstr("2 logits"), HasSubstr("3 classes")));
  options = good;
  options.attack = fgsm(1.5);
  EXPECT_THAT(refusal(options, halves(4)), HasSubstr("1.5"));
  options = good;
  options.scale.sd = {0};
  EXPECT_THAT(refusal(options, halves(4)), HasSubstr("all pixels are equal"));
  options.scale = {.mean = {0, 0, 0}, .sd = {1, 1, 1}};
  EXPECT_THAT(refusal(options, halves(4)), HasSubstr("3 means and 3 deviations of pixels, but the images of"));
}

TEST(PixelScale, CanBeOneAChannel) {
  TestFolder files;
  ThreadPool pool(1);
  image::ImageSet images{.name = "pairs", .count = 8, .channels = 2, .height = 8, .width = 8, .classes = {"a", "b"}};
  Rng rng(3);
  for (std::size_t i = 0; i < 8 * 128; ++i) images.pixels.push_back(static_cast<float>(rng.uniform()));
  images.labels = {0, 1, 0, 1, 0, 1, 0, 1};
  ASSERT_TRUE(nn::train_classifier(images.view(), {.channels = 2, .height = 8, .width = 8}, images.labels,
                                   {.classes = 2, .epochs = 1, .batch = 4, .seed = 1}, files / "net.pt"));
  auto model = nn::ImageModel::open(files / "net.pt", {}, true).value();
  const CaptureOptions given{.layers = {{.layer = "hidden"}}, .scale = {.mean = {.25, .5}, .sd = {.5, 2}}};
  const auto by_channel = capture(model, images, given, pool).value();
  for (std::size_t i = 0; i < images.pixels.size(); ++i)
    images.pixels[i] = i / 64 % 2 == 0 ? (images.pixels[i] - .25F) / .5F : (images.pixels[i] - .5F) / 2.F;
  const CaptureOptions as_they_are{.layers = {{.layer = "hidden"}}, .scale = {}};
  EXPECT_EQ(capture(model, images, as_they_are, pool).value().logits, by_channel.logits);
}

TEST(PixelScale, IsMeanAndDeviationOfAllPixels) {
  const image::ImageSet images{
      .name = "two", .count = 2, .height = 1, .width = 2, .pixels = {0, 1, 1, 0}, .labels = {0, 0}};
  EXPECT_DOUBLE_EQ(pixel_scale(images).mean[0], .5);
  EXPECT_DOUBLE_EQ(pixel_scale(images).sd[0], .5);
  EXPECT_EQ(pixel_scale({}).sd[0], 0);
}

TEST(Layers, AreReadAsTheyAreNamed) {
  std::vector<std::string> names;
  const std::string text = "conv1,conv1:max,conv1:sd,conv2:grid4,conv2:grid64,features.0:flat,a:b:max";
  const auto layers = parse_layers(text);
  ASSERT_TRUE(layers);
  for (const auto& layer : *layers) names.push_back(name_of(layer));
  EXPECT_THAT(names, ElementsAre("conv1", "conv1:max", "conv1:sd", "conv2:grid4", "conv2:grid64", "features.0:flat",
                                 "a:b:max"));
  EXPECT_EQ(layers->at(6).layer, "a:b");
  EXPECT_EQ(name_of(parse_layers("hidden:mean")->front()), "hidden");
  for (const char* tensor : {"onnx::Relu_12", "block/Relu:0", "block/Relu:0:max", "/conv1/Conv_output_0:grid2"})
    EXPECT_EQ(name_of(parse_layers(tensor)->front()), tensor);
  EXPECT_EQ(parse_layers("block/Relu:0:max")->front().layer, "block/Relu:0");
  for (const auto& layer : rich_layers({"stem", "block3", "hidden"}))
    EXPECT_EQ(name_of(parse_layers(name_of(layer))->front()), name_of(layer));
}

TEST(Layers, ThatAreNoneAreNamed) {
  const auto words = [](const char* text) {
    const auto layers = parse_layers(text);
    return layers ? "" : layers.error().message;
  };
  EXPECT_THAT(words("conv1,conv2:median"), AllOf(HasSubstr("conv2:median"), HasSubstr("mean, max, sd, gridN, flat")));
  for (const char* grid : {"conv2:grid0", "conv2:grid65", "conv2:grid", "conv2:grid4x", "conv2:grid-1"})
    EXPECT_THAT(words(grid), AllOf(HasSubstr(grid), HasSubstr("1 to 64"))) << grid;
  for (const char* nameless : {"", ",", "conv1,", ":max"}) EXPECT_THAT(words(nameless), HasSubstr("no layer"));
}

}  // namespace
}  // namespace errata::audit

/// ONNX models beside the TorchScript models that they were exported with, and odd ones; Python makes both (Debian:
/// python3-torch, python3-onnx).

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/nn/image_model.h"
#include "errata/nn/onnx_session.h"
#include "errata/nn/test_python.h"
#include "errata/nn/test_words.h"

namespace errata::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr float kNear = 1e-4F;

bool has_runtime() { return describe_onnx_runtime().has_value(); }

constexpr ImageShape kImages{.channels = 3, .height = 16, .width = 16};

using Names = std::vector<std::string>;

/// Modules of test_onnx_exported.py that every export tells. (nn.MultiheadAttention gives two values.)
const std::map<std::string, Names> kLayers{
    {"cnn", {"head"}},
    {"resnet", {"stem", "stem.2", "layer1", "layer1.0", "layer1.1", "down", "layer2", "layer2.0", "head"}},
    {"mlp", {"0", "1", "2", "3", "5"}},
    {"vit",
     {"patch", "blocks.0", "blocks.0.norm1", "blocks.0.attention", "blocks.0.attention.qkv", "blocks.0.mlp",
      "blocks.0.mlp.0", "blocks.0.mlp.1", "blocks.1", "norm", "head"}},
    {"transformer",
     {"embed", "encoder", "encoder.layers.0", "encoder.layers.0.linear1", "encoder.layers.1.norm2", "head"}},
    {"mobile",
     {"features", "features.0", "features.1.2", "features.1", "squeeze.0", "squeeze.1", "squeeze.2", "head"}}};

std::vector<CaptureLayer> flat_layers(const Names& names) {
  std::vector<CaptureLayer> layers;
  for (const std::string& name : names) layers.push_back({.layer = name, .pooling = Pooling::flat});
  return layers;
}

TEST(OnnxModel, GivesWhatTheTorchScriptModelGives) {
  if (!has_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  const TestFolder folder;
  if (!run_exporter(folder, "test_onnx_exported.py", "torch")) GTEST_SKIP() << "python3-torch is not installed";
  set_threads(1);  // small models: on a busy machine threads that wait for each other cost most of the time
  const auto pixels = numbers_of_file(folder / "images.bin");
  const MatrixView<const float> x(pixels, 5, kImages.size());  // one batch of 3, and one of 2
  for (const auto& [name, names] : kLayers) {
    const auto layers = flat_layers(names);
    const auto expected = ImageModel::open(folder / (name + ".pt"), {}, false).value().run(x, kImages, layers);
    ASSERT_TRUE(expected) << words_of(expected);
    for (const char* const kind : {"11", "11-fixed", "13", "13-fixed", "17", "17-fixed"}) {
      SCOPED_TRACE(name + "-" + kind);
      auto graph = ImageModel::open(folder / (name + "-" + kind + ".onnx"), {}, true).value();
      const auto got = graph.run(x, kImages, layers);
      ASSERT_TRUE(got) << words_of(got);
      EXPECT_EQ(got->widths, expected->widths);
      EXPECT_LE(farthest(got->latents, expected->latents), kNear);
      EXPECT_LE(farthest(got->logits, expected->logits), kNear);
    }
  }
  set_threads(0);
  auto apart = ImageModel::open(folder / "apart.onnx", {}, true).value();
  EXPECT_THAT(apart.layers(), testing::IsSupersetOf({"conv1", "norm1", "conv2", "norm2", "head"}));
  auto merged = ImageModel::open(folder / "cnn-17.onnx", {}, true).value();
  EXPECT_THAT(words_of(merged.run(x, kImages, std::vector<CaptureLayer>{{.layer = "conv1"}})),
              AllOf(HasSubstr("cnn-17.onnx: layer conv1 cannot be captured: the exporter merged it"),
                    HasSubstr("/conv1/Conv_output_0"), HasSubstr("PRESERVE")));
  auto called_twice = ImageModel::open(folder / "resnet-17.onnx", {}, true).value();
  EXPECT_THAT(words_of(called_twice.run(x, kImages, std::vector<CaptureLayer>{{.layer = "layer1.0.relu"}})),
              AllOf(HasSubstr("called several times"), HasSubstr("/layer1/layer1.0/relu")));
}

constexpr ImageShape kExported{.channels = 3, .height = 4, .width = 4};

/// The odd models, and what they give.
class OddOnnxModels : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
    if (!run_exporter(folder, "test_onnx_odd.py", "onnx")) GTEST_SKIP() << "python3-onnx is not installed";
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 7) / 4;
    for (std::size_t n = 0; n < 3; ++n)
      for (std::size_t j = 0; j < 2; ++j) {
        float sum = 0;
        for (std::size_t i = 0; i < 48; ++i)
          sum += pixels[n * 48 + i] * (static_cast<float>(i % 3) - static_cast<float>(j));
        logits.push_back(sum);
      }
  }

  [[nodiscard]] Result<Captured> run(const std::string& name, const std::vector<CaptureLayer>& capture = {}) const {
    ERRATA_ASSIGN(auto model, ImageModel::open(folder / (name + ".onnx"), {}, true));
    return model.run(MatrixView<const float>(pixels, 3, 48), kExported, capture);
  }
  /// What running it says, or "" when it gives the logits.
  [[nodiscard]] std::string words(const std::string& name, const std::vector<CaptureLayer>& capture = {}) const {
    const auto got = run(name, capture);
    if (!got) return got.error().message;
    return farthest(got->logits, logits) <= kNear ? "" : "other logits";
  }

  TestFolder folder;
  std::vector<float> pixels = std::vector<float>(144), logits;
};

TEST_F(OddOnnxModels, RunWhereTheyTakeImages) {
  for (const char* const name :
       {"plain", "half", "double", "pixels_last", "vectors", "any_rank", "with_value", "several_outputs", "kinds",
        "own_function", "like_another_format", "external", "deep/external"})
    EXPECT_EQ(words(name), "") << name;
}

TEST_F(OddOnnxModels, SayWhyTheyCannotRun) {
  EXPECT_THAT(words("two_inputs"), AllOf(HasSubstr("two_inputs.onnx: the model takes 2 inputs"),
                                         HasSubstr("images float32 [n, 3, 4, 4]; mask float32 [n, 1]")));
  EXPECT_THAT(words("no_input"), HasSubstr("no_input.onnx: the model takes no input"));
  EXPECT_THAT(words("no_output"), HasSubstr("no_output.onnx: the model has no output"));
  EXPECT_THAT(words("whole_numbers"), HasSubstr("whole_numbers.onnx: its input images uint8 [n, 3, 4, 4] does not"));
  EXPECT_THAT(words("film"), HasSubstr("film.onnx: its input images float32 [n, 1, 3, 4, 4] does not take images"));
  EXPECT_THAT(words("sequence"), HasSubstr("sequence.onnx: its input images no tensor"));
  EXPECT_THAT(words("other_size"),
              HasSubstr("other_size.onnx: its input images float32 [n, 1, 6, 8] does not take images of 3 × 4 × 4"));
  EXPECT_THAT(words("mixes_images"),
              AllOf(HasSubstr("mixes_images.onnx: logits is a tensor of shape [1, 2] for 2 images")));
  EXPECT_THAT(words("custom_operator"), HasSubstr("custom_operator.onnx: the operator com.example.Fold is neither"));
  EXPECT_THAT(words("custom_inside"), HasSubstr("custom_inside.onnx: the operator org.example.Secret is neither"));
  EXPECT_THAT(words("no_such_operator"),
              AllOf(HasSubstr("no_such_operator.onnx: no model that ONNX Runtime "), HasSubstr("Flattened")));
}

TEST_F(OddOnnxModels, KeepExternalDataInTheirFolder) {
  EXPECT_THAT(words("deep/out"),
              AllOf(HasSubstr("out.onnx: tensor \"weights\" lies in the file \"../beside/weights.bin\""),
                    HasSubstr("not in the model's folder")));
  EXPECT_THAT(words("deep/linked_out"), AllOf(HasSubstr("\"link.bin\""), HasSubstr("not in the model's folder")));
  EXPECT_THAT(words("absolute"), AllOf(HasSubstr("\"/etc/passwd\""), HasSubstr("no file beside the model")));
  EXPECT_THAT(words("not_there"), AllOf(HasSubstr("\"none.bin\""), HasSubstr("not there")));
  EXPECT_THAT(words("too_short"), HasSubstr("which has 400 bytes, fewer than the tensor needs"));
  EXPECT_THAT(words("memory"), HasSubstr("which ONNX Runtime takes for a place in its memory"));
  EXPECT_THAT(words("no_number"), HasSubstr("at a place that is no number"));
}

TEST_F(OddOnnxModels, TensorsOfEveryKindAreSeenOrRefused) {
  const auto whole = run("kinds", {{.layer = "whole", .pooling = Pooling::flat}, {.layer = "flat"}});
  ASSERT_TRUE(whole) << words_of(whole);
  EXPECT_EQ(whole->latents[1], 0);  // 1/4 cut off
  EXPECT_EQ(whole->latents[48 + 1], 0.25F);
  EXPECT_THAT(words("kinds", {{.layer = "words"}}), HasSubstr("kinds.onnx: words is a tensor of strings"));
  EXPECT_THAT(words("kinds", {{.layer = "unsigned"}}), HasSubstr("kinds.onnx: unsigned is a tensor of uint64"));
  EXPECT_THAT(words("kinds", {{.layer = "sequence"}}), HasSubstr("kinds.onnx: sequence is no tensor"));
  EXPECT_THAT(words("kinds", {{.layer = "sizes"}}), HasSubstr("layer sizes gives a tensor of shape [4] for 3 images"));
  EXPECT_THAT(words("kinds", {{.layer = "flatt"}}),
              HasSubstr("kinds.onnx: layer flatt does not exist; the layers, nearest names first, are flat, "));
}

TEST_F(OddOnnxModels, GiveTheSameOnAnyNumberOfThreadsAndNoGradients) {
  std::vector<float> many(700 * 48);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = std::sin(static_cast<float>(i));
  auto model = ImageModel::open(folder / "plain.onnx", {}, true).value();
  std::vector<std::vector<float>> results;
  for (const std::size_t threads : {1U, 2U, 5U}) {
    set_threads(threads);
    results.push_back(model.run(MatrixView<const float>(many, 700, 48), kExported, {}).value().logits);
  }
  set_threads(0);
  EXPECT_EQ(results[1], results[0]);
  EXPECT_EQ(results[2], results[0]);
  EXPECT_EQ(words_of(model.loss_gradients(MatrixView<const float>(pixels, 3, 48), kExported,
                                          std::vector<std::uint32_t>{0, 1, 0})),
            "this kind of model gives no gradients (an ONNX model does not)");
  EXPECT_THAT(words_of(ImageModel::open(folder / "plain.onnx", {.kind = Device::Kind::cuda}, true)),
              HasSubstr("plain.onnx: ONNX models run on the CPU"));
}

TEST_F(OddOnnxModels, CutShortAnywhereTheyAreRefused) {
  const auto whole = read_file(folder / "plain.onnx").value();
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    ASSERT_TRUE(write_file(folder / "cut.onnx", std::string_view(whole).substr(0, size)));
    EXPECT_THAT(words("cut"), HasSubstr("cut.onnx: no")) << size;
  }
}

}  // namespace
}  // namespace errata::nn

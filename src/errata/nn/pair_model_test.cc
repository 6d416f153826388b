#include "errata/nn/pair_model.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <array>
#include <cmath>

#include "errata/base/test_folder.h"
#include "errata/nn/onnx_session.h"
#include "errata/nn/test_pair.h"
#include "errata/nn/test_python.h"

namespace errata::nn {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

#define NEEDS_RUNTIME() \
  if (!describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed"

PairFiles write_pair(const TestFolder& folder, const TestImages& images = {}, const TestText& text = {}) {
  return {.image = folder.file("image.onnx", onnx_image_encoder(images)),
          .text = folder.file("text.onnx", onnx_text_encoder(text))};
}

std::string refusal_of(const PairFiles& files) {
  const auto model = PairModel::open(files);
  return model ? "none" : model.error().message;
}

PairText text_of(const PairModel& model, std::vector<std::int64_t> words) {
  words.insert(words.begin(), kStartOfText);
  words.push_back(kEndOfText);
  const std::size_t used = words.size();
  words.resize(model.sizes().length);
  return model.read(words, used).value();
}

/// One image of a colour on its left and of another on its right half.
std::vector<float> halves(const PairSizes& sizes, const std::array<float, 3>& left, const std::array<float, 3>& right) {
  std::vector<float> image;
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t y = 0; y < sizes.height; ++y)
      for (std::size_t x = 0; x < sizes.width; ++x) image.push_back(x < sizes.width / 2 ? left[c] : right[c]);
  return image;
}

constexpr std::array<float, 3> kOfRed{1, 0, 0}, kOfBlue{0, 0, 1};

TEST(PairModel, AnImageEncoderOfOneVectorGivesOneCosine) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  const auto model = PairModel::open(write_pair(folder)).value();
  EXPECT_EQ(model.sizes().height, 32U);
  EXPECT_EQ(model.sizes().length, 16U);
  EXPECT_EQ(model.sizes().rows * model.sizes().columns, 1U);
  EXPECT_TRUE(model.is_shareable());
  std::vector<float> images = halves(model.sizes(), kOfRed, kOfRed);
  for (const auto& more : {halves(model.sizes(), kOfRed, kOfBlue), halves(model.sizes(), {0, 0, 0}, {0, 0, 0})})
    images.insert(images.end(), more.begin(), more.end());
  const float half = std::sqrt(.5F);
  EXPECT_THAT(model.relate(images, text_of(model, {kRed})).value(), Pointwise(FloatNear(1e-6F), {1.0F, half, 0.0F}));
  EXPECT_THAT(model.relate(images, text_of(model, {kBlue})).value(), Pointwise(FloatNear(1e-6F), {0.0F, half, 0.0F}));
  EXPECT_THAT(model.relate(images, text_of(model, {kRed, kBlue})).value(),
              Pointwise(FloatNear(1e-6F), {half, 1.0F, 0.0F}));
  EXPECT_TRUE(model.relate({}, text_of(model, {kRed})).value().empty());
}

TEST(PairModel, PatchesAreAGridAndTheClassIsLeftOut) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  for (const bool has_class : {false, true}) {
    const auto model = PairModel::open(write_pair(folder, {.has_patches = true, .has_class = has_class})).value();
    EXPECT_EQ(model.sizes().rows, 4U);
    EXPECT_EQ(model.sizes().columns, 4U);
    const auto cosines = model.relate(halves(model.sizes(), kOfRed, kOfBlue), text_of(model, {kRed})).value();
    EXPECT_THAT(cosines, ElementsAre(1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0));
  }
}

TEST(PairModel, BatchesMayBeFixedTokensShortAndMasked) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  const auto fixed = PairModel::open(write_pair(folder, {.batch = 2}, {.batch = 3, .type = 6})).value();
  std::vector<float> images;
  for (int i = 0; i < 5; ++i) {
    const auto one = halves(fixed.sizes(), kOfRed, i % 2 == 0 ? kOfRed : kOfBlue);
    images.insert(images.end(), one.begin(), one.end());
  }
  const float half = std::sqrt(.5F);
  EXPECT_THAT(fixed.relate(images, text_of(fixed, {kRed})).value(),
              Pointwise(FloatNear(1e-6F), {1.0F, half, 1.0F, half, 1.0F}));
  const auto masked = PairModel::open(write_pair(folder, {}, {.has_mask = true})).value();
  const PairText text = text_of(masked, {kRed});  // a sixteenth red, and three of sixteen tokens used
  EXPECT_THAT(text.vector, Pointwise(FloatNear(1e-6F), {4 / 16.0F, 3 / 16.0F, 3 / 16.0F}));
}

TEST(PairModel, OpenSizesAreThoseOfClip) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  const auto model = PairModel::open(write_pair(folder, {.side = -1}, {.length = -1})).value();
  EXPECT_EQ(model.sizes().height, 224U);
  EXPECT_EQ(model.sizes().width, 224U);
  EXPECT_EQ(model.sizes().length, 77U);
}

TEST(PairModel, ATensorInsideCanBeChosen) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  PairFiles files = write_pair(folder, {.has_patches = true, .has_class = true});
  files.image_output = "of_patches";
  EXPECT_EQ(PairModel::open(files).value().sizes().rows, 4U);
  files.image_output = "line";
  EXPECT_THAT(refusal_of(files), AllOf(HasSubstr("image.onnx: line is a tensor of shape [2, 3, 16]"), HasSubstr("3]")));
  files.image_output = "nothing";
  EXPECT_THAT(refusal_of(files), HasSubstr("image.onnx: "));
}

TEST(PairModel, WhatIsNoPairIsRefusedByFileAndTensor) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  const PairFiles fine = write_pair(folder);
  const auto with_image = [&](const std::string& content) {
    return refusal_of({.image = folder.file("other.onnx", content), .text = fine.text});
  };
  const auto with_text = [&](const std::string& content) {
    return refusal_of({.image = fine.image, .text = folder.file("other.onnx", content)});
  };
  EXPECT_THAT(with_text(onnx_text_encoder({.width = 4})),
              AllOf(HasSubstr("image.onnx: gives image_embeds float32 [n, 3]"), HasSubstr("d = 4, as wide as")));
  EXPECT_THAT(with_text(onnx_image_encoder()),
              HasSubstr("other.onnx: takes pixel_values float32 [n, 3, 32, 32]; a text"));
  EXPECT_THAT(with_image(onnx_text_encoder()),
              HasSubstr("other.onnx: its input input_ids int64 [n, 16] does not take"));
  EXPECT_THAT(with_image(onnx_model({{11, onnx_value("a", {-1, 3, 8, 8})}, {11, onnx_value("b", {-1, 3, 8, 8})}})),
              HasSubstr("other.onnx: takes 2 inputs, and images are one: a float32"));
  EXPECT_THAT(with_image(onnx_model({{11, onnx_value("a", {-1, 192})}})), HasSubstr("[n, 3, height, width]"));
  EXPECT_THAT(with_image(onnx_model({{11, onnx_value("a", {-1, 1, 8, 8})}})), HasSubstr("images of 3 channels"));
  EXPECT_THAT(with_image(onnx_model({{11, onnx_value("a", {-1, 3, 8, 100'000})}})), HasSubstr("1 to 4096 pixels"));
  EXPECT_THAT(with_text(onnx_model({{11, onnx_value("a", {-1, 16}, 7)}, {11, onnx_value("b", {-1, 16}, 7)}})),
              HasSubstr("other.onnx: takes a int64 [n, 16]; b int64 [n, 16]; a text encoder takes"));
  EXPECT_THAT(with_text(onnx_model({{11, onnx_value("a", {-1, 1}, 7)}})), HasSubstr("is not 2 to 4096 tokens long"));
  EXPECT_THAT(with_text(onnx_model({{11, onnx_value("a", {-1, 16}, 7)}, {12, onnx_value("a", {-1, 16}, 7)}})),
              HasSubstr("a text's vector is floats [n, d]"));
  EXPECT_THAT(with_image("hello"), HasSubstr("other.onnx"));
  EXPECT_THAT(with_text("hello"), HasSubstr("other.onnx"));
  EXPECT_EQ(refusal_of({.image = fine.image, .text = "/nowhere.onnx"}), "/nowhere.onnx: there is no such file");
  EXPECT_THAT(refusal_of({.image = fine.image}), HasSubstr("needs a text encoder beside it"));
  // Patches of a picture that is wider than the patches' grid.
  EXPECT_THAT(with_image(onnx_image_encoder({.side = 24, .has_patches = true, .has_class = true})), HasSubstr("none"));
}

TEST(PairModel, ATokenThatTheModelDoesNotHaveIsItsError) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  const auto model = PairModel::open(write_pair(folder)).value();
  const auto text = model.read(std::vector<std::int64_t>(16, kEndOfText + 1), 16);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("text.onnx: "));
}

using torch::jit::Module;

/// In half precision, with a device in its code, as OpenAI's archives are.
Module colour_module(bool apart) {
  Module module("Clip");
  module.register_attribute("training", c10::BoolType::get(), false);
  module.register_buffer("input_resolution", at::tensor(int64_t{8}));
  module.register_buffer("context_length", at::tensor(int64_t{5}));
  at::Tensor colours = at::zeros({kEndOfText + 1, 3});
  colours[kRed][0] = 1;
  colours[kBlue][2] = 1;
  module.register_parameter("colours", colours.to(at::kHalf), false);
  const std::string images = "    return torch.to(torch.to(image, 5), torch.device('cuda:0')).mean(dim=[2, 3])\n";
  const std::string texts = "    return torch.embedding(self.colours, text).mean(dim=[1])\n";
  if (apart) {
    module.define("def encode_image(self, image: Tensor) -> Tensor:\n" + images);
    module.define("def encode_text(self, text: Tensor) -> Tensor:\n" + texts);
  } else {
    module.define("def images(self, image: Tensor) -> Tensor:\n" + images);
    module.define("def texts(self, text: Tensor) -> Tensor:\n" + texts);
    module.define(
        "def forward(self, image: Tensor, text: Tensor):\n"
        "    a = self.images(image)\n"
        "    b = self.texts(text)\n"
        "    cosines = 100 * torch.matmul(a / a.norm(2, [1], True), (b / b.norm(2, [1], True)).t())\n"
        "    return cosines, cosines.t()\n");
  }
  return module;
}

PairFiles write_archive(const TestFolder& folder, const Module& module) {
  const auto place = folder / "clip.pt";
  module.save(place.string());
  return {.image = place};
}

TEST(PairModel, AnArchiveOfHalvesForAGpuRunsOnTheCpu) {
  const TestFolder folder;
  const auto model = PairModel::open(write_archive(folder, colour_module(true)));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->sizes().height, 8U);
  EXPECT_EQ(model->sizes().length, 5U);
  EXPECT_FALSE(model->is_shareable());
  const auto image = halves(model->sizes(), kOfRed, kOfBlue);
  EXPECT_THAT(model->relate(image, text_of(*model, {kRed})).value(), ElementsAre(FloatNear(std::sqrt(.5F), 1e-6F)));
  EXPECT_THAT(model->relate(image, text_of(*model, {kRed, kBlue})).value(), ElementsAre(FloatNear(1, 1e-6F)));
}

TEST(PairModel, AnArchiveWithForwardAloneGivesScaledCosines) {
  const TestFolder folder;
  const auto model = PairModel::open(write_archive(folder, colour_module(false)));
  ASSERT_TRUE(model) << model.error().message;
  const auto image = halves(model->sizes(), kOfRed, kOfBlue);
  const PairText text = text_of(*model, {kRed});
  EXPECT_TRUE(text.vector.empty());
  EXPECT_THAT(model->relate(image, text).value(), ElementsAre(FloatNear(100 * std::sqrt(.5F), 1e-4F)));
}

TEST(PairModel, AnArchiveWithForwardAloneMayGiveVectors) {
  const TestFolder folder;
  Module module("Clip");
  module.register_attribute("training", c10::BoolType::get(), false);
  module.define(
      "def forward(self, image: Tensor, text: Tensor):\n"
      "    return image.mean(dim=[2, 3]), torch.cat([text[:, 1:3], text[:, 1:2]], 1).float(), 7\n");
  const auto model = PairModel::open(write_archive(folder, module));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->sizes().height, 224U);
  const auto image = halves(model->sizes(), kOfRed, kOfRed);
  std::vector<std::int64_t> tokens(77);
  tokens[1] = 3;
  EXPECT_THAT(model->relate(image, model->read(tokens, 77).value()).value(),
              ElementsAre(FloatNear(std::sqrt(.5F), 1e-6F)));
}

TEST(PairModel, ArchivesThatAreNoPairAreRefused) {
  const TestFolder folder;
  Module module("Other");
  module.register_attribute("training", c10::BoolType::get(), false);
  module.define("def forward(self, image: Tensor) -> Tensor:\n    return image\n");
  const PairFiles files = write_archive(folder, module);
  EXPECT_THAT(refusal_of(files), HasSubstr("clip.pt: has no methods encode_image and encode_text"));
  EXPECT_THAT(refusal_of({.image = files.image, .trusted_only = true}), HasSubstr("would run its code"));
  EXPECT_THAT(refusal_of({.image = files.image, .text = files.image}), HasSubstr("holds both encoders"));
  EXPECT_THAT(refusal_of({.image = files.image, .image_output = "x"}), HasSubstr("outputs are chosen of ONNX models"));
  EXPECT_THAT(refusal_of({.image = folder.file("cut.pt", "PK\x03\x04 and no more")}),
              HasSubstr("no TorchScript model"));
  Module wrong("Wrong");
  wrong.register_attribute("training", c10::BoolType::get(), false);
  wrong.define("def forward(self, image: Tensor, text: Tensor):\n    return image, text\n");
  EXPECT_THAT(refusal_of(write_archive(folder, wrong)), HasSubstr("clip.pt: forward(image, text) gives"));
  Module raises("Raises");
  raises.register_attribute("training", c10::BoolType::get(), false);
  raises.define("def encode_image(self, x: Tensor) -> Tensor:\n    return torch.matmul(x, x.new_ones([7]))\n");
  raises.define("def encode_text(self, x: Tensor) -> Tensor:\n    return x.float()\n");
  EXPECT_THAT(refusal_of(write_archive(folder, raises)), HasSubstr("clip.pt: the model failed: "));
}

TEST(PairModel, WhatPythonExportsGivesWhatTheModelGives) {
  NEEDS_RUNTIME();
  const TestFolder folder;
  if (!run_exporter(folder, "test_pair_exported.py", "torch")) GTEST_SKIP() << "python3-torch is not installed";
  const auto images = numbers_of_file(folder / "images.bin");
  const auto tokens = numbers_of_file<std::int64_t>(folder / "tokens.bin");
  const auto relate = [&](const PairFiles& files) {
    const auto model = PairModel::open(files).value();
    EXPECT_EQ(model.sizes().height, 32U);
    EXPECT_EQ(model.sizes().length, 12U);
    return model.relate(images, model.read(tokens, 5).value()).value();
  };
  const auto cosines = numbers_of_file(folder / "cosines.bin");
  ASSERT_EQ(cosines.size(), 3U);
  const auto text = folder / "text.onnx";
  EXPECT_LE(farthest(relate({.image = folder / "image.onnx", .text = text}), cosines), 1e-5F);
  EXPECT_LE(farthest(relate({.image = folder / "patches.onnx", .text = text}), numbers_of_file(folder / "patches.bin")),
            1e-5F);
  EXPECT_LE(farthest(relate({.image = folder / "apart.pt"}), cosines), 1e-5F);
  std::vector<float> scaled = relate({.image = folder / "at_once.pt"});
  for (float& value : scaled) value /= std::exp(4.6052F);
  EXPECT_LE(farthest(scaled, cosines), 1e-5F);
}

}  // namespace
}  // namespace errata::nn

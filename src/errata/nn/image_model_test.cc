#include "errata/nn/image_model.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <cmath>

#include "errata/base/atomic_file.h"
#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/nn/test_words.h"

namespace errata::nn {
namespace {

using testing::HasSubstr;
using torch::jit::Module;

constexpr ImageShape kSmall{.channels = 1, .height = 2, .width = 3};

Module with_methods(const std::string& name, const std::string& source) {
  Module module(name);
  module.register_attribute("training", c10::BoolType::get(), false);
  module.define(source);
  return module;
}

/// A model of a block (that doubles), inside a part (that calls it twice), a head that changes what it gets in place,
/// an idle submodule and one that gives two values.
std::string write_tree(const TestFolder& folder) {
  const auto twice = with_methods("Twice", "def forward(self, x: Tensor) -> Tensor:\n    return x * 2\n");
  Module part("Part");
  part.register_attribute("training", c10::BoolType::get(), false);
  part.register_module("first", twice);
  part.register_module("second", twice.copy());
  part.define("def forward(self, x: Tensor) -> Tensor:\n    return self.second.forward(self.first.forward(x) + 1)\n");
  Module root("Root");
  root.register_attribute("training", c10::BoolType::get(), false);
  root.register_module("part", part);
  root.register_module("idle", with_methods("Idle", "def forward(self, x: Tensor) -> Tensor:\n    return x\n"));
  root.register_module("pair", with_methods("Pair", "def forward(self, x: Tensor):\n    return x, x\n"));
  root.register_module("silent", with_methods("Silent", "def other(self, x: Tensor) -> Tensor:\n    return x\n"));
  root.define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "    y = self.part.forward(x)\n"
      "    a, b = self.pair.forward(y)\n"
      "    y.mul_(100)\n"
      "    return y.flatten(1)\n");
  const auto place = folder / "tree.pt";
  root.save(place.string());
  return place.string();
}

ImageModel opened(const std::filesystem::path& place) { return ImageModel::open(place, {}, false).value(); }

TEST(ImageModel, SeesSubmodulesAtAnyDepth) {
  const TestFolder folder;
  auto model = opened(write_tree(folder));
  EXPECT_EQ(model.layers(), (std::vector<std::string>{"part", "part.first", "part.second", "idle", "pair", "silent"}));
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  const MatrixView<const float> images(x, 1, 6);
  const auto all = model
                       .run(images, kSmall,
                            std::vector<CaptureLayer>{{.layer = "part.second", .pooling = Pooling::flat},
                                                      {.layer = "part.first", .pooling = Pooling::max},
                                                      {.layer = "part"},
                                                      {.layer = "part", .pooling = Pooling::standard_deviation},
                                                      {.layer = "part.first", .pooling = Pooling::grid, .cells = 1}})
                       .value();
  EXPECT_EQ(all.widths, (std::vector<std::size_t>{6, 1, 1, 1, 1}));
  // first: 2x; second and part: 4x + 2, before they are changed in place; logits: 100 (4x + 2)
  EXPECT_THAT(all.latents, testing::Pointwise(testing::FloatEq(), std::vector<float>{6, 10, 14, 18, 22, 26, /**/ 12, 16,
                                                                                     std::sqrt(16 * 35 / 12.0F), 7}));
  EXPECT_EQ(all.logits, (std::vector<float>{600, 1000, 1400, 1800, 2200, 2600}));
  // Another set of layers, and none.
  EXPECT_EQ(model.run(images, kSmall, std::vector<CaptureLayer>{{.layer = "part.first"}})->latents,
            std::vector<float>{7});
  const auto none = model.run(images, kSmall, {}).value();
  EXPECT_TRUE(none.latents.empty());
  EXPECT_EQ(none.logits, all.logits);
}

TEST(ImageModel, ManyImagesAreThoseOneByOne) {
  const TestFolder folder;
  auto model = opened(write_tree(folder));
  Rng rng(1);
  constexpr std::size_t kImages = 1100;  // three pieces
  std::vector<float> x(kImages * 6);
  for (float& value : x) value = static_cast<float>(rng.normal());
  const std::vector<CaptureLayer> capture{{.layer = "part.first", .pooling = Pooling::flat}, {.layer = "part"}};
  const auto all = model.run(MatrixView<const float>(x, kImages, 6), kSmall, capture).value();
  ASSERT_EQ(all.latents.size(), kImages * 7);
  for (const std::size_t i : {0U, 511U, 512U, 1099U}) {
    const auto one = model.run(MatrixView<const float>(std::span(x).subspan(i * 6, 6), 1, 6), kSmall, capture).value();
    for (std::size_t c = 0; c < 7; ++c) EXPECT_FLOAT_EQ(one.latents[c], all.latents[i * 7 + c]);
    for (std::size_t c = 0; c < 6; ++c) EXPECT_FLOAT_EQ(one.logits[c], all.logits[i * 6 + c]);
  }
}

TEST(ImageModel, SaysWhichLayersCannotBeSeen) {
  const TestFolder folder;
  auto model = opened(write_tree(folder));
  const std::vector<float> x(6);
  const auto words = [&](const std::string& layer) {
    return words_of(model.run(MatrixView<const float>(x, 1, 6), kSmall, std::vector<CaptureLayer>{{.layer = layer}}));
  };
  EXPECT_EQ(words("conv9"),
            "layer conv9 does not exist; the layers are part, part.first, part.second, idle, pair, silent");
  EXPECT_EQ(words("idle"), "layer idle is never called by the model");
  EXPECT_THAT(words("pair"), testing::AllOf(HasSubstr("layer pair gives a "), HasSubstr("not a tensor")));
  EXPECT_EQ(words("silent"), "layer silent has no forward()");
  EXPECT_EQ(words("part"), "");  // still works
}

TEST(ImageModel, FrozenModelsHaveNoLayers) {
  const TestFolder folder;
  Module root("Root");
  root.register_attribute("training", c10::BoolType::get(), false);
  root.register_module("part", with_methods("Twice", "def forward(self, x: Tensor) -> Tensor:\n    return x * 2\n"));
  root.define("def forward(self, x: Tensor) -> Tensor:\n    return self.part.forward(x).flatten(1)\n");
  torch::jit::freeze(root).save((folder / "frozen.pt").string());
  auto model = opened(folder / "frozen.pt");
  const std::vector<float> x(6);
  EXPECT_TRUE(model.layers().empty());
  EXPECT_THAT(
      words_of(model.run(MatrixView<const float>(x, 1, 6), kSmall, std::vector<CaptureLayer>{{.layer = "part"}})),
      HasSubstr("one that was frozen"));
  EXPECT_TRUE(model.run(MatrixView<const float>(x, 1, 6), kSmall, {}));
}

/// Runs a model of one method on two images and gives the error.
std::string error_of(const std::string& source, const std::vector<float>& x = std::vector<float>(12),
                     ImageShape shape = kSmall) {
  const TestFolder folder;
  with_methods("Bad", source).save((folder / "bad.pt").string());
  auto model = opened(folder / "bad.pt");
  return words_of(model.run(MatrixView<const float>(x, 2, 6), shape, {}));
}

TEST(ImageModel, ModelsThatFailSaySo) {
  EXPECT_EQ(
      error_of("def forward(self, x: Tensor) -> Tensor:\n    assert x.size(1) == 3, 'only colour'\n    return x\n"),
      "the model failed: AssertionError: only colour");
  EXPECT_THAT(error_of("def forward(self, x: Tensor) -> Tensor:\n    return torch.mm(x.flatten(1), x.flatten(1))\n"),
              HasSubstr("the model failed: mat1 and mat2 shapes cannot be multiplied"));
  EXPECT_EQ(error_of("def forward(self, x: Tensor):\n    return x, x\n"), "the model gives a Tuple, not a tensor");
  EXPECT_EQ(error_of("def forward(self, x: Tensor) -> Tensor:\n    return x\n"),
            "the model gives a tensor of shape [2, 1, 2, 3] for 2 images, not [2, classes]");
  EXPECT_EQ(error_of("def forward(self, x: Tensor) -> Tensor:\n    return 1 / x.flatten(1)\n",
                     {1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1}),
            "the model's answer is NaN or infinite for image 1");
  EXPECT_EQ(error_of("def forward(self, x: Tensor) -> Tensor:\n    return x.flatten(1)\n", std::vector<float>(12),
                     {.channels = 1, .height = 2, .width = 2}),
            "images of 6 values are not 1 × 2 × 2");
}

ImageModel with_forward(const TestFolder& folder, const std::string& body) {
  const auto place = folder / "m.pt";
  with_methods("M", "def forward(self, x: Tensor) -> Tensor:\n    " + body).save(place.string());
  return opened(place);
}

std::vector<float> logits_of(ImageModel& model, const std::vector<float>& images) {
  return model.run({images, 2, kSmall.size()}, kSmall, {}).value().logits;
}

TEST(ImageModel, OneNumberOfTwoClassesBecomesTwoLogits) {
  using testing::ElementsAre;
  const TestFolder folder;
  const std::vector<float> images{-1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0}, others{0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0};
  auto logit = with_forward(folder, "return x.flatten(1).sum(1)\n");
  EXPECT_THAT(logits_of(logit, images), ElementsAre(-1, 3)) << "nobody said that there are two classes";
  EXPECT_EQ(logit.single_output(), SingleOutput::none);
  logit.expect_two_classes();
  EXPECT_THAT(logits_of(logit, images), ElementsAre(0, -1, 0, 3));
  EXPECT_THAT(logits_of(logit, others), ElementsAre(0, 0, 0, 1)) << "what the first images were counts for all";
  EXPECT_EQ(logit.single_output(), SingleOutput::logit);
  auto probability = with_forward(folder, "return x.flatten(1).sum(1, keepdim=True)\n");
  probability.expect_two_classes();
  EXPECT_THAT(logits_of(probability, others), ElementsAre(1, 0, 0, 1));
  EXPECT_EQ(probability.single_output(), SingleOutput::probability);
  const auto neither = probability.run({images, 2, kSmall.size()}, kSmall, {});
  ASSERT_FALSE(neither);
  EXPECT_THAT(neither.error().message, HasSubstr("neither a probability nor surely a logit"));
}

TEST(ImageModel, RefusesFilesThatAreNoModels) {
  const TestFolder folder;
  const auto words = [&](const std::filesystem::path& place, bool trusted_only = false) {
    const auto model = ImageModel::open(place, {}, trusted_only);
    EXPECT_TRUE(model || model.error().code == ErrorCode::data);
    EXPECT_TRUE(model || model.error().message.find('\n') == std::string::npos) << model.error().message;
    return words_of(model);
  };
  EXPECT_THAT(words(folder / "none.pt"), HasSubstr("there is no such file"));
  const auto tree = write_tree(folder);
  EXPECT_EQ(words(tree), "");
  EXPECT_THAT(words(tree, true), HasSubstr("was not written by Errata"));
  const auto file = read_file(tree).value();
  for (std::size_t size = 0; size < file.size(); size += 301) {
    ASSERT_TRUE(write_file(folder / "cut.pt", std::string_view(file).substr(0, size)));
    EXPECT_THAT(words(folder / "cut.pt"), HasSubstr("no TorchScript model, or one that is cut short")) << size;
  }
  ASSERT_TRUE(write_archive(folder / "auditor.pt", {.kind = "errata.auditor"},
                            "def forward(self, x: Tensor) -> Tensor:\n    return x\n"));
  EXPECT_THAT(words(folder / "auditor.pt"), HasSubstr("an archive of kind errata.auditor, not errata.classifier"));
}

TEST(ImageModel, GradientsOfAProgramAreSlopes) {
  const TestFolder folder;
  with_methods("Linear",
               "def forward(self, x: Tensor) -> Tensor:\n    y = x.flatten(1)\n    return torch.stack([y[:, 0] * 2 + "
               "y[:, 1] ** 2, y[:, 2]], 1)\n")
      .save((folder / "linear.pt").string());
  auto model = opened(folder / "linear.pt");
  const std::vector<float> x{0.5F, 1, 2, 9, 9, 9};
  const auto gradient = model.loss_gradients(MatrixView<const float>(x, 1, 6), kSmall, std::vector<std::uint32_t>{1});
  ASSERT_TRUE(gradient) << gradient.error().message;
  const float p0 = 0.5F;  // both logits are 2
  EXPECT_THAT(*gradient,
              testing::Pointwise(testing::FloatNear(1e-6F), std::vector<float>{p0 * 2, p0 * 2, -0.5F, 0, 0, 0}));
  EXPECT_EQ(words_of(model.loss_gradients(MatrixView<const float>(x, 1, 6), kSmall, std::vector<std::uint32_t>{2})),
            "label 2 of image 0 is not below 2, the model's number of classes");
  EXPECT_EQ(words_of(model.loss_gradients(MatrixView<const float>(x, 1, 6), kSmall, {})), "0 labels for 1 images");
}

}  // namespace
}  // namespace errata::nn

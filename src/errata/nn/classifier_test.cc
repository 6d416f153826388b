#include "errata/nn/classifier.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cmath>

#include "errata/base/atomic_file.h"
#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/nn/archive.h"
#include "errata/nn/image_model.h"
#include "errata/nn/test_words.h"

namespace errata::nn {
namespace {

using testing::HasSubstr;

constexpr ImageShape kPatternShape{.channels = 2, .height = 9, .width = 8};

/// Bright blobs: the class is the quarter of the image that is bright.
struct Blobs {
  Blobs(std::size_t n, std::uint64_t seed) {
    Rng rng(seed);
    for (std::size_t i = 0; i < n; ++i) {
      labels.push_back(static_cast<std::uint32_t>(rng.below(4)));
      for (std::size_t c = 0; c < kPatternShape.channels; ++c)
        for (std::size_t y = 0; y < kPatternShape.height; ++y)
          for (std::size_t x = 0; x < kPatternShape.width; ++x) {
            const bool bright = (y >= 4) == (labels.back() >= 2) && (x >= 4) == (labels.back() % 2 == 1);
            pixels.push_back(static_cast<float>(rng.normal() + (bright ? 1 : 0)));
          }
    }
  }
  [[nodiscard]] MatrixView<const float> images() const { return {pixels, labels.size(), kPatternShape.size()}; }
  std::vector<float> pixels;
  std::vector<std::uint32_t> labels;
};

ClassifierOptions usual_classifier() { return {.classes = 4, .epochs = 3, .batch = 50, .seed = 2}; }

const std::vector<CaptureLayer> kAll{
    {.layer = "conv1", .pooling = Pooling::flat}, {.layer = "conv2"}, {.layer = "hidden"}};

TEST(Classifier, LearnsAndIsTheSameInEveryForm) {
  const TestFolder folder;
  const Blobs train(1000, 1), test(300, 2);
  std::vector<double> losses;
  auto options = usual_classifier();
  options.on_epoch = [&](std::size_t, double loss) { losses.push_back(loss); };
  ASSERT_EQ(words_of(train_classifier(train.images(), kPatternShape, train.labels, options, folder / "net.pt")), "");
  ASSERT_EQ(losses.size(), 3);
  EXPECT_LT(losses[2], losses[0]);
  EXPECT_EQ(kind_of_archive(folder / "net.pt"), "errata.classifier");

  auto model = ImageModel::open(folder / "net.pt", {}, true).value();
  EXPECT_EQ(model.layers(), (std::vector<std::string>{"conv1", "conv2", "hidden"}));
  const auto seen = model.run(test.images(), kPatternShape, kAll).value();
  EXPECT_EQ(seen.widths, (std::vector<std::size_t>{32 * 4 * 4, 64, 128}));
  EXPECT_TRUE(std::ranges::all_of(seen.latents, [](float value) { return value >= 0; }));
  std::size_t right = 0;
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    const auto z = std::span(seen.logits).subspan(i * 4, 4);
    if (std::ranges::max_element(z) - z.begin() == static_cast<std::ptrdiff_t>(test.labels[i])) ++right;
  }
  EXPECT_GT(right, 270);

  // The program in the file, run by libtorch, with batch normalisation as it was trained.
  auto program = torch::jit::load((folder / "net.pt").string());
  const at::Tensor z =
      program.forward({at::from_blob(const_cast<float*>(test.pixels.data()), {300, 2, 9, 8})}).toTensor().contiguous();
  for (std::int64_t i = 0; i < z.numel(); ++i)
    ASSERT_NEAR(z.data_ptr<float>()[i], seen.logits[static_cast<std::size_t>(i)], 1e-3F);
}

TEST(Classifier, InterruptedTrainingEndsTheSame) {
  const TestFolder folder;
  const Blobs train(301, 1);  // the last batch has one image
  auto options = usual_classifier();
  options.augment = [](std::size_t epoch, MatrixView<float> images) { images(epoch, 0) += 1; };
  ASSERT_TRUE(train_classifier(train.images(), kPatternShape, train.labels, options, folder / "whole.pt"));
  options.checkpoint = folder / "training";
  struct Interrupted {};
  options.on_epoch = [&](std::size_t epoch, double) {
    if (epoch == 2) throw Interrupted();
  };
  EXPECT_THROW(
      static_cast<void>(train_classifier(train.images(), kPatternShape, train.labels, options, folder / "rest.pt")),
      Interrupted);
  EXPECT_FALSE(std::filesystem::exists(folder / "rest.pt"));
  ASSERT_TRUE(train_classifier(train.images(), kPatternShape, train.labels, options, folder / "rest.pt"));
  EXPECT_EQ(read_file(folder / "whole.pt").value(), read_file(folder / "rest.pt").value());
  options.batch = 60;
  EXPECT_THAT(words_of(train_classifier(train.images(), kPatternShape, train.labels, options, folder / "rest.pt")),
              HasSubstr("its batch is 50, not 60"));
}

TEST(Classifier, GradientsAreSlopes) {
  const TestFolder folder;
  const Blobs train(200, 1);
  ASSERT_TRUE(train_classifier(train.images(), kPatternShape, train.labels, usual_classifier(), folder / "net.pt"));
  auto model = ImageModel::open(folder / "net.pt", {}, true).value();
  const Blobs one(1, 5);
  const auto loss_at = [&](const std::vector<float>& pixels) {
    const auto z =
        model.run(MatrixView<const float>(pixels, 1, kPatternShape.size()), kPatternShape, {}).value().logits;
    double sum = 0;
    for (const float value : z) sum += std::exp(static_cast<double>(value));
    return std::log(sum) - static_cast<double>(z[one.labels[0]]);
  };
  const auto gradient = model.loss_gradients(one.images(), kPatternShape, one.labels).value();
  // Along the gradient the loss climbs as its length says.
  double length = 0;
  for (const float g : gradient) length += static_cast<double>(g) * static_cast<double>(g);
  length = std::sqrt(length);
  auto up = one.pixels, down = one.pixels;
  constexpr double kStep = 1e-2;
  for (std::size_t i = 0; i < up.size(); ++i) {
    up[i] += static_cast<float>(kStep * static_cast<double>(gradient[i]) / length);
    down[i] -= static_cast<float>(kStep * static_cast<double>(gradient[i]) / length);
  }
  EXPECT_GT(length, 0);
  EXPECT_NEAR((loss_at(up) - loss_at(down)) / (2 * kStep), length, 0.05 * length);
}

TEST(Classifier, ThreadsChangeNothingWhenItRuns) {
  const TestFolder folder;
  const Blobs train(200, 1);
  ASSERT_TRUE(train_classifier(train.images(), kPatternShape, train.labels, usual_classifier(), folder / "net.pt"));
  auto model = ImageModel::open(folder / "net.pt", {}, true).value();
  set_threads(1);
  const auto alone = model.run(train.images(), kPatternShape, kAll).value();
  set_threads(3);
  const auto together = model.run(train.images(), kPatternShape, kAll).value();
  set_threads(0);
  EXPECT_EQ(alone.latents, together.latents);
  EXPECT_EQ(alone.logits, together.logits);
}

TEST(Classifier, SaysWhatDoesNotFit) {
  const TestFolder folder;
  const Blobs train(20, 1);
  const auto words = [&](ImageShape shape, const ClassifierOptions& options) {
    return words_of(train_classifier(train.images(), shape, train.labels, options, folder / "net.pt"));
  };
  EXPECT_EQ(words({.channels = 1, .height = 3, .width = 48}, {}),
            "images of 1 × 3 × 48: the network takes at least 1 × 4 × 4");
  EXPECT_EQ(words({}, {}), "images of 144 values are not 1 × 28 × 28");
  EXPECT_THAT(words(kPatternShape, {.classes = 3}), HasSubstr("is not below 3"));
  EXPECT_EQ(words(kPatternShape, {.batch = 1}), "a batch of 1: batch normalisation takes at least 2 images");
  EXPECT_EQ(words(kPatternShape, {.learning_rate = 0}), "learning rate 0 is not above 0");
  ASSERT_TRUE(train_classifier(train.images(), kPatternShape, train.labels, usual_classifier(), folder / "net.pt"));
  auto model = ImageModel::open(folder / "net.pt", {}, true).value();
  EXPECT_EQ(words_of(model.run(train.images(), {.channels = 1, .height = 9, .width = 16}, {})),
            "images of 1 × 9 × 16 do not fit the network");
  EXPECT_EQ(words_of(model.run(train.images(), kPatternShape, std::vector<CaptureLayer>{{.layer = "conv3"}})),
            "layer conv3 does not exist; the layers are conv1, conv2, hidden");
  std::vector<float> pixels = train.pixels;
  pixels[3 * kPatternShape.size() + 5] = std::nanf("");
  EXPECT_EQ(words_of(model.run(MatrixView<const float>(pixels, 20, kPatternShape.size()), kPatternShape,
                               std::vector<CaptureLayer>{{.layer = "conv2"}})),
            "layer conv2 is NaN or infinite for image 3");
  EXPECT_THAT(words_of(train_classifier(MatrixView<const float>(pixels, 20, kPatternShape.size()), kPatternShape,
                                        train.labels, usual_classifier(), folder / "nan.pt")),
              HasSubstr("the loss was not finite in epoch 1"));
  EXPECT_FALSE(std::filesystem::exists(folder / "nan.pt"));
}

TEST(Classifier, RefusesTensorsOfAnotherNetwork) {
  const TestFolder folder;
  const Blobs train(20, 1);
  ASSERT_TRUE(train_classifier(train.images(), kPatternShape, train.labels, usual_classifier(), folder / "net.pt"));
  const auto good = read_archive(folder / "net.pt", kClassifierKind, kClassifierVersion).value();
  constexpr std::string_view kScript = "def forward(self, x: Tensor) -> Tensor:\n    return x\n";
  const auto refuses = [&](const Archive& archive) {
    EXPECT_TRUE(write_archive(folder / "bad.pt", archive, kScript));
    return words_of(ImageModel::open(folder / "bad.pt", {}, true))
        .ends_with("its tensors are not those of the network");
  };
  EXPECT_FALSE(refuses(good));
  for (std::size_t i = 0; i < good.tensors.size(); ++i) {
    Archive bad = good;
    bad.tensors.erase(bad.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_TRUE(refuses(bad)) << good.tensors[i].name;
    bad = good;
    bad.tensors[i].shape.push_back(1);
    EXPECT_TRUE(refuses(bad)) << good.tensors[i].name;
    bad = good;
    bad.tensors[i].values[0] = std::nanf("");
    EXPECT_TRUE(refuses(bad)) << good.tensors[i].name;
  }
  Archive bad = good;
  for (auto& tensor : bad.tensors)
    if (tensor.name == "norm1.variance") tensor.values[0] = -1;
  EXPECT_TRUE(refuses(bad));
}

}  // namespace
}  // namespace errata::nn

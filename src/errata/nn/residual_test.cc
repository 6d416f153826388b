#include "errata/nn/residual.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/atomic_file.h"
#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/nn/batch_trainer.h"
#include "errata/nn/test_words.h"

namespace errata::nn {
namespace {

using testing::HasSubstr;

constexpr ImageShape kColour{.channels = 3, .height = 9, .width = 10};

/// Images of noise; the class is the channel that is bright all over, wherever the image is moved.
struct Tinted {
  Tinted(std::size_t n, std::uint64_t seed) {
    Rng rng(seed);
    for (std::size_t i = 0; i < n; ++i) {
      labels.push_back(static_cast<std::uint32_t>(rng.below(3)));
      for (std::size_t v = 0; v < kColour.size(); ++v)
        pixels.push_back(
            static_cast<float>(rng.normal() + (v / (kColour.height * kColour.width) == labels.back() ? 1 : 0)));
    }
  }
  [[nodiscard]] MatrixView<const float> images() const { return {pixels, labels.size(), kColour.size()}; }
  std::vector<float> pixels;
  std::vector<std::uint32_t> labels;
};

ClassifierOptions short_training() {
  ClassifierOptions options = residual_classifier();
  options.classes = 3;
  options.epochs = 3;
  options.batch = 50;
  options.seed = 2;
  return options;
}

std::string trained(const Tinted& data, const ClassifierOptions& options, const std::filesystem::path& place) {
  return words_of(train_classifier(data.images(), kColour, data.labels, options, place));
}

TEST(Residual, LearnsAndIsTheSameInEveryForm) {
  const TestFolder folder;
  const Tinted train(300, 1), test(100, 2);
  ASSERT_EQ(trained(train, short_training(), folder / "net.pt"), "");
  auto model = ImageModel::open(folder / "net.pt", {}, true).value();
  EXPECT_EQ(model.layers(), (std::vector<std::string>{"stem", "block1", "block2", "block3", "hidden"}));
  const std::vector<CaptureLayer> all{{.layer = "stem"},
                                      {.layer = "block1", .pooling = Pooling::flat},
                                      {.layer = "block2", .pooling = Pooling::max},
                                      {.layer = "block3", .pooling = Pooling::max},
                                      {.layer = "hidden"}};
  const auto seen = model.run(test.images(), kColour, all).value();
  EXPECT_EQ(seen.widths, (std::vector<std::size_t>{16, 32 * 4 * 5, 64, 128, 128}));
  std::size_t right = 0;
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    const auto row = std::span(seen.latents).subspan(i * (16 + 640 + 64 + 256), 16 + 640 + 64 + 256);
    EXPECT_TRUE(std::ranges::equal(row.last(128), row.subspan(16 + 640 + 64, 128))) << "hidden is block3's maximum";
    const auto z = std::span(seen.logits).subspan(i * 3, 3);
    if (std::ranges::max_element(z) - z.begin() == static_cast<std::ptrdiff_t>(test.labels[i])) ++right;
  }
  EXPECT_GT(right, 90);
  // The program in the file, with batch normalisation as it was trained.
  auto program = torch::jit::load((folder / "net.pt").string());
  const at::Tensor z =
      program.forward({at::from_blob(const_cast<float*>(test.pixels.data()), {100, 3, 9, 10})}).toTensor().contiguous();
  for (std::int64_t i = 0; i < z.numel(); ++i)
    ASSERT_NEAR(z.data_ptr<float>()[i], seen.logits[static_cast<std::size_t>(i)], 1e-3F);
}

TEST(Residual, ThreadsAndInterruptionsChangeNothing) {
  const TestFolder folder;
  const Tinted data(151, 1);  // the last batch has one image
  set_threads(1);
  ASSERT_EQ(trained(data, short_training(), folder / "one.pt"), "");
  set_threads(3);
  auto options = short_training();
  options.checkpoint = folder / "training";
  struct Interrupted {};
  options.on_epoch = [&](std::size_t epoch, double) {
    if (epoch == 2) throw Interrupted();
  };
  EXPECT_THROW(static_cast<void>(trained(data, options, folder / "rest.pt")), Interrupted);
  ASSERT_EQ(trained(data, options, folder / "rest.pt"), "");
  set_threads(0);
  EXPECT_EQ(read_file(folder / "one.pt").value(), read_file(folder / "rest.pt").value());
  options.epochs = 4;  // another cycle of the learning rate
  EXPECT_THAT(trained(data, options, folder / "rest.pt"), HasSubstr("its number of epochs is 3, not 4"));
  options.network = ClassifierNetwork::plain;
  EXPECT_THAT(trained(data, options, folder / "rest.pt"), HasSubstr("its network is residual image classifier"));
}

/// With the normalisation's moments of the whole batch, which one shard is, the step is that of AdamW.
TEST(Residual, AStepIsThatOfTheDerivatives) {
  const ResidualPlan plan(kColour.channels, 3);
  const Tinted data(8, 3);
  std::vector<std::size_t> rows(8);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  Rng rng(4);
  TrainingState state;
  for (const auto& part : plan.parameters)
    for (std::size_t i = 0; i < part.size(); ++i)
      state.parameters.push_back(part.name.starts_with("norm") ? part.name.ends_with("weight") ? 1.0F : 0.0F
                                                               : static_cast<float>(0.1 * rng.normal()));
  state.first.resize(plan.parameter_count);
  state.second.resize(plan.parameter_count);
  state.statistics.resize(plan.statistic_count);
  const ResidualTraining still{.shape = kColour, .steps = 10, .moves = {}};
  const auto loss_of = [&](const std::vector<float>& parameters) {
    TrainingState copy = state;
    copy.parameters = parameters;
    return train_residual(plan, still, copy)->step({.images = data.images(), .labels = data.labels, .rows = rows}) / 8;
  };
  TrainingState after = state;
  (void)train_residual(plan, still, after)->step({.images = data.images(), .labels = data.labels, .rows = rows});
  // The first moment is a tenth of the slope; along it the loss climbs as its length says.
  double length = 0;
  for (const float slope : after.first) length += 100 * static_cast<double>(slope) * static_cast<double>(slope);
  length = std::sqrt(length);
  auto up = state.parameters, down = state.parameters;
  constexpr double kStep = 2e-3;
  for (std::size_t p = 0; p < up.size(); ++p) {
    const auto move = static_cast<float>(kStep * 10 * static_cast<double>(after.first[p]) / length);
    up[p] += move;
    down[p] -= move;
  }
  EXPECT_GT(length, 0);
  EXPECT_NEAR((loss_of(up) - loss_of(down)) / (2 * kStep), length, 0.05 * length);
  EXPECT_EQ(after.steps, 1U);
}

TEST(Residual, SaysWhatDoesNotFit) {
  const TestFolder folder;
  const Tinted data(20, 1);
  auto options = short_training();
  options.epochs = 1;
  EXPECT_EQ(words_of(train_classifier({data.pixels, 20, kColour.size()}, {.channels = 27, .height = 2, .width = 5},
                                      data.labels, options, folder / "net.pt")),
            "images of 27 × 2 × 5: the network takes at least 1 × 8 × 8");
  options.weight_decay = -1;
  EXPECT_EQ(trained(data, options, folder / "net.pt"), "weight decay -1 is not >= 0");
  options.weight_decay = 0;
  ASSERT_EQ(trained(data, options, folder / "net.pt"), "");
  auto model = ImageModel::open(folder / "net.pt", {}, true).value();
  EXPECT_EQ(words_of(model.run(data.images(), {.channels = 1, .height = 27, .width = 10}, {})),
            "images of 1 × 27 × 10 do not fit the network");
  EXPECT_EQ(words_of(model.run(data.images(), kColour, std::vector<CaptureLayer>{{.layer = "conv1"}})),
            "layer conv1 does not exist; the layers are stem, block1, block2, block3, hidden");
  auto archive = read_archive(folder / "net.pt", kClassifierKind, kClassifierVersion).value();
  EXPECT_EQ(archive.version, kResidualVersion);
  for (auto& tensor : archive.tensors)
    if (tensor.name == "norm8.variance") tensor.values[0] = -1;
  ASSERT_TRUE(write_archive(folder / "bad.pt", archive, "def forward(self, x: Tensor) -> Tensor:\n    return x\n"));
  EXPECT_THAT(words_of(ImageModel::open(folder / "bad.pt", {}, true)),
              HasSubstr("its tensors are not those of the network"));
}

}  // namespace
}  // namespace errata::nn

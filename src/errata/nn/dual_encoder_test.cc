#include "errata/nn/dual_encoder.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>

#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/nn/dual_layers.h"
#include "errata/nn/dual_weights.h"
#include "errata/nn/runtime.h"

namespace errata::nn {
namespace {

constexpr std::size_t kSide = 64, kPatches = 16;

/// A noisy picture with one bright patch of a colour; word 0 asks for the red ones, word 1 for the blue ones.
DualExample patch_example(std::uint64_t index) {
  Rng rng = Rng(11).fork(index);
  DualExample example;
  for (std::size_t i = 0; i < kSide * kSide * 3; ++i)
    example.pixels.push_back(static_cast<std::uint8_t>(100 + rng.below(40)));
  std::vector<std::uint32_t> colours(kPatches, 2);
  for (int i = 0; i < 4; ++i) {
    const std::size_t patch = rng.below(kPatches);
    colours[patch] = static_cast<std::uint32_t>(rng.below(2));
    for (std::size_t y = 0; y < 16; ++y)
      for (std::size_t x = 0; x < 16; ++x)
        example.pixels[((patch / 4 * 16 + y) * kSide + patch % 4 * 16 + x) * 3 + colours[patch] * 2] = 230;
  }
  for (std::uint32_t word = 0; word < 2; ++word) {
    DualExample::Query query{.words = {word, 2}, .asked = {}};
    for (const std::uint32_t colour : colours) query.asked.push_back(colour == word ? 1.0F : 0.0F);
    example.queries.push_back(std::move(query));
  }
  return example;
}

DualTraining small_training() {
  return {.vocabulary = 3, .side = kSide, .steps = 12, .batch = 8, .learning_rate = 5e-3, .seed = 3};
}

double mean_loss(const DualEncoder& encoder) {
  double sum = 0;
  for (std::uint64_t i = 5000; i < 5010; ++i) {
    const auto example = patch_example(i);
    const auto features = encoder.encode_picture(example.pixels, kSide, kSide, 3);
    for (const auto& query : example.queries) {
      const auto z = encoder.relevance(features, encoder.encode_query(query.words));
      for (std::size_t p = 0; p < kPatches; ++p)
        sum += std::log1p(std::exp(-(query.asked[p] > 0 ? z[p] : -z[p]))) / (20.0 * kPatches);
    }
  }
  return sum;
}

TEST(DualEncoder, LearnsWhichPatchesWordsAskFor) {
  const auto before = train_dual_encoder(patch_example, [] {
    auto training = small_training();
    training.steps = 1;
    return training;
  }());
  auto training = small_training();
  training.steps = 60;
  const auto after = train_dual_encoder(patch_example, training);
  ASSERT_TRUE(before && after);
  EXPECT_LT(mean_loss(*after), 0.3 * mean_loss(*before));
}

TEST(DualEncoder, TheSameSeedGivesTheSameBitsOnAnyNumberOfThreads) {
  std::vector<std::vector<float>> weights;
  for (const std::size_t threads : {1U, 4U, 2U}) {
    set_threads(threads);
    const auto encoder = train_dual_encoder(patch_example, small_training());
    ASSERT_TRUE(encoder) << encoder.error().message;
    weights.push_back(encoder->weights().parameters);
    const auto example = patch_example(1);
    const auto features = encoder->encode_picture(example.pixels, kSide, kSide, 3);
    weights.back().insert(weights.back().end(), features.vectors.begin(), features.vectors.end());
  }
  set_threads(0);
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
  auto other = small_training();
  other.seed = 4;
  EXPECT_NE(train_dual_encoder(patch_example, other)->weights().parameters, weights[0]);
}

/// The slope of the mean loss by a small change of each of a few weights, against what one step without Adam's memory
/// tells: its first step goes against the sign of the slope.
TEST(DualEncoder, TheFirstStepGoesAgainstTheSlopeOfTheLoss) {
  auto training = small_training();
  training.steps = 1;
  training.learning_rate = 1e-2;  // a training of one step takes 1e-4 of it
  const auto moved = train_dual_encoder(patch_example, training);
  training.learning_rate = 1e-12;
  const auto start = train_dual_encoder(patch_example, training);
  ASSERT_TRUE(moved && start);
  const auto batch_loss = [&](const std::vector<float>& parameters) {
    const DualEncoder encoder(std::make_shared<const DualEncoder::Weights>(3, parameters, "{}"));
    double sum = 0;
    for (std::uint64_t i = 0; i < training.batch; ++i) {
      const auto example = patch_example(i);
      const auto features = encoder.encode_picture(example.pixels, kSide, kSide, 3);
      for (const auto& query : example.queries) {
        const auto z = encoder.relevance(features, encoder.encode_query(query.words));
        for (std::size_t p = 0; p < kPatches; ++p)
          sum += std::log1p(std::exp(-std::abs(z[p]))) + std::max(z[p], 0.0F) - z[p] * query.asked[p];
      }
    }
    return sum / static_cast<double>(2 * kPatches * training.batch);
  };
  const std::vector<float>& weights = start->weights().parameters;
  const DualPlan plan(3);
  Rng rng(5);
  std::size_t clear = 0, agree = 0;
  const auto check = [&](std::size_t at) {
    constexpr float kStep = 2e-3F;
    auto more = weights, less = weights;
    more[at] += kStep;
    less[at] -= kStep;
    const double slope = (batch_loss(more) - batch_loss(less)) / (2 * kStep);
    if (std::abs(slope) < 1e-3) return;  // a ReLU's corner or rounding may turn its sign
    ++clear;
    agree += (moved->weights().parameters[at] < weights[at]) == (slope > 0) ? 1U : 0U;
  };
  for (std::size_t i = 0; i < 12; ++i) {
    check(plan.words + rng.below(3 * DualEncoder::kDimensions));
    check(plan.hidden + rng.below(DualEncoder::kDimensions * kDualHidden));
    check(plan.output + rng.below(DualEncoder::kDimensions * kDualHidden));
    for (std::size_t layer = 0; layer < kDualConvolutions.size(); ++layer) {
      const auto& convolution = kDualConvolutions[layer];
      check(plan.convolutions[layer] + rng.below(convolution.taps() * convolution.outputs));
      check(plan.convolutions[layer] + convolution.taps() * convolution.outputs + rng.below(convolution.outputs));
    }
  }
  check(plan.scale);
  check(plan.offset);
  EXPECT_GT(clear, 40U);
  EXPECT_GE(agree + 1, clear);
}

TEST(DualEncoder, AFileKeepsOtherTensorsBesideItsOwn) {
  const TestFolder folder;
  auto training = small_training();
  training.steps = 1;
  const auto encoder = train_dual_encoder(patch_example, training);
  ASSERT_TRUE(encoder);
  const std::vector<NamedTensor> beside{{.name = "bank", .shape = {2}, .values = {1, 2}}};
  ASSERT_TRUE(encoder->write(folder / "dual.pt", beside));
  std::vector<NamedTensor> read_beside;
  const auto read = DualEncoder::read(folder / "dual.pt", &read_beside);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->weights().parameters, encoder->weights().parameters);
  ASSERT_EQ(read_beside.size(), 1U);
  EXPECT_EQ(read_beside[0].name, "bank");
  EXPECT_EQ(read_beside[0].values, beside[0].values);
  EXPECT_TRUE(DualEncoder::read(folder / "dual.pt"));
  const std::vector<NamedTensor> broken{{.name = "bank", .shape = {1}, .values = {std::nanf("")}}};
  ASSERT_TRUE(encoder->write(folder / "broken.pt", broken));
  EXPECT_THAT(DualEncoder::read(folder / "broken.pt").error().message, testing::HasSubstr("tensor bank"));
}

TEST(DualEncoder, AFileSaysTheSameInErrataAndInTorch) {
  const TestFolder folder;
  auto training = small_training();
  training.description = R"({"seed":3})";
  const auto encoder = train_dual_encoder(patch_example, training);
  ASSERT_TRUE(encoder);
  ASSERT_TRUE(encoder->write(folder / "dual.pt"));
  const auto read = DualEncoder::read(folder / "dual.pt");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->weights().parameters, encoder->weights().parameters);
  EXPECT_EQ(read->description(), training.description);
  EXPECT_EQ(read->vocabulary(), 3U);

  const auto example = patch_example(77);
  const auto own = read->relevance(read->encode_picture(example.pixels, kSide, kSide, 3),
                                   read->encode_query(std::vector<std::uint32_t>{1, 2}));
  DualMap map;
  prepare_picture(example.pixels, kSide, kSide, 3, map);
  const at::Tensor input = at::from_blob(map.values.data(), {1, 64, 64, 4}).permute({0, 3, 1, 2}).contiguous();
  auto module = torch::jit::load((folder / "dual.pt").string());
  const at::Tensor words = at::tensor({1, 2}, at::kLong);
  const at::Tensor torch = module.forward({input, words}).toTensor().contiguous();
  ASSERT_EQ(torch.numel(), 16);
  for (std::size_t i = 0; i < kPatches; ++i) EXPECT_NEAR(own[i], torch.data_ptr<float>()[i], 1e-4) << i;
}

TEST(DualEncoder, SeesPicturesOfAnySizeAndGrayOnes) {
  const auto encoder = train_dual_encoder(patch_example, small_training());
  ASSERT_TRUE(encoder);
  for (const auto& [height, width] :
       {std::pair(1U, 1U), std::pair(17U, 40U), std::pair(100U, 16U), std::pair(5U, 300U)}) {
    const std::vector<std::uint8_t> gray(std::size_t{height} * width, 90), colours(std::size_t{height} * width * 3, 90);
    const auto one = encoder->encode_picture(gray, height, width, 1),
               three = encoder->encode_picture(colours, height, width, 3);
    EXPECT_EQ(one.rows, (height + 15) / 16);
    EXPECT_EQ(one.columns, (width + 15) / 16);
    EXPECT_EQ(one.vectors, three.vectors);
    for (const float value : one.vectors) ASSERT_TRUE(std::isfinite(value));
  }
  const auto nothing = encoder->relevance(encoder->encode_picture(std::vector<std::uint8_t>(48 * 48, 3), 48, 48, 1),
                                          encoder->encode_query({}));
  for (const float value : nothing) EXPECT_EQ(value, nothing[0]);
}

TEST(DualEncoder, KeepsWhatItIsToldToKeep) {
  const auto before = train_dual_encoder(patch_example, small_training());
  ASSERT_TRUE(before);
  const DualPlan plan(3);
  const auto distance = [&](const DualEncoder& encoder, std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t i = from; i < to; ++i)
      sum += std::abs(encoder.weights().parameters[i] - before->weights().parameters[i]);
    return sum;
  };
  auto training = small_training();
  training.from = &*before;
  const auto plain = train_dual_encoder(patch_example, training);
  training.freeze_pictures = true;
  const auto frozen = train_dual_encoder(patch_example, training);
  training.freeze_pictures = false;
  training.pull = 10;
  const auto pulled = train_dual_encoder(patch_example, training);
  ASSERT_TRUE(plain && frozen && pulled);
  EXPECT_GT(distance(*plain, plan.pictures, plan.count), 0);
  EXPECT_EQ(distance(*frozen, plan.pictures, plan.count), 0);
  EXPECT_GT(distance(*frozen, 0, plan.pictures), 0);
  EXPECT_LT(distance(*pulled, 0, plan.count), 0.8 * distance(*plain, 0, plan.count));
}

TEST(DualEncoder, RefusesWhatDoesNotFit) {
  const auto complaint = [](DualTraining training, const DualSource& source = patch_example) {
    const auto result = train_dual_encoder(source, training);
    return result ? "" : result.error().message;
  };
  auto training = small_training();
  training.vocabulary = 0;
  EXPECT_THAT(complaint(training), testing::HasSubstr("at least one word"));
  training = small_training();
  training.side = 65;
  EXPECT_THAT(complaint(training), testing::HasSubstr("65"));
  training = small_training();
  training.learning_rate = std::nan("");
  EXPECT_THAT(complaint(training), testing::HasSubstr("learning rate"));
  training = small_training();
  training.vocabulary = 2;
  EXPECT_THAT(complaint(training), testing::HasSubstr("word 2"));
  EXPECT_THAT(complaint(small_training(), [](std::uint64_t) { return DualExample{.pixels = {1, 2}}; }),
              testing::HasSubstr("2 bytes"));
  const TestFolder folder;
  EXPECT_FALSE(DualEncoder::read(folder / "none.pt"));
  const auto place = folder.file("broken.pt", "no archive");
  EXPECT_THAT(DualEncoder::read(place).error().message, testing::StartsWith(place));
}

}  // namespace
}  // namespace errata::nn

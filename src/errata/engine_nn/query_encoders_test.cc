// What `errata allocate` opens to relate a query to a picture, by the use case that it is opened for.
#include "errata/engine_nn/query_encoders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/test_folder.h"
#include "errata/engine_nn/allocate.h"
#include "errata/image/picture.h"
#include "errata/nn/onnx_session.h"
#include "errata/nn/test_pair.h"

namespace errata::engine_nn {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// 8 x 8 patches: noise, with a red square of 2 x 2 patches at row 2, column 4.
image::Picture red_in_noise() {
  image::Picture picture{.height = 128, .width = 128, .channels = 3, .bytes = {}};
  for (std::size_t y = 0; y < 128; ++y)
    for (std::size_t x = 0; x < 128; ++x) {
      const bool red = y >= 32 && y < 64 && x >= 64 && x < 96;
      const auto grey = static_cast<std::uint8_t>((x * 7919 + y * 104'729) % 251);
      picture.bytes.push_back(red ? 255 : grey);
      picture.bytes.push_back(red ? 0 : grey);
      picture.bytes.push_back(red ? 0 : grey);
    }
  return picture;
}

class QueryEncoders : public ::testing::Test {
 protected:
  QueryEncoders() {
    const auto content = image::png_content(red_in_noise());
    request_.image = folder_.file("noise.png", content.value());
    request_.query = "the red thing";
    request_.options.positions = 4;
    request_.options.strategy = relevance::Strategy::focused;
    request_.encoders.scenes = request_.encoders.readers = false;
    auto& pair = request_.encoders.pair;
    pair.image_encoder =
        folder_.file("image.onnx", nn::onnx_image_encoder({.side = 64, .has_patches = true, .has_class = true}));
    pair.text_encoder = folder_.file("text.onnx", nn::onnx_text_encoder());
    pair.vocabulary = folder_.file("bpe.txt", nn::kColourMerges);
    pair.options.mean = {0, 0, 0};
    pair.options.sd = {1, 1, 1};
  }

  std::string refusal() {
    const auto made = allocate_image(request_, pool_);
    return made ? "none" : made.error().message;
  }

  TestFolder folder_;
  ThreadPool pool_{2};
  AllocateRequest request_;
};

TEST_F(QueryEncoders, APairSaysWhereTheRedThingIs) {
  if (!nn::describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  const auto made = allocate_image(request_, pool_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->encoder, "clip");
  EXPECT_THAT(made->warnings, IsEmpty());
  EXPECT_THAT(made->allocated.allocation.positions, testing::UnorderedElementsAre(20, 21, 28, 29));
}

TEST_F(QueryEncoders, AQueryThatIsTooLongForItIsTold) {
  if (!nn::describe_onnx_runtime()) GTEST_SKIP() << "ONNX Runtime is not installed";
  request_.query = "red 1234567890123456";  // 17 tokens, start and end
  const auto made = allocate_image(request_, pool_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(made->warnings, Contains("the text encoder takes 16 tokens; the last 3 of the query are not read"));
}

TEST_F(QueryEncoders, OfAQueryThatAsksForNothingNoModelIsOpened) {
  request_.query = "describe this";
  request_.encoders.pair.text_encoder = folder_.path("nowhere.onnx");
  const auto made = allocate_image(request_, pool_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->encoder, "");
}

TEST_F(QueryEncoders, WhatDoesNotGoTogetherIsRefused) {
  auto& encoders = request_.encoders;
  const auto given = encoders;
  encoders.pair.vocabulary.clear();
  EXPECT_EQ(refusal(), "--image-encoder needs the vocabulary of its text encoder (--vocabulary)");
  encoders = given;
  encoders.pair.image_encoder.clear();
  EXPECT_EQ(refusal(), "--text-encoder goes with --image-encoder");
  encoders = given;
  encoders.patch_embeddings = encoders.query_embedding = "x.npy";
  EXPECT_THAT(refusal(), HasSubstr("--image-encoder and --patch-embeddings exclude each other"));
  encoders = given;
  encoders.pair.merges = encoders.pair.vocabulary;
  EXPECT_THAT(refusal(), HasSubstr("bpe.txt: is no vocab.json"));
  encoders = given;
  encoders.pair.vocabulary = folder_.file("vocab.json", "{\"a\": 1}");
  EXPECT_THAT(refusal(), HasSubstr("vocab.json: a vocabulary in JSON needs its merges.txt beside it"));
  encoders.pair.merges = given.pair.vocabulary;
  EXPECT_THAT(refusal(), HasSubstr("vocab.json: has no token"));
  encoders = given;
  encoders.pair.options.crops = 99;
  EXPECT_EQ(refusal(), "99 crops along the shorter side are not in [1, 32]");
}

TEST_F(QueryEncoders, VocabulariesThatCannotBeReadAreNamed) {
  auto& pair = request_.encoders.pair;
  pair.vocabulary = folder_.path("nowhere.txt");
  EXPECT_THAT(refusal(), HasSubstr("nowhere.txt: there is no such file"));
  pair.vocabulary = folder_.file("cut.gz", "\x1f\x8b\x08");
  EXPECT_THAT(refusal(), HasSubstr("cut.gz: "));
  pair.vocabulary = folder_.file("empty.txt", "");
  EXPECT_THAT(refusal(), HasSubstr("empty.txt: holds no merges"));
  pair.vocabulary = folder_.file("no.txt", "hello\n");
  EXPECT_THAT(refusal(), HasSubstr("no.txt: line 1: \"hello\" is no merge"));
}

}  // namespace
}  // namespace errata::engine_nn

#include "errata/nn/onnx_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/nn/test_words.h"

namespace errata::nn {
namespace {

using testing::HasSubstr;

OnnxNode node(std::string name, std::string operation, std::string input, std::string weights, std::string output) {
  return {.name = std::move(name),
          .operation = std::move(operation),
          .domain = "",
          .inputs = {std::move(input), std::move(weights)},
          .outputs = {std::move(output)}};
}

std::string path_of(const std::string& name, const std::string& scopes = "") {
  return module_path({.name = name, .operation = "", .domain = "", .inputs = {}, .outputs = {}, .scopes = scopes});
}

TEST(OnnxLayers, ANodeTellsItsModule) {
  EXPECT_EQ(path_of("/conv1/Conv"), "conv1");
  EXPECT_EQ(path_of("/features/features.0/features.0.1/conv/Conv_2"), "features.0.1.conv");  // Sequentials, a module
  EXPECT_EQ(path_of("/model.2/m.0/cv1/Conv"), "model.2.m.0.cv1");                            // ModuleLists
  EXPECT_EQ(path_of("/layer1/layer10/Conv"), "layer1.layer10");  // begins with the name before, and is none of its own
  EXPECT_EQ(path_of("/Flatten"), "");
  EXPECT_EQ(path_of("Identity_3"), "");
  EXPECT_EQ(path_of(""), "");
  EXPECT_EQ(path_of("node_conv2d", "['', 'block', 'block.conv', 'conv2d']"), "block.conv");
  EXPECT_EQ(path_of("/conv1/Conv", "['', 'conv2d']"), "");
  EXPECT_EQ(path_of("node", "nonsense '"), "");
}

OnnxFile small_file() {
  OnnxFile file;
  file.nodes = {node("/stem/stem.0/Conv", "Conv", "x", "stem.0.weight", "a"),
                node("/stem/stem.1/Relu", "Relu", "a", "", "b"),
                node("/conv/Conv", "Conv", "b", "onnx::Conv_9", "c"),
                node("/relu/Relu", "Relu", "c", "", "d"),
                node("/relu_1/Relu", "Relu", "d", "", "e"),
                node("/Add", "Add", "d", "e", "f"),
                node("/head/Gemm", "Gemm", "f", "head.weight", "logits")};
  return file;
}

TEST(OnnxLayers, AModuleStandsForItsLastNode) {
  const auto file = small_file();
  std::vector<std::string> words;
  for (const OnnxLayer& layer : layers_of(file)) words.push_back(layer.name + "=" + layer.tensor);
  EXPECT_THAT(words, testing::ElementsAre("stem=b", "stem.0=a", "stem.1=b", "relu_1=e", "head=logits", "a=a", "b=b",
                                          "c=c", "d=d", "e=e", "f=f", "logits=logits"));
}

TEST(OnnxLayers, WhatIsNoLayerIsToldWithTheNearestNames) {
  const auto file = small_file();
  const auto layers = layers_of(file);
  EXPECT_EQ(tensor_of_layer(file, layers, "stem").value(), "b");
  EXPECT_EQ(tensor_of_layer(file, layers, "c").value(), "c");
  EXPECT_THAT(
      words_of(tensor_of_layer(file, layers, "conv")),
      testing::AllOf(HasSubstr("layer conv cannot be captured: the exporter merged it"), HasSubstr("give is c;")));
  EXPECT_THAT(
      words_of(tensor_of_layer(file, layers, "relu")),
      HasSubstr("layer relu cannot be captured: it is called several times, or there are modules relu and relu_1"));
  EXPECT_THAT(words_of(tensor_of_layer(file, layers, "stem.3")),
              HasSubstr("layer stem.3 does not exist; the layers, nearest names first, are stem, stem.0, stem.1, "));
}

TEST(OnnxLayers, AnErrorListsTwentyNames) {
  OnnxFile file;
  for (int i = 0; i < 25; ++i) file.nodes.push_back(node("", "Relu", "x", "", "tensor" + std::to_string(i)));
  EXPECT_THAT(words_of(tensor_of_layer(file, layers_of(file), "tensor99")), testing::EndsWith(" and 5 more"));
}

}  // namespace
}  // namespace errata::nn

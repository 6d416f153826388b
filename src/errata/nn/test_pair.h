#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "errata/nn/test_onnx.h"

/// A pair of encoders whose space is colour: a text is the mean of its tokens' colours, an image its mean colour, as a
/// whole or patch by patch.
namespace errata::nn {

/// "red" is token 513 and "blue" 516; the text starts with 517 and ends with 518.
inline constexpr const char* kColourMerges = "#version: 0.2\nr e\nre d</w>\nb l\nbl u\nblu e</w>\n";
inline constexpr std::int64_t kRed = 513, kBlue = 516, kStartOfText = 517, kEndOfText = 518;

struct TestText {
  std::int64_t batch = -1, length = 16;  ///< −1: open
  std::uint64_t type = 7;                ///< of the tokens: int64
  bool has_mask = false;                 ///< takes a mask, which counts as a third colour where it is 1
  std::uint64_t width = 3;               ///< of its vectors
};
inline std::string onnx_text_encoder(const TestText& text = {}) {
  std::vector<float> colours(static_cast<std::size_t>(kEndOfText + 1) * text.width);
  colours[static_cast<std::size_t>(kRed) * text.width] = 1;
  colours[static_cast<std::size_t>(kBlue) * text.width + 2] = 1;
  std::vector<std::pair<std::uint32_t, std::string>> graph{
      {5, onnx_floats("colours", {static_cast<std::uint64_t>(kEndOfText + 1), text.width}, colours)},
      {11, onnx_value("input_ids", {text.batch, text.length}, text.type)},
      {12, onnx_value("text_embeds", {text.batch, static_cast<std::int64_t>(text.width)})},
      {1, onnx_node("look_up", "Gather", {"colours", "input_ids"}, "tokens")},
      {1, onnx_node("mean", "ReduceMean", {"tokens"}, text.has_mask ? "of_words" : "text_embeds",
                    onnx_attribute("axes", std::vector<std::uint64_t>{1}) + onnx_attribute("keepdims", 0))}};
  if (text.has_mask) {
    graph.emplace_back(11, onnx_value("attention_mask", {text.batch, text.length}, text.type));
    graph.emplace_back(1, onnx_node("cast", "Cast", {"attention_mask"}, "used", onnx_attribute("to", 1)));
    graph.emplace_back(1, onnx_node("share", "ReduceMean", {"used"}, "share",
                                    onnx_attribute("axes", std::vector<std::uint64_t>{1})));  // [n, 1]
    graph.emplace_back(1, onnx_node("add", "Add", {"of_words", "share"}, "text_embeds"));
  }
  return onnx_model(graph);
}

struct TestImages {
  std::int64_t batch = -1, side = 32;  ///< −1: open
  bool has_patches = false;            ///< vectors of 8 × 8 pixels as "patches", instead of one as "image_embeds"
  bool has_class = false;              ///< with the mean of all before them
};
inline std::string onnx_image_encoder(const TestImages& images = {}) {
  const std::vector<std::uint64_t> eight{8, 8};
  std::vector<std::pair<std::uint32_t, std::string>> graph{
      {11, onnx_value("pixel_values", {images.batch, 3, images.side, images.side})}};
  const auto axes = [](std::vector<std::uint64_t> of) { return onnx_attribute("axes", of); };
  if (!images.has_patches) {
    graph.emplace_back(12, onnx_value("image_embeds", {images.batch, 3}));
    graph.emplace_back(1, onnx_node("mean", "ReduceMean", {"pixel_values"}, "image_embeds",
                                    axes({2, 3}) + onnx_attribute("keepdims", 0)));
    return onnx_model(graph);
  }
  graph.emplace_back(12, onnx_value("patches", {images.batch, -1, 3}));
  graph.emplace_back(5, onnx_integers("flat", {0, 3, -1}));
  graph.emplace_back(1, onnx_node("pool", "AveragePool", {"pixel_values"}, "means",
                                  onnx_attribute("kernel_shape", eight) + onnx_attribute("strides", eight)));
  graph.emplace_back(1, onnx_node("line", "Reshape", {"means", "flat"}, "line"));
  graph.emplace_back(1, onnx_node("turn", "Transpose", {"line"}, images.has_class ? "of_patches" : "patches",
                                  onnx_attribute("perm", std::vector<std::uint64_t>{0, 2, 1})));
  if (images.has_class) {
    graph.emplace_back(1, onnx_node("all", "ReduceMean", {"of_patches"}, "whole", axes({1})));
    graph.emplace_back(1, onnx_node("join", "Concat", {"whole", "of_patches"}, "patches", onnx_attribute("axis", 1)));
  }
  return onnx_model(graph);
}

}  // namespace errata::nn

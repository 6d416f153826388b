#include "errata/nn/onnx_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "errata/base/test_folder.h"
#include "errata/nn/test_onnx.h"
#include "errata/nn/test_words.h"

namespace errata::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string small_model() {
  return onnx_model({{1, onnx_node("/head/MatMul", "MatMul", {"x", "w"}, "y")},
                     {5, message_of({{8, "w"}, {9, "values"}})},
                     {11, onnx_value("x", {-1, 3, -1})},
                     {11, onnx_value("w", {3, 2})},
                     {12, onnx_value("y", {4, 2})}});
}

TEST(OnnxFile, TellsInputsOutputsAndNodes) {
  const auto file = parse_onnx(small_model(), "m.onnx").value();
  ASSERT_EQ(file.inputs.size(), 1U);  // w has a value
  EXPECT_EQ(file.inputs[0].words(), "x float32 [n, 3, ?]");
  ASSERT_EQ(file.outputs.size(), 1U);
  EXPECT_EQ(file.outputs[0].words(), "y float32 [4, 2]");
  ASSERT_EQ(file.nodes.size(), 1U);
  EXPECT_EQ(file.nodes[0].name, "/head/MatMul");
  EXPECT_THAT(file.nodes[0].inputs, ElementsAre("x", "w"));
  EXPECT_THAT(file.operators, ElementsAre(testing::Pair("", "MatMul")));
  EXPECT_FALSE(file.has_external_data);
  EXPECT_FALSE(foreign_operator(file));
}

TEST(OnnxFile, MoreOutputsAreAppended) {
  const auto file = parse_onnx(small_model(), "m.onnx").value();
  EXPECT_EQ(with_outputs(file, {}), file.content);
  const std::vector<std::string> more{"a", "b"};
  const auto changed = parse_onnx(with_outputs(file, more), "m.onnx").value();
  std::vector<std::string> names;
  for (const auto& output : changed.outputs) names.push_back(output.name);
  EXPECT_THAT(names, ElementsAre("y", "a", "b"));
  EXPECT_EQ(changed.nodes.size(), 1U);
}

TEST(OnnxFile, WhatIsNoModelIsRefused) {
  const auto words = [](const std::string& content) { return words_of(parse_onnx(content, "m.onnx")); };
  const std::string model = small_model();
  EXPECT_EQ(words(model), "");
  for (std::size_t size = 0; size < model.size(); ++size)
    EXPECT_EQ(words(model.substr(0, size)), "m.onnx: no ONNX model, or one that is cut short") << size;
  EXPECT_NE(words("PK\3\4 a zip file"), "");
  EXPECT_THAT(words(onnx_model({{1, onnx_node("a\033[2J", "Relu", {"x"}, "y")}})), HasSubstr("control characters"));
  std::string nested = message_of({{1, onnx_node("n", "Relu", {"x"}, "y")}});
  for (int depth = 0; depth < 100; ++depth)
    nested = message_of({{1, onnx_node("n", "If", {"x"}, "y", message_of({{5, message_of({{6, nested}})}}))}});
  std::string deep;
  append_field(deep, 1, std::uint64_t{8});
  append_field(deep, 7, nested);
  EXPECT_EQ(words(deep), "m.onnx: more than 64 graphs inside each other");
  EXPECT_THAT(words_of(read_onnx("none.onnx")), HasSubstr("none.onnx: "));
}

TEST(OnnxFile, OperatorsOfOthersAreFoundAtAnyDepth) {
  const std::string fold = message_of({{7, "com.example"}});
  const std::string inside = message_of({{1, onnx_node("n", "Fold", {"x"}, "y", fold)}});
  const std::string branch = message_of({{5, message_of({{6, inside}})}});
  const std::string model = onnx_model({{1, onnx_node("n", "If", {"x"}, "y", branch)}});
  const auto file = parse_onnx(model, "m.onnx").value();
  EXPECT_EQ(file.nodes.size(), 1U);
  EXPECT_EQ(foreign_operator(file), "com.example.Fold");
  std::string defined = model;
  append_field(defined, 25, message_of({{1, "Fold"}, {10, "com.example"}}));
  EXPECT_FALSE(foreign_operator(parse_onnx(defined, "m.onnx").value()));
}

TEST(OnnxFile, ExternalDataIsCheckedInEveryTensor) {
  const TestFolder folder;
  static_cast<void>(folder.file("w.bin", "12345678"));
  const auto tensor = [](const std::string& location, const std::string& length) {
    std::string of = message_of(
        {{8, "w"}, {13, message_of({{1, "location"}, {2, location}})}, {13, message_of({{1, "length"}, {2, length}})}});
    append_field(of, 14, std::uint64_t{1});
    return of;
  };
  const auto words = [&](const std::string& of) { return words_of(parse_onnx(of, folder / "m.onnx")); };
  const auto in_graph = [&](const std::string& of) { return onnx_model({{5, of}}); };
  const auto in_attribute = [&](const std::string& of) {
    return onnx_model({{1, onnx_node("n", "Constant", {}, "y", message_of({{5, message_of({{5, of}})}}))}});
  };
  const auto sparse = [&](const std::string& of) { return onnx_model({{15, message_of({{1, of}})}}); };
  const auto in_function = [&](const std::string& of) {
    std::string model = onnx_model({});
    append_field(model, 25,
                 message_of({{7, onnx_node("n", "Constant", {}, "y", message_of({{5, message_of({{5, of}})}}))}}));
    return model;
  };
  for (const auto& model_of :
       std::vector<std::function<std::string(const std::string&)>>{in_graph, in_attribute, sparse, in_function}) {
    EXPECT_EQ(words(model_of(tensor("w.bin", "8"))), "");
    EXPECT_THAT(words(model_of(tensor("w.bin", "9"))), HasSubstr("which has 8 bytes"));
    EXPECT_THAT(words(model_of(tensor("../w.bin", "1"))), HasSubstr("not in the model's folder"));
    EXPECT_THAT(words(model_of(tensor(".", "1"))), HasSubstr("not there"));
  }
}

TEST(OnnxFile, IsToldByItsNameOrItsBeginning) {
  const TestFolder folder;
  static_cast<void>(folder.file("model", small_model()));
  static_cast<void>(folder.file("text.ONNX", "text"));
  static_cast<void>(folder.file("script.pt", "PK\3\4"));
  static_cast<void>(folder.file("empty", ""));
  EXPECT_TRUE(looks_like_onnx(folder / "model"));
  EXPECT_TRUE(looks_like_onnx(folder / "text.ONNX"));
  EXPECT_FALSE(looks_like_onnx(folder / "script.pt"));
  EXPECT_FALSE(looks_like_onnx(folder / "empty"));
  EXPECT_FALSE(looks_like_onnx(folder / "none"));
}

}  // namespace
}  // namespace errata::nn

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
  append_field(
      defined, 25,
      message_of({{1, "Fold"}, {4, "x"}, {5, "y"}, {7, onnx_node("n", "Relu", {"x"}, "y")}, {10, "com.example"}}));
  EXPECT_FALSE(foreign_operator(parse_onnx(defined, "m.onnx").value()));
}

/// A model whose graph calls Fold on x, and functions of the same domain.
/// @param functions  fields of each
std::string model_with(const std::vector<std::vector<std::pair<std::uint32_t, std::string>>>& functions) {
  const std::string domain = message_of({{7, "com.example"}});
  std::string model = onnx_model(
      {{1, onnx_node("n", "Fold", {"x"}, "y", domain)}, {11, onnx_value("x", {2})}, {12, onnx_value("y", {2})}});
  for (auto fields : functions) {
    fields.emplace_back(10, "com.example");
    append_field(model, 25, message_of(fields));
  }
  return model;
}

TEST(OnnxFile, FunctionsFitTheirCalls) {
  const auto words = [](const auto& functions) { return words_of(parse_onnx(model_with(functions), "m.onnx")); };
  const auto body = [](const std::string& from, const std::string& to, const std::string& operation = "Relu") {
    return onnx_node("r", operation, {from}, to, operation == "Relu" ? "" : message_of({{7, "com.example"}}));
  };
  using Functions = std::vector<std::vector<std::pair<std::uint32_t, std::string>>>;
  EXPECT_EQ(words(Functions{{{1, "Fold"}, {4, "a"}, {5, "b"}, {7, body("a", "b")}}}), "");
  EXPECT_EQ(words(Functions{{{1, "Fold"}, {4, "a"}, {4, "of default"}, {5, "b"}, {7, body("a", "b")}}}), "");
  EXPECT_EQ(words(Functions{{{1, "Fold"}, {5, "b"}, {7, onnx_node("c", "Constant", {}, "b")}}}),
            "m.onnx: the function com.example.Fold takes 0 inputs and is called with 1");
  EXPECT_EQ(words(Functions{{{1, "Fold"}, {4, "a"}, {7, body("a", "b")}}}),
            "m.onnx: the function com.example.Fold has 0 outputs and is called for 1");
  EXPECT_EQ(words(Functions{{{1, "Fold"}, {4, "a"}, {5, "b"}, {7, body("c", "b")}}}),
            "m.onnx: the function com.example.Fold uses \"c\", which it does not have");
  EXPECT_EQ(words(Functions{{{1, "Fold"}, {4, "a"}, {5, "c"}, {7, body("a", "b")}}}),
            "m.onnx: the function com.example.Fold never makes its output \"c\"");
  const Functions::value_type fold{{1, "Fold"}, {4, "a"}, {5, "b"}, {7, body("a", "b", "More")}};
  EXPECT_EQ(words(Functions{fold, {{1, "More"}, {4, "a"}, {5, "b"}, {7, body("a", "b", "Fold")}}}),
            "m.onnx: the function com.example.Fold leads to itself");
  EXPECT_EQ(words(Functions{fold, fold}), "m.onnx: the function com.example.Fold is defined twice");
}

TEST(OnnxFile, FunctionsDoNotGrowWithoutEnd) {
  const auto calls_twice = [](int levels) {
    std::vector<std::vector<std::pair<std::uint32_t, std::string>>> functions;
    const std::string domain = message_of({{7, "com.example"}});
    for (int level = 0; level < levels; ++level) {
      const std::string next = level + 1 == levels ? "Relu" : "Fold" + std::to_string(level + 1);
      const std::string more = level + 1 == levels ? "" : domain;
      functions.push_back({{1, level == 0 ? "Fold" : "Fold" + std::to_string(level)},
                           {4, "a"},
                           {5, "c"},
                           {7, onnx_node("1", next, {"a"}, "b", more)},
                           {7, onnx_node("2", next, {"b"}, "c", more)}});
    }
    return words_of(parse_onnx(model_with(functions), "m.onnx"));
  };
  EXPECT_EQ(calls_twice(10), "");
  EXPECT_EQ(calls_twice(100), "m.onnx: its functions lead to more than 1000000 nodes");
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
  const auto in_default = [&](const std::string& of) {
    std::string model = onnx_model({});
    append_field(model, 25, message_of({{11, message_of({{5, of}})}}));
    return model;
  };
  for (const auto& model_of : std::vector<std::function<std::string(const std::string&)>>{
           in_graph, in_attribute, sparse, in_function, in_default}) {
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

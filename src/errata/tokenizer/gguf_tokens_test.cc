#include "errata/tokenizer/gguf_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/tokenizer/test_byte_level.h"
#include "errata/tokenizer/tokenizer_json.h"

namespace errata::tokenizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

GgufTokens small_gguf() {
  return {.tokens = {"<|end|>", "a", "b", "c", "Ġ", "ab", "Ġab", "abc", "1"},
          .merges = {"a b", "Ġ ab", "ab c"},
          .token_types = {3, 1, 1, 1, 1, 1, 1, 1, 1},
          .pre = "gpt-2",
          .bos = 0};
}

std::string why_no_gguf(const GgufTokens& gguf) {
  const auto made = gguf_vocabulary(gguf, "m.gguf");
  return made ? "none" : made.error().message;
}

TEST(GgufTokens, GiveTheVocabularyOfTokenizerJson) {
  EXPECT_EQ(gguf_vocabulary(small_gguf(), "m.gguf").value(),
            parse_tokenizer_json({.content = small_tokenizer(), .place = "tokenizer.json"}).value());
}

TEST(GgufTokens, PreSaysHowTextsAreSplit) {
  GgufTokens gguf = small_gguf();
  gguf.pre = "qwen2";
  EXPECT_TRUE(gguf_vocabulary(gguf, "m.gguf")->composes);
  EXPECT_EQ(gguf_vocabulary(gguf, "m.gguf")->splitting,
            (Splitting{.steps = {{.pattern = std::string(kQwen2Pattern)}}}));
  gguf.pre = "smollm";
  EXPECT_EQ(gguf_vocabulary(gguf, "m.gguf")->splitting,
            (Splitting{.steps = {{.pattern = R"(\p{N})"}}, .as_gpt2 = true}));
  gguf.pre = "llama-bpe";
  EXPECT_TRUE(gguf_vocabulary(gguf, "m.gguf")->ignores_merges);
  EXPECT_THAT(gguf_vocabulary(gguf, "m.gguf")->before, ElementsAre(0)) << "unless it says otherwise";
  gguf.adds_bos = false;
  EXPECT_THAT(gguf_vocabulary(gguf, "m.gguf")->before, ElementsAre());
  gguf.pre = "";
  const auto plain = ByteLevelTokenizer::create(gguf_vocabulary(gguf, "m.gguf").value(), "m.gguf").value();
  EXPECT_THAT(*plain.encode("abc 1"), ElementsAre(7, 4, 8)) << "numbers stand alone";
}

TEST(GgufTokens, TypesSayWhatIsAddedAndWhatIsUnused) {
  GgufTokens gguf = small_gguf();
  gguf.token_types = {3, 1, 1, 1, 1, 1, 1, 5, 4};
  gguf.merges = {"a b"};
  const auto vocabulary = gguf_vocabulary(gguf, "m.gguf").value();
  EXPECT_THAT(vocabulary.added, ElementsAre(AddedToken{.number = 0, .content = "<|end|>", .is_special = true},
                                            AddedToken{.number = 8, .content = "1"}));
  EXPECT_EQ(vocabulary.tokens[7], "");
  gguf.token_types.clear();
  EXPECT_THAT(gguf_vocabulary(gguf, "m.gguf")->added, ElementsAre());
}

TEST(GgufTokens, WhatIsNoVocabularyIsRefused) {
  GgufTokens gguf = small_gguf();
  gguf.pre = "tekken";
  EXPECT_THAT(why_no_gguf(gguf), HasSubstr("m.gguf: tokenizer.ggml.pre is \"tekken\""));
  gguf = small_gguf();
  gguf.token_types.pop_back();
  EXPECT_THAT(why_no_gguf(gguf), HasSubstr("token_type has 8 values for 9 tokens"));
  gguf.token_types.push_back(6);
  EXPECT_THAT(why_no_gguf(gguf), HasSubstr("token_type 8 is 6, not 1 to 5"));
  gguf = small_gguf();
  gguf.merges = {"a b", "ab"};
  EXPECT_THAT(why_no_gguf(gguf), HasSubstr("m.gguf: tokenizer.ggml: merge 1 is \"ab\""));
  gguf = small_gguf();
  gguf.adds_bos = true;
  gguf.bos = {};
  EXPECT_THAT(why_no_gguf(gguf), HasSubstr("no bos_token_id"));
  gguf = small_gguf();
  gguf.tokens[1] = "b";
  EXPECT_THAT(why_no_gguf(gguf), HasSubstr("the token \"b\" has two numbers, 1 and 2"));
}

}  // namespace
}  // namespace errata::tokenizer

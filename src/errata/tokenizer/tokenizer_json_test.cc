#include "errata/tokenizer/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/tokenizer/test_byte_level.h"

namespace errata::tokenizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kBytes = R"({"type":"ByteLevel"})";

Result<ByteLevelVocabulary> parsed(std::string_view json) {
  return parse_tokenizer_json({.content = json, .place = "tokenizer.json"});
}

std::string why_no_json(std::string_view json) {
  const auto vocabulary = parsed(json);
  return vocabulary ? "none" : vocabulary.error().message;
}

/// Of the small one with a piece in the place of another.
std::string with(std::string_view from, std::string_view to) {
  std::string json = small_tokenizer();
  return json.replace(json.find(from), from.size(), to);
}

TEST(TokenizerJson, MergesAreTextsOrPairs) {
  const auto texts = parsed(small_tokenizer()).value();
  EXPECT_THAT(texts.merges, ElementsAre(PairMerge{.left = 1, .right = 2, .product = 5},
                                        PairMerge{.left = 4, .right = 5, .product = 6},
                                        PairMerge{.left = 5, .right = 3, .product = 7}));
  EXPECT_EQ(parsed(small_tokenizer(R"([["a","b"],["Ġ","ab"],["ab","c"]])")).value(), texts);
  EXPECT_THAT(why_no_json(small_tokenizer(R"([["a","b","c"]])")),
              HasSubstr("tokenizer.json.model.merges: merge 0 is [\"a\",\"b\",\"c\"], neither"));
  EXPECT_THAT(why_no_json(small_tokenizer(R"([{"a":"b"}])")), HasSubstr("merge 0 is"));
  EXPECT_THAT(why_no_json(small_tokenizer(R"(["a b", "ab"])")), HasSubstr("merge 1 is \"ab\", not two tokens"));
  EXPECT_THAT(why_no_json(small_tokenizer(R"(["a  b"])")), HasSubstr("not two tokens with a space between"));
  EXPECT_THAT(why_no_json(small_tokenizer(R"(["b a"])")), HasSubstr("merge 0 speaks of \"ba\", which is no token"));
  EXPECT_THAT(why_no_json(small_tokenizer("7")), HasSubstr("model.merges: is no list"));
}

TEST(TokenizerJson, OldFilesHaveMergesAndNoType) {
  EXPECT_EQ(parsed(with(R"("type":"BPE",)", "")).value(), parsed(small_tokenizer()).value());
  EXPECT_THAT(why_no_json(R"({"model":{"vocab":{"a":0}}})"), HasSubstr("tokenizer.json.model: has no type"));
}

TEST(TokenizerJson, SplittingIsReadInItsOrder) {
  const auto splitting = parsed(small_tokenizer("[]", "null", R"({"type":"Sequence","pretokenizers":[
    {"type":"Digits","individual_digits":true},{"type":"Digits","individual_digits":false},
    {"type":"Split","pattern":{"String":"a.b"},"behavior":"Removed","invert":false},
    {"type":"Split","pattern":{"Regex":"\\p{L}+"},"behavior":"Removed","invert":true},
    {"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":false}]})"))
                             ->splitting;
  EXPECT_EQ(splitting, (Splitting{.steps = {{.pattern = R"(\p{N})"},
                                            {.pattern = R"(\p{N}+)"},
                                            {.pattern = R"(a\.b)", .drops_matches = true},
                                            {.pattern = R"(\p{L}+)", .drops_rest = true}},
                                  .begins_with_space = true}));
  EXPECT_TRUE(parsed(small_tokenizer())->splitting.as_gpt2);
  EXPECT_TRUE(parsed(small_tokenizer("[]", "null", kBytes))->splitting.as_gpt2) << "as where the field is missing";
}

TEST(TokenizerJson, NormalFormAndTokensAroundATextAreRead) {
  EXPECT_TRUE(parsed(small_tokenizer("[]", R"({"type":"NFC"})"))->composes);
  EXPECT_TRUE(parsed(small_tokenizer("[]", R"({"type":"Sequence","normalizers":[{"type":"NFC"}]})"))->composes);
  const auto framed = parsed(small_tokenizer("[]", "null", kBytes, R"({"type":"Sequence","processors":[
    {"type":"ByteLevel","trim_offsets":false},{"type":"TemplateProcessing","pair":[],
     "single":[{"SpecialToken":{"id":"<|end|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
     "special_tokens":{"<|end|>":{"id":"<|end|>","ids":[0],"tokens":["<|end|>"]}}}]})"))
                          .value();
  EXPECT_THAT(framed.before, ElementsAre(0));
  EXPECT_THAT(framed.after, ElementsAre());
}

TEST(TokenizerJson, WhatIsWrittenIsReadBack) {
  ByteLevelVocabulary vocabulary = parsed(small_tokenizer()).value();
  EXPECT_EQ(parsed(tokenizer_json(vocabulary)).value(), vocabulary);
  vocabulary.splitting = {.steps = {{.pattern = std::string(kQwen2Pattern)},
                                    {.pattern = "é", .drops_rest = true},
                                    {.pattern = "x", .drops_matches = true}},
                          .begins_with_space = true};
  vocabulary.composes = vocabulary.ignores_merges = true;
  vocabulary.unknown = 3;
  vocabulary.before = {0, 1};
  vocabulary.after = {0};
  vocabulary.added.push_back(
      {.number = 12, .content = "\"\n", .takes_before = true, .takes_after = true, .is_normalized = true});
  vocabulary.tokens[8].clear();
  vocabulary.tokens.push_back("é");
  EXPECT_EQ(parsed(tokenizer_json(vocabulary)).value(), vocabulary);
}

TEST(TokenizerJson, WhatIsNotSupportedIsRefusedByItsName) {
  EXPECT_THAT(why_no_json(with(R"("type":"BPE")", R"("type":"Unigram")")),
              HasSubstr("tokenizer.json.model: type \"Unigram\" is not supported; BPE is"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", R"({"type":"Lowercase"})")),
              HasSubstr("tokenizer.json.normalizer: \"Lowercase\" is not supported; NFC is"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", R"({"type":"Metaspace"})")),
              HasSubstr("\"Metaspace\" is not supported"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", "null")), HasSubstr("pre_tokenizer: is missing"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", R"({"type":"Digits"})")), HasSubstr("has no ByteLevel"));
  EXPECT_THAT(why_no_json(small_tokenizer(
                  "[]", "null", R"({"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]})")),
              HasSubstr("pretokenizers[1]: \"Digits\" behind ByteLevel"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null",
                                          R"({"type":"Split","pattern":{"Regex":"a"},"behavior":"MergedWithNext"})")),
              HasSubstr("behavior \"MergedWithNext\" is not supported"));
  EXPECT_THAT(
      why_no_json(small_tokenizer("[]", "null", R"({"type":"Split","pattern":{"Regex":"\\w"},"behavior":"Isolated"})")),
      HasSubstr("tokenizer.json.pre_tokenizer.pattern: the pattern \"\\w\" has, at byte 2"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", kBytes, R"({"type":"BertProcessing"})")),
              HasSubstr("post_processor: \"BertProcessing\" is not supported"));
  EXPECT_THAT(why_no_json(with(R"("decoder":{"type":"ByteLevel"})", R"("decoder":{"type":"Fuse"})")),
              HasSubstr("\"Fuse\""));
  EXPECT_THAT(why_no_json(with(R"("decoder":{"type":"ByteLevel"})", R"("decoder":null)")),
              HasSubstr("decoder: has no type"));
  EXPECT_THAT(why_no_json(with(R"("single_word":false)", R"("single_word":true)")),
              HasSubstr("tokenizer.json.added_tokens[0]: single_word is true, which is not supported"));
  for (const char* more :
       {R"("dropout":0.1,)", R"("byte_fallback":true,)", R"("end_of_word_suffix":"</w>",)", R"("fuse_unk":true,)"})
    EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", kBytes, "null", more)), HasSubstr("which is not supported"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", kBytes, "null", R"("speed":1,)")),
              HasSubstr("the field \"speed\""));
  EXPECT_EQ(why_no_json(small_tokenizer("[]", "null", kBytes, "null", R"("dropout":0.0,"end_of_word_suffix":"",)")),
            "none");
}

TEST(TokenizerJson, BrokenFilesAreRefused) {
  EXPECT_THAT(why_no_json(""), HasSubstr("tokenizer.json: no JSON object"));
  EXPECT_THAT(why_no_json("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(why_no_json("{}"), HasSubstr("tokenizer.json.model: has no type"));
  EXPECT_THAT(why_no_json(std::string(100, '[')), HasSubstr("nested more than 32 deep"));
  EXPECT_THAT(why_no_json("{\xFF}"), HasSubstr("is not UTF-8 (byte 2)"));
  EXPECT_THAT(why_no_json(std::string(kMostTokenizerBytes + 1, ' ')), HasSubstr("has more than 32 MiB"));
  EXPECT_THAT(why_no_json(with(R"("a":1)", R"("a":1000000000)")),
              HasSubstr("has the number 1000000000, not a whole one from 0 to 65553"));
  EXPECT_THAT(why_no_json(with(R"("a":1)", R"("a":-1)")), HasSubstr("has the number -1"));
  EXPECT_THAT(why_no_json(with(R"("a":1)", R"("a":2)")), HasSubstr("the tokens \"a\" and \"b\" have one number, 2"));
  EXPECT_THAT(why_no_json(with(R"("id":0)", R"("id":"0")")), HasSubstr("added_tokens[0]: it has the number \"0\""));
  EXPECT_THAT(why_no_json(with(R"("content":"<|end|>")", R"("content":7)")), HasSubstr("content is no text"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", kBytes, "null", R"("unk_token":"zz",)")),
              HasSubstr("unk_token \"zz\" is no token"));
  EXPECT_THAT(why_no_json(small_tokenizer("[]", "null", kBytes,
                                          R"({"type":"TemplateProcessing","single":[],"special_tokens":{}})")),
              HasSubstr("single: has no place for the text"));
  EXPECT_THAT(why_no_json(small_tokenizer(
                  "[]", "null", kBytes,
                  R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}],"special_tokens":{}})")),
              HasSubstr("special_tokens: has no ids for \"x\""));
}

}  // namespace
}  // namespace errata::tokenizer

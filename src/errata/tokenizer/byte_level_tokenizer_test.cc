#include "errata/tokenizer/byte_level_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "errata/tokenizer/byte_characters.h"
#include "errata/tokenizer/test_byte_level.h"
#include "errata/tokenizer/tokenizer_json.h"

namespace errata::tokenizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Numbers32 = std::vector<std::int32_t>;

ByteLevelTokenizer made_of(std::string_view json) {
  return ByteLevelTokenizer::create(parse_tokenizer_json({.content = json, .place = "tokenizer.json"}).value(),
                                    "tokenizer.json")
      .value();
}

/// All bytes, then what is said.
ByteLevelVocabulary bytes_and(const std::vector<std::string>& tokens) {
  ByteLevelVocabulary vocabulary;
  for (const std::uint8_t byte : byte_characters().order) vocabulary.tokens.push_back(byte_characters().text[byte]);
  vocabulary.tokens.insert(vocabulary.tokens.end(), tokens.begin(), tokens.end());
  vocabulary.splitting.as_gpt2 = true;
  return vocabulary;
}

std::string why_no_vocabulary(ByteLevelVocabulary vocabulary) {
  const auto made = ByteLevelTokenizer::create(std::move(vocabulary), "place");
  return made ? "none" : made.error().message;
}

TEST(ByteLevelTokenizer, MergesPiecesByRank) {
  const auto tokenizer = made_of(small_tokenizer());
  EXPECT_THAT(*tokenizer.encode("abc ab abc"), ElementsAre(7, 6, 6, 3)) << "Ġ ab goes before ab c";
  EXPECT_THAT(*tokenizer.encode("a<|end|>b1"), ElementsAre(1, 0, 2, 8));
  EXPECT_THAT(*tokenizer.encode(""), ElementsAre());
  EXPECT_EQ(tokenizer.size(), 9U);
  EXPECT_EQ(tokenizer.number_of("Ġab"), 6);
  EXPECT_EQ(tokenizer.number_of("<|end|>"), 0);
  EXPECT_EQ(tokenizer.number_of(""), std::nullopt);
  EXPECT_EQ(tokenizer.decode(Numbers32{7, 6, 0, 8, 99, -1}), "abc ab1");
  EXPECT_EQ(tokenizer.decode(Numbers32{0, 8}, true), "<|end|>1");
}

TEST(ByteLevelTokenizer, ABytewithoutATokenIsUnknownOrNothing) {
  EXPECT_THAT(*made_of(small_tokenizer()).encode("axb"), ElementsAre(5)) << "as the library does";
  const auto tokenizer =
      made_of(small_tokenizer(R"(["a b"])", "null", R"({"type":"ByteLevel"})", "null", R"("unk_token":"<|end|>",)"));
  EXPECT_THAT(*tokenizer.encode("axb"), ElementsAre(1, 0, 2));
}

TEST(ByteLevelTokenizer, APieceThatIsATokenNeedsNoMergesWhereTheyAreIgnored) {
  const auto with =
      made_of(small_tokenizer(R"(["a b"])", "null", R"({"type":"ByteLevel"})", "null", R"("ignore_merges":true,)"));
  EXPECT_THAT(*with.encode("abc"), ElementsAre(7));
  EXPECT_THAT(*with.encode("abca"), ElementsAre(5, 3, 1));
  EXPECT_THAT(*made_of(small_tokenizer(R"(["a b"])")).encode("abc"), ElementsAre(5, 3));
}

TEST(ByteLevelTokenizer, ComposesTextsAndNamesThatAreNormalized) {
  auto vocabulary = bytes_and({"Ã©"});  // é in UTF-8
  vocabulary.merges = {{.left = 127, .right = 102, .product = 256}};
  ASSERT_EQ(vocabulary.tokens[127] + vocabulary.tokens[102], "Ã©");
  vocabulary.composes = true;
  vocabulary.added = {{.number = 257, .content = "\u2126", .is_normalized = true},
                      {.number = 258, .content = "\u212B"}};
  const auto tokenizer = ByteLevelTokenizer::create(vocabulary, "place").value();
  EXPECT_THAT(*tokenizer.encode("e\u0301"), ElementsAre(256));
  EXPECT_THAT(*tokenizer.encode("\u03A9\u2126"), ElementsAre(257, 257));
  EXPECT_THAT(*tokenizer.encode("\u212B"), ElementsAre(258)) << "found before";
  EXPECT_EQ(tokenizer.decode(Numbers32{257}), "\u03A9");
}

RC_GTEST_PROP(ByteLevelTokenizer, AnyBytesComeBack, (const std::string& bytes)) {
  auto vocabulary = bytes_and({"ab", "Ġa"});
  vocabulary.merges = {{.left = 64, .right = 65, .product = 256}, {.left = 220, .right = 64, .product = 257}};
  const auto tokenizer = ByteLevelTokenizer::create(vocabulary, "place").value();
  RC_ASSERT(tokenizer.bytes_of(tokenizer.encode(bytes).value()) == bytes);
  RC_ASSERT(with_replacements(tokenizer.decode(tokenizer.encode(bytes).value())) == with_replacements(bytes));
}

TEST(ByteLevelTokenizer, WhatIsBrokenIsReplacedOnceForEachBeginning) {
  EXPECT_EQ(with_replacements("a\xE4\xBD"), "a\uFFFD") << "the beginning of a character";
  EXPECT_EQ(with_replacements("\xE4\xBD\xE4\xBD\xA0"), "\uFFFD\u4F60");
  EXPECT_EQ(with_replacements("\xF0\x9F\x91"), "\uFFFD");
  EXPECT_EQ(with_replacements("\xC0\x80\xFF"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(with_replacements("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "half of a pair";
  EXPECT_EQ(with_replacements("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(with_replacements("é"), "é");
}

TEST(ByteLevelTokenizer, VocabulariesThatAreNoneAreRefused) {
  EXPECT_THAT(why_no_vocabulary({}), HasSubstr("0 tokens, not 1 to"));
  EXPECT_THAT(why_no_vocabulary(bytes_and({"a"})), HasSubstr("the token \"a\" has two numbers, 64 and 256"));
  auto wrong = bytes_and({"ab"});
  wrong.merges = {{.left = 64, .right = 66, .product = 256}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("merge 0 makes \"ab\" of \"a\" and \"c\""));
  wrong.merges = {{.left = 64, .right = 65, .product = 256}, {.left = 64, .right = 65, .product = 256}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("\"a\" and \"b\" are merged twice"));
  wrong.merges = {{.left = 64, .right = 65, .product = 900}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("merge 0 is not of three tokens"));
  wrong = bytes_and({});
  wrong.added = {{.number = 64, .content = "<x>"}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("has the number 64, as the token \"a\" has"));
  wrong.added = {{.number = 300, .content = "a"}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("has the number 300, and as a token 64"));
  wrong.added = {{.number = 300, .content = "x"}, {.number = 300, .content = "y"}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("has the number 300, as \"x\" has"));
  wrong.added = {{.number = 300, .content = ""}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("its name has 0 bytes"));
  wrong.added = {{.number = 1 << 30, .content = "x"}};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("its number 1073741824 is not in 0 to"));
  wrong.added.clear();
  wrong.before = {256};
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("token 256 around a text"));
  wrong.before.clear();
  wrong.splitting.steps.resize(17, {.pattern = "a"});
  EXPECT_THAT(why_no_vocabulary(wrong), HasSubstr("more than 16 passes"));
}

}  // namespace
}  // namespace errata::tokenizer

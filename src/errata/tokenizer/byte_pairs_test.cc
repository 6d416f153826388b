#include "errata/tokenizer/byte_pairs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::tokenizer {
namespace {

using testing::HasSubstr;
using Ids = std::vector<std::int64_t>;

Result<BytePairs> pairs_of(std::string_view merges) {
  return BytePairs::from_merges({.content = merges, .place = "merges.txt"});
}

std::string words_of_error(std::string_view merges) {
  const auto pairs = pairs_of(merges);
  return pairs ? "none" : pairs.error().message;
}

Ids encoded(const BytePairs& pairs, std::string_view word) {
  Ids tokens;
  pairs.encode(word, tokens);
  return tokens;
}

TEST(BytePairs, BytesHaveTheOrderOfTheirCharacters) {
  const BytePairs pairs = pairs_of("a b\n").value();
  EXPECT_EQ(encoded(pairs, "!"), Ids{256}) << "byte 33 is the first that shows itself; alone it ends the word";
  EXPECT_EQ(encoded(pairs, "!a"), (Ids{0, 256 + 64}));
  EXPECT_EQ(encoded(pairs, "~\xA1"), (Ids{93, 256 + 94})) << "126 is followed by 161";
  EXPECT_EQ(encoded(pairs, "\xFF!"), (Ids{187, 256})) << "the last that shows itself";
  EXPECT_EQ(encoded(pairs, std::string("\0 ", 2)), (Ids{188, 256 + 220})) << "then 0 … 32";
  EXPECT_EQ(encoded(pairs, "\x7F\xAD"), (Ids{221, 256 + 255})) << "127 … 160, and 173 as the last";
  EXPECT_EQ(pairs.size(), 513);
}

TEST(BytePairs, TheLeastRankGoesFirstWhereverItIs) {
  // a=64 b=65; 512 ab, 513 ba, 514 abab, 515 ab</w>
  const BytePairs pairs = pairs_of("#version: 0.2\na b\nb a\nab ab\na b</w>\n").value();
  EXPECT_EQ(encoded(pairs, "abaa"), (Ids{512, 64, 256 + 64}));
  EXPECT_EQ(encoded(pairs, "baba"), (Ids{65, 512, 256 + 64})) << "ab before ba, though ba stands first";
  EXPECT_EQ(encoded(pairs, "ababa"), (Ids{514, 256 + 64}));
  EXPECT_EQ(encoded(pairs, "abababa"), (Ids{514, 512, 256 + 64})) << "from the left";
  EXPECT_EQ(encoded(pairs, "ab"), Ids{515}) << "the end of a word is a symbol of its own";
  EXPECT_EQ(encoded(pairs, "aaab"), (Ids{64, 64, 515}));
}

TEST(BytePairs, OverlappingPairsAreMergedFromTheLeft) {
  const BytePairs pairs = pairs_of("a a\r\naa a</w>\r\n").value();
  EXPECT_EQ(encoded(pairs, "aaaa"), (Ids{512, 64, 256 + 64}));
  EXPECT_EQ(encoded(pairs, "aaa"), Ids{513});
}

TEST(BytePairs, AVocabularyOfItsOwnNumbersTheTokens) {
  std::string json = "{\"ab\": 7, \"<|endoftext|>\": 9000";
  // Bytes from 1000 on, in an order of their own: those above 126 as JSON's escapes of their characters.
  int number = 1000;
  for (int byte = 0; byte < 256; ++byte) {
    const bool shows = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const int hidden = byte < 33 ? byte : byte < 161 ? byte - 127 + 33 : 67;
    for (const char* const end : {"", "</w>"})
      json += fmt::format(", \"\\u{:04x}{}\": {}", shows ? byte : 256 + hidden, end, number++);
  }
  json += "}";
  const auto pairs =
      BytePairs::from_vocabulary({.content = json, .place = "vocab.json"}, {.content = "a b\n", .place = "merges.txt"});
  ASSERT_TRUE(pairs) << pairs.error().message;
  EXPECT_EQ(encoded(*pairs, "abb"), (Ids{7, 1000 + 2 * 'b' + 1}));
  EXPECT_EQ(encoded(*pairs, "\xAD"), Ids{1000 + 2 * 0xAD + 1});
  EXPECT_EQ(pairs->special("<|endoftext|>").value(), 9000);
  EXPECT_EQ(pairs->size(), 9001);
  EXPECT_THAT(pairs->special("<|x|>").error().message, HasSubstr("vocab.json: has no token <|x|>"));
  const auto missing = BytePairs::from_vocabulary({.content = json, .place = "vocab.json"},
                                                  {.content = "a b\nb a\n", .place = "merges.txt"});
  EXPECT_EQ(missing.error().message, "merges.txt: line 2: makes ba, which has no number in vocab.json");
}

TEST(BytePairs, HostileMergesAreRefusedByTheirLine) {
  EXPECT_EQ(words_of_error(""), "merges.txt: holds no merges, lines of two tokens");
  EXPECT_EQ(words_of_error("#version: 0.2\n"), "merges.txt: holds no merges, lines of two tokens");
  EXPECT_EQ(words_of_error("a b\na"), "merges.txt: line 2: \"a\" is no merge, which is two tokens with a space between")
      << "cut short";
  EXPECT_THAT(words_of_error("a b c\n"), HasSubstr("line 1: \"a b c\" is no merge"));
  EXPECT_THAT(words_of_error("a \n"), HasSubstr("line 1"));
  EXPECT_EQ(words_of_error("ab c\na b\n"), "merges.txt: line 1: ab is made by no byte and no line before");
  EXPECT_EQ(words_of_error("ab a\nab ab\n"), "merges.txt: line 1: ab is made by no byte and no line before")
      << "a ring";
  EXPECT_EQ(words_of_error("a b\na b\n"), "merges.txt: line 2: makes ab, which is made already");
  EXPECT_EQ(words_of_error("a b\nb c\nab c\na bc\n"), "merges.txt: line 4: makes abc, which is made already");
  EXPECT_EQ(words_of_error("a b\n\xC3("), "merges.txt: is not UTF-8 (byte 5); a vocabulary is text");
  EXPECT_THAT(words_of_error("a \x1b[31m\n"), testing::Not(HasSubstr("\x1b"))) << "no message steers a terminal";
  EXPECT_THAT(words_of_error(std::string(kMostVocabularyBytes + 1, 'a')), HasSubstr("more than 16 MiB"));
  EXPECT_LT(words_of_error(std::string(100'000, 'a')).size(), 200U);
}

TEST(BytePairs, HostileVocabulariesAreRefusedByTheirFile) {
  const auto words = [](std::string_view json) {
    const auto pairs = BytePairs::from_vocabulary({.content = json, .place = "vocab.json"},
                                                  {.content = "a b\n", .place = "merges.txt"});
    return pairs ? "none" : pairs.error().message;
  };
  for (const char* const no_json : {"", "{", "[1]", "7", "{}", "{\"a\": 1", "a b\n"})
    EXPECT_EQ(words(no_json), "vocab.json: is no JSON object of tokens and their numbers (vocab.json)") << no_json;
  EXPECT_THAT(words(std::string(100'000, '[')), HasSubstr("is no JSON"));
  EXPECT_THAT(words("{\"a\": -1}"), HasSubstr("the token a has the number -1, not a whole one from 0 to"));
  EXPECT_THAT(words("{\"a\": 1.5}"), HasSubstr("has the number 1.5"));
  EXPECT_THAT(words("{\"a\": 99999999999}"), HasSubstr("has the number 99999999999"));
  EXPECT_THAT(words("{\"a\": {\"b\": 1}}"), HasSubstr("not a whole one"));
  EXPECT_EQ(words("{\"a\": 1, \"b\": 1}"), "vocab.json: the tokens a and b have one number, 1");
  EXPECT_THAT(words("{\"a\": 1}"), HasSubstr("a vocabulary of bytes has all 256"));
  EXPECT_THAT(words("{\"\xff\": 1}"), HasSubstr("is not UTF-8"));
}

TEST(BytePairs, OfMoreMergesThanClipHasTheFirstAreUsed) {
  // Two characters of three bytes: every pair of bytes once is 65,536 merges.
  std::string merges;
  const auto text = [](int byte) {
    std::string character;
    if (byte < 0x80)
      character = static_cast<char>(byte);
    else
      character = {static_cast<char>(0xC0 | (byte >> 6)), static_cast<char>(0x80 | (byte & 0x3F))};
    return character;
  };
  std::size_t lines = 0;
  for (int a = 174; a < 256; ++a)
    for (int b = 33; b < 127; ++b)
      for (int c = 174; c < 182; ++c) {
        if (c == 174) merges += text(a) + " " + text(b) + "\n", ++lines;
        merges += text(a) + text(b) + " " + text(c) + "\n";
        ++lines;
      }
  ASSERT_GT(lines, 48'894U);
  EXPECT_EQ(pairs_of(merges).value().size(), 512 + 48'894);
}

}  // namespace
}  // namespace errata::tokenizer

#include "errata/tokenizer/clip_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::tokenizer {
namespace {

using Ids = std::vector<std::int64_t>;

/// 512 ca, 513 cat</w>, 514 th, 515 the</w>, 516 's</w>, 517 don</w>; 518 starts and 519 ends.
ClipTokenizer small() {
  return ClipTokenizer::make(
             {.content = "#version: 0.2\nc a\nca t</w>\nt h\nth e</w>\n' s</w>\no n</w>\n", .place = "m"}, {})
      .value();
}

constexpr std::int64_t kStart = 518, kEnd = 519;

/// Without start, end and padding.
Ids text_of(std::string_view text) {
  const ClipTokens tokens = small().encode(text);
  EXPECT_EQ(tokens.ids.size(), kClipLength);
  EXPECT_EQ(tokens.ids.front(), kStart);
  EXPECT_EQ(tokens.ids[tokens.used - 1], kEnd);
  EXPECT_EQ(tokens.left_out, 0U);
  return {tokens.ids.begin() + 1, tokens.ids.begin() + static_cast<std::ptrdiff_t>(tokens.used) - 1};
}

constexpr std::int64_t inside(char c) { return c - 33; }
constexpr std::int64_t at_end(char c) { return 256 + c - 33; }

TEST(ClipTokenizer, WordsBetweenStartAndEndThenZeros) {
  const ClipTokens tokens = small().encode("The CAT", 6);
  EXPECT_EQ(tokens.ids, (Ids{kStart, 515, 513, kEnd, 0, 0}));
  EXPECT_EQ(tokens.used, 4U);
  EXPECT_EQ(small().size(), 520);
  EXPECT_EQ(small().encode("", 3).ids, (Ids{kStart, kEnd, 0}));
  EXPECT_EQ(small().encode(" \t\n", 3).ids, (Ids{kStart, kEnd, 0}));
}

TEST(ClipTokenizer, WhiteSpaceIsOneSpace) {
  EXPECT_EQ(text_of("  the\t\n cat\u00A0the "), (Ids{515, 513, 515}));
  EXPECT_EQ(text_of("the\u3000cat"), (Ids{515, 513}));
}

TEST(ClipTokenizer, PartsByKinds) {
  EXPECT_EQ(text_of("cat's"), (Ids{513, 516}));
  EXPECT_EQ(text_of("'sam"), (Ids{516, inside('a'), at_end('m')})) << "'s before letters as well";
  EXPECT_EQ(text_of("!'s"), (Ids{inside('!'), at_end('\''), at_end('s')}))
      << "within a run of other characters it is none";
  EXPECT_EQ(text_of("42"), (Ids{at_end('4'), at_end('2')})) << "numbers stand alone";
  EXPECT_EQ(text_of("cat,cat"), (Ids{513, at_end(','), 513}));
  EXPECT_EQ(text_of("a1b"), (Ids{at_end('a'), at_end('1'), at_end('b')}));
  EXPECT_EQ(text_of("?!"), (Ids{inside('?'), at_end('!')}));
  EXPECT_EQ(text_of("don't"), (Ids{inside('d'), 517, inside('\''), at_end('t')}));
}

TEST(ClipTokenizer, LettersOfEveryScriptAreBytes) {
  // ä is C3 A4: 0xC3 is 100 + (0xC3 − 174) … of those that show themselves: 94 + 12 before 174.
  constexpr std::int64_t kC3 = 94 + 12 + (0xC3 - 174), kA4 = 94 + (0xA4 - 161);
  EXPECT_EQ(text_of("Ä"), (Ids{kC3, 256 + kA4}));
  EXPECT_EQ(text_of("catä"), (Ids{512, inside('t'), kC3, 256 + kA4})) << "one run of letters";
  EXPECT_EQ(text_of("\xC3"), Ids{256 + kC3}) << "a broken byte is a byte";
  EXPECT_EQ(text_of("\u0130").size(), 3U) << "i and a dot above, which is no letter";
}

TEST(ClipTokenizer, NamesOfSpecialTokensAreText) {
  EXPECT_THAT(text_of("<|endoftext|>"), testing::Each(testing::Lt(512)));
  EXPECT_EQ(text_of("<|cat"), (Ids{inside('<'), at_end('|'), 513}));
}

TEST(ClipTokenizer, WhatFindsNoRoomIsCounted) {
  const ClipTokens exact = small().encode("the cat the", 5);
  EXPECT_EQ(exact.ids, (Ids{kStart, 515, 513, 515, kEnd}));
  EXPECT_EQ(exact.left_out, 0U);
  const ClipTokens cut = small().encode("the cat the", 4);
  EXPECT_EQ(cut.ids, (Ids{kStart, 515, 513, kEnd}));
  EXPECT_EQ(cut.used, 4U);
  EXPECT_EQ(cut.left_out, 1U);
  EXPECT_EQ(small().encode(std::string(10'000, '7')).left_out, 10'000U - 75);
  EXPECT_EQ(small().encode("cat", 2).ids, (Ids{kStart, kEnd}));
}

TEST(ClipTokenizer, AVocabularyOfItsOwnNamesStartAndEnd) {
  const NamedText merges{.content = "a b\n", .place = "merges.txt"};
  const auto made = ClipTokenizer::make(merges, NamedText{.content = "{\"a\": 1}", .place = "vocab.json"});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, testing::StartsWith("vocab.json: "));
}

}  // namespace
}  // namespace errata::tokenizer

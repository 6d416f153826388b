#include "errata/tokenizer/split_pattern.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace errata::tokenizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What matches, each in its own place.
std::vector<std::string> matches(std::string_view pattern, std::string_view text) {
  const auto made = SplitPattern::create(pattern, "tokenizer.json").value();
  std::vector<std::string> found;
  EXPECT_TRUE(made.find(
      text, [&](std::size_t begin, std::size_t end) { found.emplace_back(text.substr(begin, end - begin)); }));
  return found;
}

std::string why_no_pattern(std::string_view pattern) {
  const auto made = SplitPattern::create(pattern, "tokenizer.json");
  return made ? "none" : made.error().message;
}

TEST(SplitPattern, Gpt2PartsWordsWithTheSpaceBeforeThem) {
  EXPECT_THAT(matches(kGpt2Pattern, "I'll pay  $12, d'accord\n "),
              ElementsAre("I", "'ll", " pay", " ", " $", "12", ",", " d", "'", "accord", "\n "));
}

TEST(SplitPattern, Llama3TakesNumbersByThreesAndQwen2OneByOne) {
  EXPECT_THAT(matches(kLlama3Pattern, "WE'VE 12345!\n\n x"), ElementsAre("WE", "'VE", " ", "123", "45", "!\n\n", " x"));
  EXPECT_THAT(matches(kQwen2Pattern, "a12"), ElementsAre("a", "1", "2"));
}

TEST(SplitPattern, WhiteSpaceIsUnicodes) {
  EXPECT_THAT(matches(R"(\s+)", "a\u0085\u00A0\u3000b\u180Ec\u200Bd"), ElementsAre("\u0085\u00A0\u3000"))
      << "U+180E and U+200B are none";
  EXPECT_THAT(matches(R"([^\s]+)", "a\u2003b"), ElementsAre("a", "b"));
  EXPECT_THAT(matches(R"(\S)", " \u180E"), ElementsAre("\u180E"));
}

TEST(SplitPattern, EmptyMatchesNeitherStandStillNorFollowAnother) {
  EXPECT_EQ(matches(R"((?=b))", "abcb").size(), 2U);
  EXPECT_EQ(matches(R"(a*)", "aab").size(), 2U) << "aa, and behind b";
  EXPECT_THAT(matches(R"((?<=é)x)", "éxx"), ElementsAre("x"));
}

TEST(SplitPattern, WhatMeansSomethingElseElsewhereIsRefusedByItsPlace) {
  EXPECT_THAT(why_no_pattern(R"(a\bc)"), HasSubstr("at byte 3, a backslash before it, which is not supported"));
  EXPECT_THAT(why_no_pattern(R"(\w+)"), HasSubstr("at byte 2"));
  EXPECT_THAT(why_no_pattern(R"(\p{Han})"), HasSubstr("no general category"));
  EXPECT_THAT(why_no_pattern("^a"), HasSubstr("a ^ that stands alone"));
  EXPECT_THAT(why_no_pattern("[a[b]]"), HasSubstr("a class in a class"));
  EXPECT_THAT(why_no_pattern(R"([\S])"), HasSubstr("\\S in a class"));
  EXPECT_THAT(why_no_pattern("[]"), HasSubstr("an empty class"));
  EXPECT_THAT(why_no_pattern("[a"), HasSubstr("the end, where a class is open"));
  EXPECT_THAT(why_no_pattern("(?>a)"), HasSubstr("a group of another kind"));
  EXPECT_THAT(why_no_pattern("(a"), HasSubstr("where a group is open"));
  EXPECT_THAT(why_no_pattern("a)"), HasSubstr("a ) that closes nothing"));
  EXPECT_THAT(why_no_pattern("a{2,3}+"), HasSubstr("a repeat of a repeat"));
  EXPECT_THAT(why_no_pattern("a{3,2}"), HasSubstr("no {m}, {m,} or {m,n}"));
  EXPECT_THAT(why_no_pattern("a{,2}"), HasSubstr("no number up to 1000"));
  EXPECT_THAT(why_no_pattern("(?=a)*"), HasSubstr("a look ahead or behind that is repeated"));
  EXPECT_THAT(why_no_pattern(""), HasSubstr("an empty pattern"));
  EXPECT_THAT(why_no_pattern("\xFF"), HasSubstr("is not UTF-8"));
  EXPECT_THAT(why_no_pattern(std::string(40, '(')), HasSubstr("a group in too many others"));
  EXPECT_THAT(why_no_pattern("(?<=a+)b"), HasSubstr("is none"));
}

TEST(SplitPattern, WhatMayTakeExponentialTimeIsRefusedAndTheRestIsBounded) {
  EXPECT_THAT(why_no_pattern("(a+)+b"), HasSubstr("a repeated group that repeats"));
  EXPECT_THAT(why_no_pattern("(a{2,}|b)*c"), HasSubstr("a repeated group that repeats"));
  std::string pattern;
  for (int i = 0; i < 12; ++i) pattern += "a*";
  const auto made = SplitPattern::create(pattern + "[bc]", "tokenizer.json").value();
  const auto done = made.find(std::string(4000, 'a'), [](std::size_t, std::size_t) {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("tokenizer.json: a pattern takes more steps"));
}

TEST(SplitPattern, LiteralsAndEscapedSignsAreThemselves) {
  EXPECT_THAT(matches(R"(\.\/|\-|é|[\]\-])", "a./-é]"), ElementsAre("./", "-", "é", "]"));
  EXPECT_EQ(SplitPattern::translated(R"(\s|\S|[^\s\p{L}]|é.)", "p").value(),
            R"([\x09-\x0d\x{85}\p{Z}]|[^\x09-\x0d\x{85}\p{Z}]|[^\x09-\x0d\x{85}\p{Z}\p{L}]|\x{e9}[^\n])");
}

}  // namespace
}  // namespace errata::tokenizer

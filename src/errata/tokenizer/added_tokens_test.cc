#include "errata/tokenizer/added_tokens.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::tokenizer {
namespace {

/// Texts as they are, tokens as <number>.
std::string walked(const std::vector<AddedToken>& tokens, std::string_view text) {
  std::string out;
  EXPECT_TRUE(AddedTokens(tokens).walk(
      text,
      [&](std::string_view piece) -> Result<void> {
        EXPECT_FALSE(piece.empty());
        out += fmt::format("[{}]", piece);
        return {};
      },
      [&](std::int32_t number) { out += fmt::format("<{}>", number); }));
  return out;
}

TEST(AddedTokens, TheLeftmostAndLongestIsFound) {
  const std::vector<AddedToken> tokens{{.number = 1, .content = "<|"}, {.number = 2, .content = "<|a|>"}};
  EXPECT_EQ(walked(tokens, "x<|a|><|b<|a|"), "[x]<2><1>[b]<1>[a|]");
  EXPECT_EQ(walked(tokens, "<|a|>"), "<2>");
  EXPECT_EQ(walked(tokens, ""), "");
  EXPECT_EQ(walked({}, "x"), "[x]");
}

TEST(AddedTokens, TakeWhiteSpaceBesideThemWhereTheySaySo) {
  const std::vector<AddedToken> tokens{{.number = 1, .content = "B", .takes_before = true},
                                       {.number = 2, .content = "A", .takes_after = true}};
  EXPECT_EQ(walked(tokens, "x \u3000B y"), "[x]<1>[ y]");
  EXPECT_EQ(walked(tokens, "A \nx A\u00A0 B"), "<2>[x ]<2><1>");
  EXPECT_EQ(walked(tokens, " B"), "<1>");
}

}  // namespace
}  // namespace errata::tokenizer

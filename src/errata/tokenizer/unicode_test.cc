#include "errata/tokenizer/unicode.h"

#include <gtest/gtest.h>

namespace errata::tokenizer {
namespace {

TEST(Unicode, PartsLettersNumbersSpacesAndTheRest) {
  for (const char32_t letter : {U'a', U'Z', U'ß', U'é', U'Ω', U'ж', U'א', U'ع', U'अ', U'あ', U'漢', U'\U00020000'})
    EXPECT_EQ(kind_of(letter), CharacterKind::letter) << static_cast<std::uint32_t>(letter);
  for (const char32_t number : {U'0', U'9', U'½', U'²', U'٣', U'Ⅷ', U'〇'})
    EXPECT_EQ(kind_of(number), CharacterKind::number) << static_cast<std::uint32_t>(number);
  for (const char32_t space : {U' ', U'\t', U'\n', U'\u00A0', U'\u3000', U'\u2028'})
    EXPECT_EQ(kind_of(space), CharacterKind::space) << static_cast<std::uint32_t>(space);
  for (const char32_t other : {U'!', U'_', U'€', U'\u0301', U'\u200D', U'😀', U'\uFFFD', U'\U0010FFFF', U'\0'})
    EXPECT_EQ(kind_of(other), CharacterKind::other) << static_cast<std::uint32_t>(other);
}

TEST(Unicode, EdgesOfRanges) {
  EXPECT_EQ(kind_of(U'@'), CharacterKind::other);  // before A
  EXPECT_EQ(kind_of(U'['), CharacterKind::other);  // after Z
  EXPECT_EQ(kind_of(U'\u00D7'), CharacterKind::other) << "multiplication sign, between letters";
}

TEST(Unicode, CapitalsBecomeSmall) {
  EXPECT_EQ(small_letter(U'A'), U'a');
  EXPECT_EQ(small_letter(U'Z'), U'z');
  EXPECT_EQ(small_letter(U'a'), U'a');
  EXPECT_EQ(small_letter(U'['), U'[');
  EXPECT_EQ(small_letter(U'Ä'), U'ä');
  EXPECT_EQ(small_letter(U'\u0100'), U'\u0101') << "every second code is a capital";
  EXPECT_EQ(small_letter(U'\u0101'), U'\u0101');
  EXPECT_EQ(small_letter(U'\u0102'), U'\u0103');
  EXPECT_EQ(small_letter(U'\u0178'), U'ÿ');
  EXPECT_EQ(small_letter(U'Σ'), U'σ');
  EXPECT_EQ(small_letter(U'Ж'), U'ж');
  EXPECT_EQ(small_letter(U'\u212A'), U'k') << "the sign for kelvin";
  EXPECT_EQ(small_letter(U'\U00010400'), U'\U00010428');
  EXPECT_EQ(small_letter(U'\u0130'), U'\u0130') << "its small form is two characters";
}

}  // namespace
}  // namespace errata::tokenizer

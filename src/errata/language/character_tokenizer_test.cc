#include "errata/language/character_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/test_folder.h"

namespace errata::language {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CharacterTokenizer, GivesEveryCharacterItsPlace) {
  const auto tokenizer = CharacterTokenizer::create("01+=").value();
  EXPECT_THAT(*tokenizer.encode("1+0="), ElementsAre(2, 3, 1, 4));
  EXPECT_EQ(tokenizer.decode(std::vector<std::int32_t>{2, 0, 4}), "1=");
  EXPECT_EQ(tokenizer.vocabulary(), 5U);
  EXPECT_THAT(tokenizer.encode("1-").error().message, HasSubstr("0x2d"));
}

TEST(CharacterTokenizer, RefusesAlphabetsThatAreNone) {
  EXPECT_THAT(CharacterTokenizer::create("").error().message, HasSubstr("without characters"));
  EXPECT_THAT(CharacterTokenizer::create("aba").error().message, HasSubstr("'a' stands twice"));
  EXPECT_THAT(CharacterTokenizer::create("a\n").error().message, HasSubstr("byte 0x0a"));
}

TEST(CharacterTokenizer, IsReadBackAsItWasWritten) {
  const TestFolder folder;
  ASSERT_TRUE(CharacterTokenizer::create("01+\"\\")->save(folder.path()));
  EXPECT_EQ(CharacterTokenizer::load(folder.path())->alphabet(), "01+\"\\");
  (void)folder.file("characters.json", R"({"schema":"errata.characters","characters":[1]})");
  EXPECT_THAT(CharacterTokenizer::load(folder.path()).error().message, HasSubstr("no alphabet"));
}

}  // namespace
}  // namespace errata::language

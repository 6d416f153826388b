#include "errata/base/command_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

TEST(SplitCommand, PartsWordsAsAShellDoes) {
  EXPECT_EQ(split_command("python3 mine.py").value(), (Words{"python3", "mine.py"}));
  EXPECT_EQ(split_command("  a\tb  ").value(), (Words{"a", "b"}));
  EXPECT_EQ(split_command("'my allocator' \"it's\" a'b'\"c\"").value(), (Words{"my allocator", "it's", "abc"}));
  EXPECT_EQ(split_command(R"(a\ b \| '\' "\"\\\a" '')").value(), (Words{"a b", "|", "\\", "\"\\\\a", ""}));
  EXPECT_EQ(split_command("a\\\nb \"c\\\nd\"").value(), (Words{"ab", "cd"}));
  EXPECT_EQ(split_command("sh -c 'cat | sort; echo $HOME'").value(), (Words{"sh", "-c", "cat | sort; echo $HOME"}));
  EXPECT_EQ(split_command("ls * ~ # ?").value(), (Words{"ls", "*", "~", "#", "?"}));
}

TEST(SplitCommand, RefusesWhatOnlyAShellCouldDoAndWhatHasNoEnd) {
  for (const auto& [command, word] :
       {std::pair{"a | b", "|"}, std::pair{"a > b", ">"}, std::pair{"a $HOME", "$"}, std::pair{"a \"$HOME\"", "$"},
        std::pair{"a `b`", "`"}, std::pair{"a; b", ";"}, std::pair{"'a", "'"}, std::pair{"a \"b", "\""},
        std::pair{"a\\", "\\"}, std::pair{"", "no words"}, std::pair{"  ", "no words"}}) {
    const auto words = split_command(command);
    ASSERT_FALSE(words) << command;
    EXPECT_EQ(words.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(words.error().message, HasSubstr(word));
    EXPECT_THAT(words.error().message, HasSubstr(std::string_view(command).substr(0, 1))) << "names the command";
  }
}

}  // namespace
}  // namespace errata

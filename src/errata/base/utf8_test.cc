#include "errata/base/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace errata {
namespace {

TEST(Utf8, BrokenBytesAreReadOneByOne) {
  EXPECT_EQ(first_character("\xc0\x80").bytes, 1);          // overlong
  EXPECT_EQ(first_character("\xed\xa0\x80").code, 0xFFFD);  // surrogate
  EXPECT_EQ(first_character("\xe6\x9d").code, 0xFFFD);      // cut off
  EXPECT_EQ(first_character("\xe6\x9d\xb1").code, U'東');
}

RC_GTEST_PROP(Utf8, EveryCodePointIsReadBackAsItWasWritten, ()) {
  const auto code = static_cast<char32_t>(*rc::gen::suchThat(
      rc::gen::inRange(0, 0x110000), [](int candidate) { return candidate < 0xD800 || candidate > 0xDFFF; }));
  std::string text;
  append_utf8(text, code);
  RC_ASSERT(first_character(text).code == code);
  RC_ASSERT(first_character(text).bytes == text.size());
}

TEST(Utf8, BrokenBytesAreShown) {
  EXPECT_EQ(with_broken_bytes_shown("Zürich"), "Zürich");
  EXPECT_EQ(with_broken_bytes_shown("caf\xe9 \xef\xbf\xbd"), "caf\\xE9 \xef\xbf\xbd");  // U+FFFD itself is sound
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(first_bytes("aü", 2), "a");
  EXPECT_EQ(first_bytes("aü", 3), "aü");
  EXPECT_EQ(first_bytes("aü", 9), "aü");
}

}  // namespace
}  // namespace errata

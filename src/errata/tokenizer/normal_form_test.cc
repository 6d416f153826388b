#include "errata/tokenizer/normal_form.h"

#include <gtest/gtest.h>

#include <string>

#include "errata/base/utf8.h"

namespace errata::tokenizer {
namespace {

TEST(NormalForm, ComposesAndOrders) {
  EXPECT_EQ(composed("e\u0301a\u030A"), "\u00E9\u00E5");
  EXPECT_EQ(composed("\u212B \u2126"), "\u00C5 \u03A9") << "characters that are others";
  EXPECT_EQ(composed("q\u0307\u0323"), "q\u0323\u0307") << "marks below come first";
  EXPECT_EQ(composed("\u1100\u1161\u11A8"), "\uAC01") << "Hangul";
  EXPECT_EQ(composed("\u0344"), "\u0308\u0301") << "stays apart";
  EXPECT_EQ(composed(""), "");
  const std::string plain("a\0b", 3);
  EXPECT_EQ(composed(plain), plain);
}

TEST(NormalForm, LeavesAloneWhatItSaysIsSurelyComposed) {
  for (char32_t code = 0; code < 0x20000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string text;
    append_utf8(text, code);
    if (!is_surely_composed(text)) continue;
    EXPECT_EQ(composed("\u0340a" + text + "a"), "\u0300a" + text + "a") << static_cast<std::uint32_t>(code);
  }
}

TEST(NormalForm, ManyMarksTakeNoQuadraticTime) {
  std::string text = "a";
  for (int i = 0; i < 200'000; ++i) text += i % 2 == 0 ? "\u0301" : "\u0316";
  const std::string sorted = composed(text);
  EXPECT_TRUE(sorted.starts_with("\u00E1\u0316\u0316"));
  EXPECT_TRUE(sorted.ends_with("\u0301\u0301"));
}

}  // namespace
}  // namespace errata::tokenizer

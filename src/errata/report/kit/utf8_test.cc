#include "errata/report/kit/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace errata::report {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Utf8, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("Zürich"), 6);
  EXPECT_EQ(display_width("東京"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("\xff"), 1);
}

TEST(Utf8, WrapsAtSpacesAndBreaksLongWords) {
  EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("  abcdefgh ij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(wrap("東京都 a", 4), ElementsAre("東京", "都 a"));
  EXPECT_THAT(wrap("   ", 4), IsEmpty());
}

RC_GTEST_PROP(Utf8, NoWrappedLineIsWiderAndNothingButSpacesIsLost, (const std::string& text)) {
  const auto width = static_cast<std::size_t>(*rc::gen::inRange(2, 40));
  std::string kept;
  for (const std::string& line : wrap(text, width)) {
    RC_ASSERT(display_width(line) <= width);
    kept += line;
  }
  std::string wanted = text;
  std::erase(wanted, ' ');
  std::erase(kept, ' ');
  RC_ASSERT(kept == wanted);
}

TEST(Utf8, FitsAndPads) {
  EXPECT_EQ(pad_right("東", 4), "東  ");
  EXPECT_EQ(pad_left("ü", 3), "  ü");
  EXPECT_EQ(pad_left("long", 2), "long");
  EXPECT_EQ(fit("native-country", 8), "native-…");
  EXPECT_EQ(fit("東京都", 5), "東京…");
  EXPECT_EQ(fit("short", 8), "short");
}

}  // namespace
}  // namespace errata::report

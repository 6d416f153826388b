#include "errata/base/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Words, AreInSmallLettersWithoutSigns) {
  EXPECT_THAT(words_of("Where's the  red-STAR, no 7?"), ElementsAre("where", "s", "the", "red", "star", "no", "7"));
  EXPECT_THAT(words_of("o\xc3\xb9, 'quoted'"), ElementsAre("o\xc3\xb9", "quoted"));
  EXPECT_THAT(words_of(" ?! "), IsEmpty());
  EXPECT_THAT(words_of(""), IsEmpty());
}

}  // namespace
}  // namespace errata

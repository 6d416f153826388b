#include "errata/improve/task_match.h"

#include <gtest/gtest.h>

namespace errata::improve {
namespace {

TEST(Decimal, EqualNumbersAreOneText) {
  for (const char* same : {"1200.5", "1,200.50", "$1200.5", "+1200.5", " 01200.500 ", "1200.5%", "$1,200.5."})
    EXPECT_EQ(decimal(same), "1200.5") << same;
  for (const char* zero : {"0", "-0", "0.0", "00", ".0", "-$0"}) EXPECT_EQ(decimal(zero), "0") << zero;
  EXPECT_EQ(decimal("-5"), "-5");
  EXPECT_EQ(decimal("-$5"), "-5");
  EXPECT_EQ(decimal("$-5"), "-5");
  EXPECT_NE(decimal("-5"), decimal("5"));
  EXPECT_EQ(decimal(".5"), "0.5");
  EXPECT_EQ(decimal("100"), "100");
  EXPECT_EQ(decimal("5."), "5");
}

TEST(Decimal, WhatIsNoNumberIsNone) {
  for (const char* none : {"", " ", "-", "$", ".", ",", "1.2.3", "1e3", "1/2", "12 apples", "--5", "1,", ",1", "1,,2",
                           "5-", "\xC2\xBD", "nan", "1 2"})
    EXPECT_FALSE(decimal(none)) << none;
}

TEST(FinalNumber, IsBehindTheLastMark) {
  EXPECT_EQ(final_number("48/2=24\n#### 72"), "72");
  EXPECT_EQ(final_number("#### 1\n#### -2,000\nand more 7"), "-2000");
  EXPECT_EQ(final_number("####5"), "5");
  EXPECT_FALSE(final_number("the answer is 72"));
  EXPECT_FALSE(final_number("####"));
  EXPECT_FALSE(final_number("#### 72 apples"));
  EXPECT_FALSE(final_number("#### 72\n####"));
}

TEST(LastNumber, IsTheLastOneWithItsSign) {
  EXPECT_EQ(last_number("66 + 73 = 139."), "139");
  EXPECT_EQ(last_number("x = -2"), "-2");
  EXPECT_EQ(last_number("7 - 2"), "2");
  EXPECT_EQ(last_number("7-2"), "2");
  EXPECT_EQ(last_number("-7"), "-7");
  EXPECT_EQ(last_number("about 1,200.50 pears"), "1200.5");
  EXPECT_EQ(last_number("1, 2, 3, 4"), "4");
  EXPECT_EQ(last_number("in 2 parts: -0"), "0");
  EXPECT_FALSE(last_number("none"));
  EXPECT_FALSE(last_number(""));
  EXPECT_FALSE(last_number("1.2.3"));
}

}  // namespace
}  // namespace errata::improve

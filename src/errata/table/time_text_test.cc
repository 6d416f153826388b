#include "errata/table/time_text.h"

#include <gtest/gtest.h>

namespace errata::table {
namespace {

TEST(TimeText, PartsOfATime) {
  // 1,772,460,000 s after 1970: `date -u -d @1772460000`.
  EXPECT_EQ(time_text(1'772'460'000e6).date, "2026-03-02");
  EXPECT_EQ(time_text(1'772'460'000e6).clock, "14:00:00");
  EXPECT_FALSE(time_text(1'772'460'000e6).is_midnight);
  EXPECT_EQ(time_text(1'772'460'000.5e6).clock, "14:00:00.500000");
  EXPECT_TRUE(time_text(0).is_midnight);
  EXPECT_EQ(time_text(-1).date, "1969-12-31");
  EXPECT_EQ(time_text(-1).clock, "23:59:59.999999");
}

TEST(TimeText, TheLastMicrosecondOfASecond) {
  EXPECT_TRUE(ends_a_second(999'999));
  EXPECT_TRUE(ends_a_second(-1));
  EXPECT_FALSE(ends_a_second(0));
  EXPECT_FALSE(ends_a_second(0x1p60));
}

}  // namespace
}  // namespace errata::table

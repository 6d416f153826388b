#include "errata/base/byte_size.h"

#include <gtest/gtest.h>

namespace errata {
namespace {

TEST(ByteSize, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(parse_byte_size("512MB"), 512'000'000U);
  EXPECT_EQ(parse_byte_size("4GiB"), std::uint64_t{4} << 30U);
  EXPECT_EQ(parse_byte_size("4g"), std::uint64_t{4} << 30U);
  EXPECT_EQ(parse_byte_size("1.5 GB"), 1'500'000'000U);
  EXPECT_EQ(parse_byte_size("64 kib"), 65'536U);
  EXPECT_EQ(parse_byte_size("1000"), 1000U);
}

TEST(ByteSize, WhatIsNoneIsRefusedWithAnExample) {
  for (const char* text : {"", "much", "GB", "-1GB", "0", "nan", "4 gigs", "1e3", "inf", "4GBGB", "0x10", "99999999TB"})
    EXPECT_FALSE(parse_byte_size(text)) << text;
  EXPECT_EQ(parse_byte_size("4 gigs").error().message, "'4 gigs' is no size; write it like 512MB, 4GiB or 1.5GB");
}

}  // namespace
}  // namespace errata

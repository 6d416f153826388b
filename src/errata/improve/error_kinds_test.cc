#include "errata/improve/error_kinds.h"

#include <gtest/gtest.h>

namespace errata::improve {
namespace {

TEST(ErrorKinds, AreToldByHowTheDigitsDiffer) {
  EXPECT_EQ(error_kind("504", ""), "empty");
  EXPECT_EQ(error_kind("504", "5+4"), "form");
  EXPECT_EQ(error_kind("504-", "504"), "sign");
  EXPECT_EQ(error_kind("504", "50"), "length");
  EXPECT_EQ(error_kind("504", "514"), "carry");
  EXPECT_EQ(error_kind("504", "595"), "carry");  // 0 and 9 are one apart, as 4 and 5
  EXPECT_EQ(error_kind("504", "534"), "digit");
  EXPECT_EQ(error_kind("504", "534-"), "digit");
  EXPECT_EQ(error_kind("504", "237"), "digits");
}

}  // namespace
}  // namespace errata::improve

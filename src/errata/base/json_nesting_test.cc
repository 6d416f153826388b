#include "errata/base/json_nesting.h"

#include <gtest/gtest.h>

namespace errata {
namespace {

TEST(JsonNesting, CountsWhatIsOpenAtOnceOutsideOfTexts) {
  EXPECT_FALSE(nests_deeper("", 0));
  EXPECT_FALSE(nests_deeper("1", 0));
  EXPECT_TRUE(nests_deeper("[]", 0));
  EXPECT_FALSE(nests_deeper(R"({"a": [1, {}], "b": []})", 3));
  EXPECT_TRUE(nests_deeper(R"({"a": [1, {}], "b": []})", 2));
  EXPECT_FALSE(nests_deeper("[[]][[]][[]]", 2));
  EXPECT_FALSE(nests_deeper(R"(["[[[", "\"[[[", "\\"])", 1));
  EXPECT_TRUE(nests_deeper(R"(["\\", [1]])", 1));
  EXPECT_FALSE(nests_deeper("]]][", 1));
}

}  // namespace
}  // namespace errata

#include "errata/base/edit_distance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata {
namespace {

TEST(EditDistance, CountsChangesOfBytes) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("sitting", "kitten"), 3U);
  EXPECT_EQ(edit_distance("conv1", "conv2"), 1U);
}

TEST(EditDistance, NamesThatContainTheWantedOneComeFirst) {
  std::vector<std::string> names{"relu", "conv2", "/block/conv1/Conv_output_0", "/conv1/Conv_output_0", "cons1"};
  sort_by_nearness(names, "conv1");
  EXPECT_THAT(names,
              testing::ElementsAre("/conv1/Conv_output_0", "/block/conv1/Conv_output_0", "conv2", "cons1", "relu"));
}

}  // namespace
}  // namespace errata

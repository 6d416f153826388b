#include "errata/base/folder_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "errata/base/test_folder.h"

namespace errata {
namespace {

using ::testing::HasSubstr;

TEST(FolderLock, OneAtATimeAndNothingStays) {
  const TestFolder folder;
  {
    auto first = FolderLock::take(folder.path());
    ASSERT_TRUE(first.has_value());
    const auto second = FolderLock::take(folder.path());
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::unavailable);
    EXPECT_THAT(second.error().message, HasSubstr(folder.path().string()));
    const FolderLock moved = std::move(*first);
    EXPECT_FALSE(FolderLock::take(folder.path()).has_value());
  }
  EXPECT_TRUE(FolderLock::take(folder.path()).has_value());
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(FolderLock, NamesAFolderThatIsNotThere) {
  const TestFolder folder;
  const auto lock = FolderLock::take(folder / "none");
  ASSERT_FALSE(lock.has_value());
  EXPECT_THAT(lock.error().message, HasSubstr("none"));
}

}  // namespace
}  // namespace errata

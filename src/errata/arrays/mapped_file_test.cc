#include "errata/arrays/mapped_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"

namespace errata::arrays {
namespace {

using ::testing::HasSubstr;

TEST(MappedFile, HasTheBytesOfItsFileAsLongAsACopyIsLeft) {
  const TestFolder folder;
  const std::string content(10'000, 'x');
  ASSERT_TRUE(write_file(folder / "f", content));
  MappedFile copy;
  {
    const auto mapped = MappedFile::open(folder / "f");
    ASSERT_TRUE(mapped) << mapped.error().message;
    copy = *mapped;
  }
  std::filesystem::remove(folder / "f");
  EXPECT_EQ(copy.bytes(), content);
  EXPECT_EQ(MappedFile("abc").bytes(), "abc");
}

TEST(MappedFile, AnEmptyFileHasNone) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", ""));
  EXPECT_EQ(MappedFile::open(folder / "f")->bytes(), "");
}

TEST(MappedFile, WhatIsNoFileIsNamed) {
  const TestFolder folder;
  EXPECT_THAT(MappedFile::open(folder / "none").error().message, HasSubstr("none: No such file"));
  EXPECT_THAT(MappedFile::open(folder / "").error().message, HasSubstr("no regular file"));
}

}  // namespace
}  // namespace errata::arrays

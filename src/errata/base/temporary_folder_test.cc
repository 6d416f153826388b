#include "errata/base/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace errata {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, IsOneOfItsOwnAndGoneAfterwards) {
  fs::path place;
  {
    const auto folder = make_temporary_folder("test"), other = make_temporary_folder("test");
    ASSERT_TRUE(folder && other);
    place = folder->path();
    EXPECT_TRUE(fs::is_directory(place));
    EXPECT_NE(place, other->path());
    EXPECT_EQ(place.parent_path(), fs::temp_directory_path());
    EXPECT_TRUE(place.filename().string().starts_with("errata-test-"));
  }
  EXPECT_FALSE(fs::exists(place));
}

}  // namespace
}  // namespace errata

#include "errata/report/kit/plots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "errata/base/atomic_file.h"

namespace errata::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class PlotsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "errata-plots-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(PlotsTest, AFolderThatCannotBeMadeIsNamed) {
  const fs::path file = folder_ / "file";
  ASSERT_TRUE(write_file(file, "x").has_value());
  const auto written = write_plots({}, file / "plots");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::output);
  EXPECT_THAT(written.error().message, HasSubstr((file / "plots").string()));
}

}  // namespace
}  // namespace errata::report

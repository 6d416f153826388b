#include "errata/report/plots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "errata/base/atomic_file.h"
#include "errata/report/charts.h"
#include "errata/report/example_analysis.h"
#include "errata/report/run_program.h"

namespace errata::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PlotsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "errata-plots-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(PlotsTest, EveryChartBecomesSvgAndPngAndNothingElseIsLeft) {
  if (!run_program({"node", "--version"}, "")) GTEST_SKIP() << "node is not installed";
  if (!run_program({"rsvg-convert", "--version"}, "")) GTEST_SKIP() << "rsvg-convert is not installed";
  const slice::Analysis analysis = hostile_analysis();
  const fs::path folder = folder_ / "made" / "on demand";
  const auto written = write_plots(analysis, folder);
  ASSERT_TRUE(written.has_value()) << written.error().message;
  const std::vector<Chart> charts = make_charts(analysis);
  for (const Chart& chart : charts) {
    EXPECT_THAT(read_file(folder / (chart.name + ".svg")).value(), StartsWith("<svg")) << chart.name;
    EXPECT_THAT(read_file(folder / (chart.name + ".png")).value(), StartsWith("\x89PNG")) << chart.name;
  }
  const auto files = std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  EXPECT_EQ(static_cast<std::size_t>(files), 2 * charts.size());
}

TEST_F(PlotsTest, AFolderThatCannotBeMadeIsNamed) {
  const fs::path file = folder_ / "file";
  ASSERT_TRUE(write_file(file, "x").has_value());
  const auto written = write_plots(example_analysis(), file / "plots");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::output);
  EXPECT_THAT(written.error().message, HasSubstr((file / "plots").string()));
}

TEST(RunProgram, PassesInputThroughAndReportsFailures) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(run_program({"cat"}, large).value(), large);
  EXPECT_EQ(run_program({"true"}, large).value(), "");
  EXPECT_THAT(run_program({"no-such-program-here"}, "").error().message,
              HasSubstr("cannot start `no-such-program-here`"));
  EXPECT_THAT(run_program({"sh", "-c", "echo broken >&2; exit 3"}, "").error().message,
              HasSubstr("`sh` failed: broken"));
}

}  // namespace
}  // namespace errata::report

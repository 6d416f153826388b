#include "errata/engine/analyze.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "errata/base/test_folder.h"

namespace errata::engine {
namespace {

TEST(ExportHotspots, RemovesThoseOfAnEarlierLog) {
  const TestFolder folder;
  auto log = open_log({.paths = {folder.file("log.csv", "x,label,pred\n1,a,b\n2,a,a\n")}});
  ASSERT_TRUE(log) << log.error().message;
  AnalyzedLog analyzed{.log = *std::move(log), .analysis = {}};
  analyzed.analysis.hotspots.resize(1);
  analyzed.analysis.hotspots[0].slice.sql = "\"x\" = 1";
  for (const char* name : {"hotspot-01.parquet", "hotspot-02.parquet", "hotspot-03.parquet", "mine.parquet"}) {
    (void)folder.file(std::string("cases/") + name, "old");
  }
  const auto exported = export_hotspots(analyzed, folder.path("cases"), "parquet");
  ASSERT_TRUE(exported) << exported.error().message;
  ASSERT_EQ(exported->size(), 1U);
  EXPECT_EQ(exported->front().rows, 1U);
  EXPECT_GT(std::filesystem::file_size(folder.path("cases/hotspot-01.parquet")), 3U);
  EXPECT_FALSE(std::filesystem::exists(folder.path("cases/hotspot-02.parquet")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("cases/hotspot-03.parquet")));
  EXPECT_TRUE(std::filesystem::exists(folder.path("cases/mine.parquet")));

  Cancellation stop;
  stop.request();
  const auto stopped = export_hotspots(analyzed, folder.path("cases"), "parquet", Progress(&stop));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace errata::engine

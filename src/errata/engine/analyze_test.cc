#include "errata/engine/analyze.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "errata/base/atomic_file.h"
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

  const auto as_text = export_hotspots(analyzed, folder.path("cases"), "csv");
  ASSERT_TRUE(as_text) << as_text.error().message;
  EXPECT_EQ(*read_file(folder.path("cases/hotspot-01.csv")), "x,label,pred,errata_failure\n1,a,b,true\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path("cases/hotspot-01.parquet")));
  EXPECT_TRUE(std::filesystem::exists(folder.path("cases/mine.parquet")));

  const auto packed = export_hotspots(analyzed, folder.path("cases"), "csv.gz");
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_TRUE(read_file(folder.path("cases/hotspot-01.csv.gz"))->starts_with("\x1f\x8b"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("cases/hotspot-01.csv")));

  Cancellation stop;
  stop.request();
  const auto stopped = export_hotspots(analyzed, folder.path("cases"), "parquet", Progress(&stop));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

TEST(Analyze, ExamplesAreCalledByTheIdOfTheirRow) {
  const TestFolder folder;
  // Rows without a label are no cases: row 4 of the file is the third case.
  std::string csv = "id,x,label,pred\n";
  for (int i = 0; i < 2000; ++i) {
    const bool odd = i % 4 == 3, bad = odd ? i / 4 % 2 == 0 : i % 40 == 1;
    csv += "k" + std::to_string(i) + "," + (odd ? "odd" : "even") + "," + (i % 10 == 0 ? "" : "a") + "," +
           (bad ? "b" : "a") + "\n";
  }
  ThreadPool pool;
  const auto found = analyze({.read = {.paths = {folder.file("log.csv", csv)}}, .ids_of_examples = true}, pool);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_FALSE(found->analysis.hotspots.empty());
  const auto& examples = found->analysis.hotspots[0].examples;
  ASSERT_EQ(examples.rows.size(), 5U);
  ASSERT_EQ(examples.roles[0], "id");
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(examples.rows[i] % 4, 3U);
    const auto code = static_cast<std::size_t>(examples.columns[0].codes[i]);
    EXPECT_EQ(examples.columns[0].categories[code], "k" + std::to_string(examples.rows[i]));
  }
}

}  // namespace
}  // namespace errata::engine

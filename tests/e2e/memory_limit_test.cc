// `--memory-limit`: the same results from a log whose blocks lie in files, and no file afterwards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "e2e/command.h"
#include "errata/base/test_folder.h"

namespace errata::e2e {
namespace {

using testing::HasSubstr;

/// A log, and a folder beside the programs for what memory does not hold: temporary folders may lie in memory.
class MemoryLimit : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(files);
    ASSERT_EQ(place.run({"simulate", "credit", "--rows", "150000", "-o", "log.parquet"}).status, 0);
  }
  void TearDown() override { std::filesystem::remove_all(files); }

  [[nodiscard]] Outcome limited(const std::string& command) const {
    return place.shell("TMPDIR=\"" + files.string() + "\" " + command + " --memory-limit 128MiB");
  }

  Workplace place;
  const std::filesystem::path files = program_folder() / ("memory_limit_" + std::to_string(::getpid()));
};

TEST_F(MemoryLimit, ChangesNoResult) {
  for (const std::string command : {"analyze log.parquet --threads 1 --json", "analyze log.parquet --threads 2 --json",
                                    "compare log.parquet log.parquet --unpaired --json"}) {
    const Outcome free = place.shell("$ERRATA " + command);
    const Outcome within = limited("$ERRATA " + command);
    ASSERT_EQ(within.status, free.status) << within.err;
    EXPECT_EQ(within.out, free.out);
    EXPECT_GT(free.out.size(), 1000U);
  }
  EXPECT_TRUE(std::filesystem::is_empty(files));
}

TEST_F(MemoryLimit, LeavesNoFileHoweverTheProcessEnds) {
  for (const std::string signal : {"KILL", "INT", "TERM"}) {
    (void)limited("timeout -s " + signal + " 0.4 \"$ERRATA\" analyze log.parquet");
    EXPECT_TRUE(std::filesystem::is_empty(files)) << signal;
  }
}

TEST(MemoryLimitFlag, NonsenseAndFoldersThatHoldNothingAreRefused) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "2000", "-o", "log.parquet"}).status, 0);
  for (const std::string size : {"much", "4 gigs", "-1GB", "0"}) {
    const Outcome refused = place.run({"analyze", "log.parquet", "--memory-limit=" + size});
    EXPECT_NE(refused.status, 0) << size;
    EXPECT_THAT(refused.err, HasSubstr("'" + size + "' is no size; write it like 512MB, 4GiB or 1.5GB"));
  }
  EXPECT_THAT(place.run({"analyze", "log.parquet", "--memory-limit", "1MB"}).err, HasSubstr("needs 128MiB"));
  const Outcome nowhere = place.shell("TMPDIR=\"$PWD/none\" $ERRATA analyze log.parquet --memory-limit 1GB");
  EXPECT_EQ(nowhere.status, 3);
  EXPECT_THAT(nowhere.err, HasSubstr("TMPDIR"));
}

TEST(MemoryLimitFlag, StandsInErrataToml) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "2000", "-o", "log.parquet"}).status, 0);
  place.write("errata.toml", "[analyze]\nmemory-limit = \"much\"\n");
  const Outcome refused = place.run({"analyze", "log.parquet"});
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.err, HasSubstr("'much' is no size"));
}

}  // namespace
}  // namespace errata::e2e

// `--memory-limit`: the same results from a log whose blocks lie in files, and no file afterwards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using testing::HasSubstr;

Outcome with_folder(const Workplace& place, const std::string& folder, const std::string& command) {
  return place.shell("TMPDIR=\"$PWD/" + folder + "\" " + command);
}

TEST(MemoryLimit, ChangesNoResult) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "150000", "-o", "log.parquet"}).status, 0);
  ASSERT_EQ(place.shell("mkdir tmp").status, 0);
  for (const std::string threads : {"1", "2"}) {
    const std::string analyze = "$ERRATA analyze log.parquet --threads " + threads + " --json";
    const Outcome free = place.shell(analyze);
    const Outcome limited = with_folder(place, "tmp", analyze + " --memory-limit 128MiB");
    ASSERT_EQ(limited.status, free.status) << limited.err;
    EXPECT_EQ(limited.out, free.out);
    EXPECT_GT(free.out.size(), 1000U);
  }
  const std::string compare = "$ERRATA compare log.parquet log.parquet --unpaired --json";
  const Outcome free = place.shell(compare);
  const Outcome limited = with_folder(place, "tmp", compare + " --memory-limit 128MiB");
  EXPECT_EQ(limited.status, 0) << limited.err;
  EXPECT_EQ(limited.out, free.out);
  EXPECT_EQ(place.shell("ls -A tmp").out, "");
}

TEST(MemoryLimit, LeavesNoFileHoweverTheProcessEnds) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "150000", "-o", "log.parquet"}).status, 0);
  ASSERT_EQ(place.shell("mkdir tmp").status, 0);
  for (const std::string signal : {"KILL", "INT", "TERM"}) {
    (void)with_folder(place, "tmp",
                      "timeout -s " + signal + " 0.4 \"$ERRATA\" analyze log.parquet --memory-limit 128MiB");
    EXPECT_EQ(place.shell("ls -A tmp").out, "") << signal;
  }
}

TEST(MemoryLimit, NonsenseAndFoldersThatHoldNothingAreRefused) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "2000", "-o", "log.parquet"}).status, 0);
  for (const std::string size : {"much", "4 gigs", "-1GB", "0"}) {
    const Outcome refused = place.run({"analyze", "log.parquet", "--memory-limit=" + size});
    EXPECT_NE(refused.status, 0) << size;
    EXPECT_THAT(refused.err, HasSubstr("'" + size + "' is no size; write it like 512MB, 4GiB or 1.5GB"));
  }
  EXPECT_THAT(place.run({"analyze", "log.parquet", "--memory-limit", "1MB"}).err, HasSubstr("needs 128MiB"));
  const Outcome nowhere = with_folder(place, "none", "$ERRATA analyze log.parquet --memory-limit 1GB");
  EXPECT_EQ(nowhere.status, 3);
  EXPECT_THAT(nowhere.err, HasSubstr("TMPDIR"));
}

TEST(MemoryLimit, StandsInErrataToml) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "2000", "-o", "log.parquet"}).status, 0);
  place.write("errata.toml", "[analyze]\nmemory-limit = \"much\"\n");
  const Outcome refused = place.run({"analyze", "log.parquet"});
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.err, HasSubstr("'much' is no size"));
}

}  // namespace
}  // namespace errata::e2e

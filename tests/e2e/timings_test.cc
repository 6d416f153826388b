// `--timings`: what the stages of a command cost, beside what it prints and never in it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

TEST(Timings, AreToldOnStandardErrorAndChangeNoResult) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "2000", "-o", "log.parquet"}).status, 0);
  const Outcome plain = place.run({"analyze", "log.parquet", "--json"});
  const Outcome timed = place.run({"analyze", "log.parquet", "--json", "--timings"});
  EXPECT_EQ(timed.status, 0);
  EXPECT_EQ(timed.out, plain.out);
  EXPECT_THAT(timed.err, AllOf(HasSubstr("\nreading the log "), HasSubstr("\nsearching slices "),
                               HasSubstr("\ntogether "), HasSubstr("\nPeak memory: ")));
}

TEST(Timings, AFileOfThemIsJson) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "2000", "-o", "log.parquet"}).status, 0);
  for (const std::string verb : {"analyze", "replay", "compare"}) {
    std::vector<std::string> arguments{verb, "log.parquet", "--timings", "times.json"};
    if (verb == "compare") arguments.insert(arguments.begin() + 2, "log.parquet");
    const Outcome timed = place.run(arguments);
    ASSERT_EQ(timed.status, 0) << verb << ": " << timed.err;
    const Json times = Json::parse(place.read("times.json"));
    EXPECT_EQ(times["schema"], "errata.timings");
    EXPECT_GE(times["stages"].size(), 3U) << verb;
    double together = 0;
    for (const Json& stage : times["stages"]) together += stage["wall_s"].get<double>();
    EXPECT_NEAR(together, times["wall_s"].get<double>(), 1e-9);
    EXPECT_GT(times["peak_bytes"].get<std::uint64_t>(), std::uint64_t{1} << 20);
  }
}

TEST(Timings, APlaceThatCannotBeWrittenIsToldBeforeTheWork) {
  const Workplace place;
  ASSERT_EQ(place.run({"simulate", "credit", "--rows", "2000", "-o", "log.parquet"}).status, 0);
  const Outcome refused = place.run({"analyze", "log.parquet", "--timings", "none/times.json"});
  EXPECT_EQ(refused.status, 3);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("none/times.json"));
}

}  // namespace
}  // namespace errata::e2e

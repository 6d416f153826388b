#include "errata/report/kit/timings.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace errata::report {
namespace {

const std::vector<StageTime> kStages{{.name = "reading the log", .wall_s = 1.25, .cpu_s = 2},
                                     {.name = "searching slices", .wall_s = 0.5, .cpu_s = 0.75}};

TEST(Timings, OneLineAStageAndTheirSum) {
  EXPECT_EQ(timings_text(kStages, 64 << 20),
            "Stage                                                            wall        CPU\n"
            "reading the log                                               1.250 s    2.000 s\n"
            "searching slices                                              0.500 s    0.750 s\n"
            "together                                                      1.750 s    2.750 s\n"
            "Peak memory: 64 MiB");
}

TEST(Timings, TheSameAsJson) {
  const auto json = nlohmann::json::parse(timings_json(kStages, 64 << 20));
  EXPECT_EQ(json["stages"][1]["name"], "searching slices");
  EXPECT_EQ(json["stages"][1]["wall_s"], 0.5);
  EXPECT_EQ(json["wall_s"], 1.75);
  EXPECT_EQ(json["cpu_s"], 2.75);
  EXPECT_EQ(json["peak_bytes"], 64 << 20);
}

}  // namespace
}  // namespace errata::report

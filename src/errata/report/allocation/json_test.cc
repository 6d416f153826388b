#include "errata/report/allocation/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/allocation/test_example.h"

namespace errata::report {
namespace {

TEST(AllocationJson, HoldsEveryPositionWithItsBudget) {
  const auto json = nlohmann::json::parse(allocation_json(example_allocation()));
  EXPECT_EQ(json["schema"], "errata.allocation");
  EXPECT_EQ(json["schema_version"], kAllocationSchemaVersion);
  EXPECT_EQ(json["rows"], 4);
  EXPECT_EQ(json["columns"], 5);
  EXPECT_EQ(json["strategy"], "grid-diverse");
  EXPECT_EQ(json["strategy_chosen"], true);
  EXPECT_EQ(json["budget"]["used"], 664);
  EXPECT_EQ(json["unlike"], nullptr);
  EXPECT_EQ(json["encoder"], "readers");
  ASSERT_EQ(json["positions"].size(), 3U);
  const auto& last = json["positions"][2];
  EXPECT_EQ(last["patch"], 19);
  EXPECT_EQ(last["row"], 3);
  EXPECT_EQ(last["column"], 4);
  EXPECT_EQ(last["box"], nlohmann::json({64, 48, 80, 60})) << "the lowest row is cut at 60 pixels";
  EXPECT_EQ(last["tokens"], 64);
  EXPECT_EQ(last["participatory"], -1.5);
  EXPECT_EQ(json["guards"][0]["fired"], true);
  EXPECT_EQ(json["guards"][0]["fires"], "below");
  EXPECT_EQ(json["guards"][1]["fired"], false);
  EXPECT_EQ(json["guards"][1]["fires"], "above");
}

TEST(AllocationJson, WithoutARelatedQueryHasNulls) {
  auto made = example_allocation();
  made.encoder.clear();
  made.allocated.scores.participatory.clear();
  made.options.strategy = relevance::Strategy::grid_diverse;
  const auto json = nlohmann::json::parse(allocation_json(made));
  EXPECT_EQ(json["encoder"], nullptr);
  EXPECT_EQ(json["positions"][0]["participatory"], nullptr);
  EXPECT_EQ(json["strategy_chosen"], false);
}

TEST(AllocationJson, SaysWhichGuardAnEncoderCannotTell) {
  auto made = example_allocation();
  EXPECT_EQ(nlohmann::json::parse(allocation_json(made))["guards_not_available"], nlohmann::json::array());
  made.allocated.unlike_not_told = true;
  EXPECT_EQ(nlohmann::json::parse(allocation_json(made))["guards_not_available"],
            nlohmann::json::parse(R"(["unlike-training"])"));
  auto video = example_video();
  video.summary.unlike_not_told = true;
  EXPECT_EQ(nlohmann::json::parse(video_json(video))["guards_not_available"][0], "unlike-training");
}

TEST(AllocationJson, HostileNamesStayJson) {
  const std::string text = allocation_json(hostile_allocation(), -1);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["image"], "a\x1b[31mb\nc\xef\xbf\xbd\"<script>");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
}

TEST(AllocationJson, FixationsAreAListThatHoldsTheFirst) {
  const auto one = nlohmann::json::parse(allocation_json(example_allocation()));
  ASSERT_EQ(one["fixations"].size(), 1U);
  EXPECT_EQ(one["fixations"][0],
            nlohmann::json::parse(R"({"fixation":1,"tokens":664,"patches":[7,6,19],"budgets":[400,200,64]})"));
  EXPECT_EQ(one["revisits"], false);
  const auto three = nlohmann::json::parse(allocation_json(fixated_allocation()));
  ASSERT_EQ(three["fixations"].size(), 3U);
  EXPECT_EQ(three["fixations"][1]["fixation"], 2);
  EXPECT_EQ(three["fixations"][1]["tokens"], 364);
  EXPECT_EQ(three["fixations"][2]["patches"], nlohmann::json({7}));
  EXPECT_EQ(three["revisits"], true);
}

TEST(AllocationJson, AFrameIsOneLine) {
  relevance::FrameAllocation frame{.number = 3, .seconds = .12, .allocated = example_allocation().allocated};
  frame.shift = {.down = -2.5, .right = 8, .response = .5};
  const std::string text = frame_json(frame);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["frame"], 3);
  EXPECT_EQ(json["shift"], nlohmann::json({8, -2.5}));
  EXPECT_EQ(json["begins_context"], false);
  EXPECT_EQ(json["patches"], nlohmann::json({7, 6, 19}));
  EXPECT_EQ(json["budgets"], nlohmann::json({400, 200, 64}));
  EXPECT_EQ(json["tokens"], 664);
}

}  // namespace
}  // namespace errata::report

#include "errata/report/allocation/video_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/report/allocation/charts.h"
#include "errata/report/allocation/json.h"
#include "errata/report/allocation/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string video_page_of(const relevance::VideoAllocation& made) {
  const auto page = video_page(made);
  EXPECT_TRUE(page) << page.error().message;
  return own_part(page.value_or(""));
}

TEST(VideoPage, TellsItsCourseAndShowsSomeFrames) {
  const std::string page = video_page_of(example_video());
  for (const char* part : {"film.mp4", "30 frames in 2 contexts: 19,920 tokens in all", "“the people”",
                           "80 × 60 pixels", "of 1,000", "frames are broken"})
    EXPECT_THAT(page, HasSubstr(part));
  const std::string frames = section_of(page, "frames");
  EXPECT_EQ(count_of(frames, "data:image/jpeg;base64,"), 8U) << "every fourth of thirty";
  EXPECT_THAT(frames, HasSubstr("2.00 s, frame 20: 664 tokens by focused; a context begins"));
  EXPECT_THAT(frames, HasSubstr("frame-3"));
  const std::string figures = section_of(page, "method");
  for (const char* part : {"focused", "30 frames", "0.00 s, 2.00 s", "readers"}) EXPECT_THAT(figures, HasSubstr(part));
}

TEST(VideoPage, ChartsAreOfTheWholeCourse) {
  const auto charts = video_charts(example_video());
  ASSERT_EQ(charts.size(), 4U);
  EXPECT_EQ(charts[0].name, "tokens_over_time");
  EXPECT_EQ(charts[0].title, "At most 664 of 1,000 tokens a frame");
  EXPECT_EQ(charts[1].title, "Budgets jump by 0% of their mass from frame to frame");
  EXPECT_EQ(charts[2].title, "The picture moves by up to 0 pixels a frame");
  EXPECT_EQ(charts[3].title, "All frames are looked at by focused");
  const auto data = nlohmann::json::parse(charts[1].data);
  ASSERT_EQ(data["rows"].size(), 30U);
  EXPECT_EQ(data["rows"][0]["value"], nullptr) << "nothing before it";
  EXPECT_EQ(data["rows"][1]["value"], 0);
  EXPECT_EQ(data["contexts"].size(), 2U);
  const auto strategies = nlohmann::json::parse(charts[3].data);
  ASSERT_EQ(strategies["rows"].size(), 1U);
  EXPECT_EQ(strategies["rows"][0]["frames"], 30);
  EXPECT_NEAR(strategies["rows"][0]["end"].get<double>(), 3, 1e-9);
}

TEST(VideoPage, ALongVideoMakesNoLongPage) {
  const std::string page = video_page_of(example_video(5000));
  EXPECT_LE(count_of(page, "data:image/jpeg;base64,"), 12U);
  const auto charts = video_charts(example_video(5000));
  EXPECT_LE(nlohmann::json::parse(charts[0].data)["rows"].size(), 512U);
  EXPECT_THAT(charts[0].caption, HasSubstr("for 16 frames, their mean"));
}

TEST(VideoPage, OneFrameAndNoneHaveNoCourse) {
  for (const std::size_t frames : {0U, 1U}) {
    const std::string page = video_page_of(example_video(frames));
    EXPECT_EQ(section_of(page, "course"), "");
    EXPECT_THAT(page, Not(HasSubstr("nan")));
  }
}

TEST(VideoJson, HoldsItsStretches) {
  const auto json = nlohmann::json::parse(video_json(example_video()));
  EXPECT_EQ(json["schema"], "errata.allocation.video");
  EXPECT_EQ(json["frames"], 30);
  EXPECT_EQ(json["contexts"], 2);
  EXPECT_EQ(json["strategies"]["focused"], 30);
  ASSERT_EQ(json["stretches"].size(), 30U);
  EXPECT_EQ(json["stretches"][0]["jitter"], nullptr);
  EXPECT_EQ(json["stretches"][3],
            nlohmann::json::parse(R"({"frame":3,"seconds":0.3,"frames":1,"tokens":664.0,"shift":0.0,"jitter":0.0,)"
                                  R"("contexts":0,"strategy":"focused"})"));
}

}  // namespace
}  // namespace errata::report

#include <gtest/gtest.h>

#include <tuple>

#include "errata/base/test_folder.h"
#include "errata/image/video.h"

namespace errata::image {
namespace {

TEST(Video, TheRealOnesHaveTheFramesThatTheySay) {
  const auto data = real_data_folder("videos");
  if (data.empty()) GTEST_SKIP() << "the real videos are not there (ERRATA_DATA)";
  for (const auto& [name, frames, seconds] :
       {std::tuple("bottle-detection.mp4", 1189, 39.9), std::tuple("car-detection.mp4", 377, 30.2),
        std::tuple("classroom.gif", 45, 3.0), std::tuple("people-detection.gif", 23, 1.9)}) {
    auto reader = VideoReader::open(data / "videos" / name);
    ASSERT_TRUE(reader) << reader.error().message;
    int count = 0;
    double last = 0;
    for (auto frame = reader->next(); frame && *frame; frame = reader->next(), ++count) last = (*frame)->seconds;
    EXPECT_EQ(count, frames) << name;
    EXPECT_EQ(reader->damage().broken + reader->damage().missing, 0U) << name;
    EXPECT_NEAR(last, seconds, .15) << name;
  }
}

}  // namespace
}  // namespace errata::image

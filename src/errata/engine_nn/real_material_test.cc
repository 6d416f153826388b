#include "errata/engine_nn/real_material.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/image/picture.h"
#include "errata/image/video_writer.h"

namespace errata::engine_nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

image::Picture grey(std::size_t height, std::size_t width, std::uint8_t value = 90) {
  return {.height = height, .width = width, .channels = 1, .bytes = std::vector<std::uint8_t>(height * width, value)};
}

void write_video(const fs::path& place, std::size_t frames) {
  auto video = image::VideoWriter::create(place).value();
  for (std::size_t i = 0; i < frames; ++i) ASSERT_TRUE(video.add(grey(64, 80, static_cast<std::uint8_t>(i))));
  ASSERT_TRUE(video.finish());
}

TEST(RealMaterial, AFolderAndItsImagesAndVideosAreReadByName) {
  const TestFolder folder;
  fs::create_directories(folder / "images");
  fs::create_directories(folder / "videos");
  ASSERT_TRUE(image::write_png(folder / "images/xray_1.PNG", grey(64, 100)));
  ASSERT_TRUE(image::write_png(folder / "images/b.png", grey(63, 100)));
  ASSERT_TRUE(image::write_png(folder / "a.png", grey(70, 64)));
  ASSERT_TRUE(write_file(folder / "images/c.jpg", "no picture"));
  ASSERT_TRUE(write_file(folder / "images/README.md", "no picture either"));
  write_video(folder / "videos/long.gif", 30);
  write_video(folder / "videos/short.gif", 1);
  const auto made = find_real_material({.folder = folder / ""});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(*made);
  const checklist::RealMaterial& found = **made;
  ASSERT_EQ(found.pictures.size(), 2U);
  EXPECT_EQ(found.pictures[0].file, "a.png");
  EXPECT_EQ(found.pictures[1].file, "xray_1.PNG");
  EXPECT_EQ(found.pictures[1].kind(), checklist::RealKind::foreign);
  EXPECT_EQ(found.pictures[1].open()->channels, 3U);
  ASSERT_EQ(found.videos.size(), 1U);
  EXPECT_EQ(found.videos[0].open()->size(), kRealFrames);
  EXPECT_THAT(found.left_out,
              ElementsAre(HasSubstr("100 x 63 pixels; at least 64"), HasSubstr("c.jpg"), HasSubstr("one frame alone")));
}

TEST(RealMaterial, WhatIsNotThereIsAnErrorWhereItWasNamed) {
  const TestFolder folder;
  EXPECT_FALSE(find_real_material({})->has_value());
  const auto missing = find_real_material({.folder = folder / "no"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(find_real_material({.folder = folder / "no", .may_lack = true})->has_value());
  const auto empty = find_real_material({.folder = folder / ""});
  ASSERT_FALSE(empty);
  EXPECT_THAT(empty.error().message, HasSubstr("holds no picture"));
  EXPECT_FALSE(find_real_material({.folder = folder / "", .may_lack = true})->has_value());
}

}  // namespace
}  // namespace errata::engine_nn

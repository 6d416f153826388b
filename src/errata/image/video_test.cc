// Videos written here and read again: whole, cut short and damaged.
#include "errata/image/video.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/image/test_video.h"
#include "errata/image/video_writer.h"

namespace errata::image {
namespace {

using testing::HasSubstr;

constexpr std::size_t kFrames = 20;

void write_video(const std::filesystem::path& place, std::size_t frames = kFrames, double rate = 10,
                 std::size_t height = 96, std::size_t width = 128) {
  auto writer = VideoWriter::create(place, {.frames_per_second = rate});
  ASSERT_TRUE(writer) << writer.error().message;
  for (std::size_t i = 0; i < frames; ++i) ASSERT_TRUE(writer->add(moving_square(i, height, width)));
  const auto finished = writer->finish();
  ASSERT_TRUE(finished) << finished.error().message;
}

struct ReadVideo {
  std::vector<VideoFrame> frames;
  VideoFacts facts;
  VideoDamage damage;
  std::string error;
};

ReadVideo read_video(const std::filesystem::path& place, const VideoOptions& options = {}) {
  ReadVideo read;
  auto reader = VideoReader::open(place, options);
  if (!reader) return {.error = reader.error().message};
  while (true) {
    auto frame = reader->next();
    if (!frame) read.error = frame.error().message;
    if (!frame || !*frame) break;
    read.frames.push_back(std::move(**frame));
  }
  read.facts = reader->facts();
  read.damage = reader->damage();
  return read;
}

double mean_difference(const Picture& a, const Picture& b) {
  if (a.bytes.size() != b.bytes.size()) return 255;
  double sum = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) sum += std::abs(int{a.bytes[i]} - int{b.bytes[i]});
  return sum / static_cast<double>(a.bytes.size());
}

TEST(Video, ComesBackFromEachForm) {
  const TestFolder files;
  for (const auto& [name, most] : {std::pair("a.mp4", 2.5), std::pair("a.gif", 3.0), std::pair("frames", 0.0)}) {
    write_video(files / name);
    const ReadVideo read = read_video(files / name, {.frames_per_second = 10});
    ASSERT_EQ(read.frames.size(), kFrames) << name << read.error;
    EXPECT_EQ(read.damage.broken, 0U);
    EXPECT_EQ(read.damage.missing, 0U);
    EXPECT_EQ(read.facts.height, 96U);
    EXPECT_EQ(read.facts.width, 128U);
    for (std::size_t i = 0; i < kFrames; ++i) {
      EXPECT_NEAR(read.frames[i].seconds, static_cast<double>(i) / 10, 1e-6) << name;
      EXPECT_LE(mean_difference(read.frames[i].picture, moving_square(i)), most) << name << i;
    }
  }
}

TEST(Video, SamePicturesGiveTheSameFile) {
  const TestFolder files;
  for (const char* ending : {".mp4", ".gif"}) {
    write_video(files / (std::string("a") + ending));
    write_video(files / (std::string("b") + ending));
    EXPECT_EQ(*read_file(files / (std::string("a") + ending)), *read_file(files / (std::string("b") + ending)));
  }
}

TEST(Video, OddSidesAreOnePixelLongerInMp4Only) {
  const TestFolder files;
  write_video(files / "a.mp4", 3, 10, 71, 63);
  write_video(files / "a.gif", 3, 10, 71, 63);
  EXPECT_EQ(read_video(files / "a.mp4").facts.height, 72U);
  EXPECT_EQ(read_video(files / "a.mp4").facts.width, 64U);
  EXPECT_EQ(read_video(files / "a.gif").facts.height, 71U);
  EXPECT_EQ(read_video(files / "a.gif").frames[2].picture.width, 63U);
}

TEST(Video, DamagedFramesAreCountedAndPassedOver) {
  const TestFolder files;
  write_video(files / "a.mp4", 60);
  std::string content = *read_file(files / "a.mp4");
  const std::size_t pixels = content.find("mdat") + 4, end = content.rfind("moov");
  ASSERT_LT(pixels, end);
  // Most of it is the first frame; the others, which say what changed, stand behind it.
  for (std::size_t at = end - (end - pixels) / 8; at < end - (end - pixels) / 16; ++at) content[at] = '\x5a';
  const ReadVideo read = read_video(files.file("broken.mp4", content));
  EXPECT_EQ(read.error, "");
  EXPECT_GT(read.damage.broken, 0U);
  EXPECT_LT(read.frames.size(), 60U);
  EXPECT_GT(read.frames.size(), 20U);
  EXPECT_THAT(read.damage.words, HasSubstr("broken.mp4: frame"));
  EXPECT_LE(mean_difference(read.frames[5].picture, moving_square(5)), 2.5) << "those before are whole";
}

TEST(Video, OneCutShortSaysWhatIsMissing) {
  const TestFolder files;
  write_video(files / "a.mp4", 60);
  const std::string whole = *read_file(files / "a.mp4");
  // The index stands at the end: without it nothing can be read.
  EXPECT_THAT(read_video(files.file("cut.mp4", whole.substr(0, whole.size() / 2))).error,
              HasSubstr("cut.mp4: cannot be read as a video"));
  write_video(files / "a.gif", 30);
  const std::string gif = *read_file(files / "a.gif");
  const ReadVideo read = read_video(files.file("cut.gif", gif.substr(0, gif.size() / 2)));
  EXPECT_EQ(read.error, "");
  EXPECT_GT(read.frames.size(), 5U);
  EXPECT_LT(read.frames.size(), 30U);
  EXPECT_GT(read.damage.broken + read.damage.missing, 0U);
}

TEST(Video, AnyCutOrFlippedByteIsAnErrorOrFewerFrames) {
  const TestFolder files;
  write_video(files / "a.mp4", 6, 10, 32, 32);
  write_video(files / "a.gif", 6, 10, 32, 32);
  for (const char* name : {"a.mp4", "a.gif"}) {
    const std::string whole = *read_file(files / name);
    for (std::size_t i = 0; i < 60; ++i) {
      const std::size_t at = i * whole.size() / 60;
      EXPECT_LE(read_video(files.file("cut", whole.substr(0, at))).frames.size(), 6U);
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
      const ReadVideo read = read_video(files.file("flipped", flipped));
      for (const VideoFrame& frame : read.frames)
        EXPECT_EQ(frame.picture.bytes.size(), frame.picture.height * frame.picture.width * 3);
    }
  }
}

TEST(Video, IsTurnedAsItsMatrixSays) {
  const TestFolder files;
  write_video(files / "a.mp4", 3);
  std::string content = *read_file(files / "a.mp4");
  const std::size_t header = content.find("tkhd");
  ASSERT_NE(header, std::string::npos);
  // [a b u; c d v; x y w] of 16.16 numbers: a quarter turn to the right is a = 0, b = 1, c = -1, d = 0.
  const std::size_t matrix = header + 4 + 40;
  ASSERT_EQ(content.substr(matrix, 4), std::string("\0\1\0\0", 4));
  content.replace(matrix, 8, std::string("\0\0\0\0\0\1\0\0", 8));
  content.replace(matrix + 12, 8, std::string("\xff\xff\0\0\0\0\0\0", 8));
  const ReadVideo read = read_video(files.file("turned.mp4", content));
  ASSERT_EQ(read.frames.size(), 3U) << read.error;
  EXPECT_EQ(read.facts.height, 128U);
  EXPECT_EQ(read.facts.width, 96U);
  // The square stands at x 8, y 40 to 56 of the stored picture: at y 8, x 40 to 56 from the right.
  const Picture& picture = read.frames[0].picture;
  const auto red = [&](std::size_t y, std::size_t x) { return picture.bytes[(y * picture.width + x) * 3]; };
  EXPECT_GT(red(16, 96 - 48), 200);
  EXPECT_LT(red(100, 96 - 48), 150);
}

TEST(Video, AFolderIsReadByTheLastNumberOfItsNames) {
  const TestFolder files;
  std::filesystem::create_directories(files / "film");
  for (const int number : {9, 10, 100})
    ASSERT_TRUE(write_png(files / ("film/f1_" + std::to_string(number) + ".png"),
                          {.height = 1, .width = 1, .channels = 1, .bytes = {static_cast<std::uint8_t>(number)}}));
  (void)files.file("film/f1_11.png", "no picture");
  (void)files.file("film/notes.txt", "");
  const ReadVideo read = read_video(files / "film", {.frames_per_second = 2});
  ASSERT_EQ(read.frames.size(), 3U) << read.error;
  EXPECT_EQ(read.facts.frames, 4U);
  EXPECT_EQ(read.frames[1].picture.bytes, (std::vector<std::uint8_t>{10, 10, 10}));
  EXPECT_EQ(read.frames[2].picture.bytes[0], 100);
  EXPECT_EQ(read.frames[2].seconds, 1.5);
  EXPECT_EQ(read.damage.broken, 1U);
  EXPECT_THAT(read.damage.words, HasSubstr("f1_11.png: is neither PNG nor JPEG"));

  ASSERT_TRUE(write_png(files / "film/f1_101.png", {.height = 1, .width = 2, .channels = 1, .bytes = {1, 2}}));
  EXPECT_THAT(read_video(files / "film").error, HasSubstr("f1_101.png: is 2 x 1 pixels, the first frame 1 x 1"));
}

TEST(Video, WhatIsNoVideoIsRefusedByName) {
  const TestFolder files;
  EXPECT_THAT(read_video(files / "none.mp4").error, HasSubstr("none.mp4: No such file"));
  EXPECT_THAT(read_video(files.file("a.mp4", "")).error, HasSubstr("a.mp4: is neither an MP4 nor a GIF file"));
  EXPECT_THAT(read_video(files.file("b.mp4", "#EXTM3U\nfile:///etc/passwd\n")).error, HasSubstr("is neither"));
  EXPECT_THAT(read_video(files.file("c.gif", "GIF89a")).error, HasSubstr("c.gif: cannot be read as a video"));
  (void)files.file("empty/notes.txt", "");
  EXPECT_THAT(read_video(files / "empty").error, HasSubstr("empty: has no .png, .jpg or .jpeg frame"));
  const auto reader = VideoReader::open(files.path(), {.frames_per_second = 0});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::invalid_argument);
}

TEST(VideoWriter, RefusesWhatItCannotWrite) {
  const TestFolder files;
  const auto refusal = [&](const std::filesystem::path& place, double rate) {
    const auto writer = VideoWriter::create(place, {.frames_per_second = rate});
    EXPECT_FALSE(writer);
    return writer ? "" : writer.error().message;
  };
  EXPECT_THAT(refusal(files / "a.avi", 25), HasSubstr("a.avi: a video is written as .mp4, as .gif, or as a folder"));
  EXPECT_THAT(refusal(files / "a.mp4", 0), HasSubstr("0 frames per second are not in [0.1, 240]"));
  EXPECT_THAT(refusal(files / "a.gif", 60), HasSubstr("60 frames per second are more than the 50 of a GIF"));
  EXPECT_THAT(refusal(files / "none/a.mp4", 25), HasSubstr("none"));
  (void)files.file("full/a.txt", "");
  EXPECT_THAT(refusal(files / "full", 25), HasSubstr("full: is not empty"));

  auto writer = VideoWriter::create(files / "a.gif");
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->finish().error().code, ErrorCode::invalid_argument);
  ASSERT_TRUE(writer->add(moving_square(0)));
  EXPECT_THAT(writer->add(moving_square(0, 50, 50)).error().message,
              HasSubstr("picture 2 is 50 x 50 pixels, the first 128 x 96"));
  EXPECT_FALSE(std::filesystem::exists(files / "a.gif")) << "a file appears when it is finished";
}

}  // namespace
}  // namespace errata::image

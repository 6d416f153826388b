// Odd PNG files, made here chunk by chunk, and the values that everyone else reads from them.
#include "errata/image/picture.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <string>

#include "errata/base/test_folder.h"

namespace errata::image {
namespace {

using testing::ElementsAre;

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
  return bytes;
}

std::string chunk(const std::string& name, const std::string& content) {
  const std::string named = name + content;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()));
  return number(static_cast<std::uint32_t>(content.size())) + named + number(static_cast<std::uint32_t>(sum));
}

/// One row of pixels. @param colour  as in PNG: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA
std::string png(std::uint32_t width, char depth, char colour, const std::string& row, const std::string& more = "") {
  const std::string raw = std::string(1, '\0') + row;
  std::string packed(compressBound(raw.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()), raw.size());
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", number(width) + number(1) + std::string{depth, colour} + std::string(3, '\0')) + more +
         chunk("IDAT", packed) + chunk("IEND", "");
}

std::vector<std::uint8_t> bytes_of(const std::string& content) {
  const TestFolder files;
  const auto picture = read_picture(files.file("a.png", content));
  EXPECT_TRUE(picture) << picture.error().message;
  return picture ? picture->bytes : std::vector<std::uint8_t>{};
}

TEST(Picture, SixteenBitsAreFinerStepsOfTheSameScale) {
  EXPECT_THAT(bytes_of(png(2, 16, 0, std::string("\x80\x80\x40\x40", 4))), ElementsAre(128, 64));
  EXPECT_THAT(bytes_of(png(1, 16, 2, std::string("\x80\x80\xff\xff\x00\x00", 6))), ElementsAre(128, 255, 0));
}

TEST(Picture, ValuesStandAsTheyAreWhateverIsSaidOfTheirColours) {
  const std::string linear = chunk("gAMA", number(100'000));
  EXPECT_THAT(bytes_of(png(2, 8, 0, "\x80\x40", linear)), ElementsAre(128, 64));
  EXPECT_THAT(bytes_of(png(2, 16, 0, std::string("\x80\x80\x40\x40", 4), linear)), ElementsAre(128, 64));
  EXPECT_THAT(
      bytes_of(png(1, 8, 2, "\x80\x40\x20", chunk("gAMA", number(45'455)) + chunk("sRGB", std::string(1, '\0')))),
      ElementsAre(128, 64, 32));
}

TEST(Picture, AlphaIsLaidOnBlackValueByValue) {
  // 200 · 128 / 255 = 100.4
  EXPECT_THAT(bytes_of(png(2, 8, 4, "\xc8\x80\xc8\xff")), ElementsAre(100, 200));
  EXPECT_THAT(bytes_of(png(1, 8, 6, "\xc8\x64\xff\x80")), ElementsAre(100, 50, 128));
  EXPECT_THAT(bytes_of(png(1, 16, 4, std::string("\xc8\xc8\x80\x80", 4))), ElementsAre(100));
  const std::string palette = chunk("PLTE", "\xc8\x64\xff") + chunk("tRNS", "\x80");
  EXPECT_THAT(bytes_of(png(1, 8, 3, std::string(1, '\0'), palette)), ElementsAre(100, 50, 128));
}

}  // namespace
}  // namespace errata::image

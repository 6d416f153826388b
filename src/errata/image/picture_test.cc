// Odd PNG and JPEG files, made here, and the values that everyone else reads from them.
#include "errata/image/picture.h"

#include <gmock/gmock.h>
#include <turbojpeg.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>

#include "errata/base/test_folder.h"
#include "errata/image/test_exif.h"

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

TEST(Picture, FewBitsAreSpreadOverTheWholeScale) {
  EXPECT_THAT(bytes_of(png(8, 1, 0, "\xa5")), ElementsAre(255, 0, 255, 0, 0, 255, 0, 255));
  EXPECT_THAT(bytes_of(png(4, 2, 0, "\x1b")), ElementsAre(0, 85, 170, 255));
  EXPECT_THAT(bytes_of(png(2, 4, 0, "\x3f")), ElementsAre(51, 255));
  const std::string palette = chunk("PLTE", std::string("\x01\x02\x03\xc8\x64\xff", 6));
  EXPECT_THAT(bytes_of(png(2, 1, 3, "\x40", palette)), ElementsAre(1, 2, 3, 200, 100, 255));
}

std::string words_of_refusal(const Result<Picture>& picture) {
  EXPECT_FALSE(picture);
  return picture ? "" : picture.error().message;
}

TEST(Picture, OneWithoutPixelsOrWithTooManyIsRefusedBeforeItIsMade) {
  using testing::HasSubstr;
  const auto claims = [](std::uint32_t width, std::uint32_t height) {
    return "\x89PNG\r\n\x1a\n" +
           chunk("IHDR", number(width) + number(height) + std::string("\x08\x02", 2) + std::string(3, '\0')) +
           chunk("IDAT", "") + chunk("IEND", "");
  };
  EXPECT_THAT(words_of_refusal(parse_picture(claims(0, 0), "a.png")), HasSubstr("a.png: cannot be read as PNG"));
  EXPECT_THAT(words_of_refusal(parse_picture(claims(1, 0), "a.png")), HasSubstr("a.png: cannot be read as PNG"));
  EXPECT_THAT(words_of_refusal(parse_picture(claims(10'000, 10'000), "a.png")),
              HasSubstr("a.png: 10000 x 10000 pixels; 1 to 67108864 are read"));
  EXPECT_THAT(words_of_refusal(parse_picture("", "a.png")), HasSubstr("a.png: is neither PNG nor JPEG"));
}

/// @param pixels  [height, width, 3 or 4], by TurboJPEG's name of their order
std::string jpeg_of(int width, int height, int order, std::vector<std::uint8_t> pixels) {
  const tjhandle writer = tjInitCompress();
  unsigned char* made = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(writer, pixels.data(), width, 0, height, order, &made, &size,
                        order == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444, 100, 0),
            0);
  std::string content(reinterpret_cast<const char*>(made), size);
  tjFree(made);
  tjDestroy(writer);
  return content;
}

TEST(Picture, AnEndWithinTheFirstBytesIsNoPicture) {
  for (const char* content : {"\x89PNG", "\x89PNG\x1a\x89", "\x89PNG\r\n\x1a", "\xff"})
    EXPECT_THAT(words_of_refusal(parse_picture(content, "a.png")),
                testing::HasSubstr("a.png: is neither PNG nor JPEG"));
}

TEST(Picture, InksBecomeTheColourThatTheyLeave) {
  // 255: no ink. Left half: full light through half a black, 255 · 128 / 255; right half: no red passes.
  std::vector<std::uint8_t> inks;
  for (int i = 0; i < 16 * 8; ++i)
    for (const int ink : i % 16 < 8 ? std::array{255, 255, 255, 128} : std::array{0, 255, 128, 255})
      inks.push_back(static_cast<std::uint8_t>(ink));
  const auto picture = parse_picture(jpeg_of(16, 8, TJPF_CMYK, inks), "inks.jpg");
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(picture->channels, 3);
  ASSERT_EQ(picture->bytes.size(), 16U * 8 * 3);
  const auto near = [&](std::size_t pixel, int red, int green, int blue) {
    EXPECT_NEAR(picture->bytes[3 * pixel], red, 2);
    EXPECT_NEAR(picture->bytes[3 * pixel + 1], green, 2);
    EXPECT_NEAR(picture->bytes[3 * pixel + 2], blue, 2);
  };
  near(0, 128, 128, 128);
  near(15, 0, 255, 128);
}

TEST(Picture, IsTurnedAsExifSaysUnlessItIsAskedForAsStored) {
  std::vector<std::uint8_t> grey(16 * 8, 0);
  for (std::size_t y = 0; y < 8; ++y) std::fill_n(grey.begin() + static_cast<std::ptrdiff_t>(16 * y), 8, 255);
  const std::string stored = jpeg_of(16, 8, TJPF_GRAY, grey);  // light on the left
  const auto turned = parse_picture(with_exif(stored, exif_of(6)), "a.jpg");
  ASSERT_TRUE(turned) << turned.error().message;
  EXPECT_EQ(turned->height, 16);
  EXPECT_EQ(turned->width, 8);
  EXPECT_GT(turned->bytes.front(), 250);  // light above
  EXPECT_LT(turned->bytes.back(), 5);
  const auto as_stored = parse_picture(with_exif(stored, exif_of(6)), "a.jpg", {.as_shown = false});
  EXPECT_EQ(as_stored->bytes, parse_picture(stored, "a.jpg")->bytes);
  EXPECT_EQ(as_stored->width, 16);

  const std::string note = chunk("eXIf", exif_of(3, false));
  EXPECT_THAT(bytes_of(png(2, 8, 0, "\x80\x40", note)), ElementsAre(64, 128));
}

TEST(Picture, WrittenAsJpegItLooksTheSame) {
  for (const std::size_t channels : {1U, 3U}) {
    Picture picture{.height = 24, .width = 40, .channels = channels, .bytes = {}};
    for (std::size_t i = 0; i < picture.height * picture.width * channels; ++i)
      picture.bytes.push_back(static_cast<std::uint8_t>(i * 200 / (picture.height * picture.width * channels)));
    const auto content = jpeg_content(picture, 95);
    ASSERT_TRUE(content) << content.error().message;
    const auto read = parse_picture(*content, "x.jpg");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->height, picture.height);
    EXPECT_EQ(read->width, picture.width);
    EXPECT_EQ(read->channels, channels);
    for (std::size_t i = 0; i < picture.bytes.size(); ++i) ASSERT_NEAR(read->bytes[i], picture.bytes[i], 12) << i;
    EXPECT_LT(jpeg_content(picture, 10)->size(), content->size());
  }
}

TEST(Picture, OneCutShortIsDamaged) {
  const std::string light = jpeg_of(16, 8, TJPF_GRAY, std::vector<std::uint8_t>(128, 200));
  for (const std::size_t cut : {std::size_t{3}, light.size() / 2, light.size() - 3})
    EXPECT_THAT(words_of_refusal(parse_picture(light.substr(0, cut), "cut.jpg")),
                testing::HasSubstr("cut.jpg: cannot be read"));
  const std::string grey = png(2, 8, 0, "\x80\x40");
  for (const std::size_t cut : {std::size_t{9}, std::size_t{40}, grey.size() - 20})
    EXPECT_THAT(words_of_refusal(parse_picture(grey.substr(0, cut), "cut.png")),
                testing::HasSubstr("cut.png: cannot be read"));
}

}  // namespace
}  // namespace errata::image

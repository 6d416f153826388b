#include "errata/arrays/number_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace errata::arrays {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

std::vector<float> numbers(NumberFormat format, std::string bytes) {
  const NumberLayout& layout = layout_of(format);
  std::vector<float> values(bytes.size() / layout.bytes * layout.block);
  read_numbers(format, bytes.data(), values);
  return values;
}

/// Half of one is 3C00, of two 4000, of a half 3800.
const std::string kOne("\x00\x3C", 2), kTwo("\x00\x40", 2), kHalf("\x00\x38", 2);

TEST(NumberFormats, SingleNumbersAreReadToTheBit) {
  EXPECT_THAT(numbers(NumberFormat::f64, std::string("\0\0\0\0\0\0\xF8\x3F", 8)), ElementsAre(1.5F));
  EXPECT_THAT(numbers(NumberFormat::f32, std::string("\0\0\xC0\xBF", 4)), ElementsAre(-1.5F));
  EXPECT_THAT(numbers(NumberFormat::bf16, std::string("\xC0\x3F\x80\xFF", 4)), ElementsAre(1.5F, -INFINITY));
  // Largest, least normal, largest subnormal, least, minus zero, infinity.
  const auto halves = numbers(NumberFormat::f16, std::string("\xFF\x7B\x00\x04\xFF\x03\x01\x80\x00\x80\x00\x7C", 12));
  EXPECT_THAT(halves, ElementsAre(65504.0F, 0x1.0p-14F, 1023 * 0x1.0p-24F, -0x1.0p-24F, 0.0F, INFINITY));
  EXPECT_TRUE(std::signbit(halves[4]));
  EXPECT_TRUE(std::isnan(numbers(NumberFormat::f16, std::string("\x01\x7E", 2))[0]));
}

TEST(NumberFormats, BlocksOfFourBitsHaveTheirLowerHalfFirst) {
  // The first byte holds 1 and 15, the others 8 and 8.
  const std::string nibbles = "\xF1" + std::string(15, '\x88');
  const auto centred = numbers(NumberFormat::q4_0, kTwo + nibbles);
  EXPECT_EQ(centred[0], -14);  // 2 (1 − 8)
  EXPECT_EQ(centred[16], 14);
  EXPECT_EQ(centred[1], 0);
  const auto shifted = numbers(NumberFormat::q4_1, kTwo + kHalf + nibbles);
  EXPECT_EQ(shifted[0], 2.5);  // 2 · 1 + .5
  EXPECT_EQ(shifted[16], 30.5);
  EXPECT_EQ(shifted[31], 16.5);
}

TEST(NumberFormats, FifthBitsStandApart) {
  // Of the numbers 0 and 16 only.
  const std::string high("\x01\x00\x01\x00", 4), nibbles = "\xF1" + std::string(15, '\0');
  const auto centred = numbers(NumberFormat::q5_0, kOne + high + nibbles);
  EXPECT_EQ(centred[0], 1);  // 16 + 1 − 16
  EXPECT_EQ(centred[16], 15);
  EXPECT_EQ(centred[1], -16);
  const auto shifted = numbers(NumberFormat::q5_1, kOne + kTwo + high + nibbles);
  EXPECT_EQ(shifted[0], 19);  // 17 + 2
  EXPECT_EQ(shifted[16], 33);
  EXPECT_EQ(shifted[1], 2);
}

TEST(NumberFormats, BytesAreSigned) {
  const auto values = numbers(NumberFormat::q8_0, kHalf + "\x80\x7F" + std::string(30, '\1'));
  EXPECT_EQ(values[0], -64);
  EXPECT_EQ(values[1], 63.5);
  EXPECT_EQ(values[31], .5);
}

TEST(NumberFormats, PartsOfLargeBlocksHaveScalesOfTheirOwn) {
  // Scales of parts 0 to 3: 1, 2, 3, 4 in the lower six bits of bytes 0 to 3; leasts 5, 6, 7, 8 in bytes 4 to 7; scale
  // of part 4 is 9 in the lower half of byte 8, its least 10 in the upper.
  const std::string scales("\1\2\3\4\5\6\7\10\xA9\0\0\0", 12);
  const auto four = numbers(NumberFormat::q4_k, kTwo + kHalf + scales + std::string(128, '\x31'));
  EXPECT_EQ(four[0], -.5);   // 2 · 1 · 1 − .5 · 5
  EXPECT_EQ(four[32], 9);    // 2 · 2 · 3 − .5 · 6
  EXPECT_EQ(four[64], 2.5);  // 2 · 3 · 1 − .5 · 7
  EXPECT_EQ(four[128], 13);  // 2 · 9 · 1 − .5 · 10
  EXPECT_EQ(four[255], 0);   // no scale, no least
  const auto five =
      numbers(NumberFormat::q5_k, kTwo + kHalf + scales + std::string(32, '\1') + std::string(128, '\x31'));
  EXPECT_EQ(five[0], 31.5);  // 2 · 1 · 17 − .5 · 5
  EXPECT_EQ(five[32], 9);
  // Lower bits 1, upper bits of part 1 (the second 32) 2; scales of 16 numbers each 1 to 16.
  std::string sixths;
  for (int i = 1; i <= 16; ++i) sixths += static_cast<char>(i);
  const auto six = numbers(NumberFormat::q6_k, std::string(128, '\x11') + std::string(64, '\x08') + sixths + kHalf);
  EXPECT_EQ(six[0], -15.5);   // .5 · 1 · (1 − 32)
  EXPECT_EQ(six[32], 1.5);    // .5 · 3 · (33 − 32)
  EXPECT_EQ(six[255], -248);  // .5 · 16 · (1 − 32)
}

TEST(NumberFormats, NothingIsReadOfNothing) {
  read_numbers(NumberFormat::q6_k, nullptr, {});
  EXPECT_THAT(numbers(NumberFormat::q8_0, ""), Each(0));
}

}  // namespace
}  // namespace errata::arrays

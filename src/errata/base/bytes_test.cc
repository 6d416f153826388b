#include "errata/base/bytes.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace errata {
namespace {

using testing::HasSubstr;

RC_GTEST_PROP(Bytes, ReadBackWhatWasWritten,
              (double number, std::uint32_t count, const std::vector<float>& values, const std::string& text)) {
  ByteWriter out;
  out.write(number);
  out.write(values);
  out.write(text);
  out.write(std::vector{text, std::string(), text + "!"});
  out.write(count);
  ByteReader in(out.bytes());
  RC_ASSERT(std::bit_cast<std::uint64_t>(in.read<double>()) == std::bit_cast<std::uint64_t>(number));
  std::vector<float> read;
  in.read_into(read);
  RC_ASSERT(read == values);
  RC_ASSERT(in.read_text() == text);
  RC_ASSERT(in.read_texts() == (std::vector{text, std::string(), text + "!"}));
  RC_ASSERT(in.read<std::uint32_t>() == count);
  RC_ASSERT(in.finish("x").has_value());
}

RC_GTEST_PROP(Bytes, EveryCutIsNoticed, (const std::vector<std::uint16_t>& values)) {
  ByteWriter out;
  out.write(values);
  out.write(std::uint8_t{7});
  const auto cut = *rc::gen::inRange<std::size_t>(0, out.bytes().size());
  ByteReader in(std::string_view(out.bytes()).substr(0, cut));
  std::vector<std::uint16_t> read;
  in.read_into(read);
  static_cast<void>(in.read<std::uint8_t>());
  RC_ASSERT(!in.finish("x").has_value());
}

TEST(Bytes, AHostileLengthAsksForNoMemory) {
  ByteWriter out;
  out.write(std::numeric_limits<std::uint64_t>::max());
  ByteReader in(out.bytes());
  std::vector<double> read;
  in.read_into(read);
  EXPECT_TRUE(read.empty());
  EXPECT_THAT(in.finish("memory.snap").error().message, HasSubstr("memory.snap ends too early"));
  ByteReader again(out.bytes());
  EXPECT_LE(again.read_texts().size(), 1U);
  EXPECT_FALSE(again.finish("memory.snap").has_value());
}

TEST(Bytes, WhatIsLeftOverIsNoticed) {
  ByteReader in("abc");
  EXPECT_EQ(in.read<char>(), 'a');
  EXPECT_THAT(in.finish("memory.snap").error().message, HasSubstr("2 bytes more"));
}

}  // namespace
}  // namespace errata

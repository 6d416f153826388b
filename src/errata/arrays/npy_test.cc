#include "errata/arrays/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "errata/base/rng.h"

namespace errata::arrays {
namespace {

using testing::HasSubstr;

/// A .npy file of version 1 by hand.
std::string npy(const std::string& header, const std::string& values, char version = 1) {
  std::string content = "\x93NUMPY";
  content += version;
  content += '\0';
  content += static_cast<char>(header.size());
  content.append(version == 1 ? 1 : 3, '\0');
  return content + header + values;
}

std::string message_of(const std::string& content) {
  const auto array = parse_npy(content, "a.npy");
  EXPECT_FALSE(array) << "parsed";
  if (array) return "";
  EXPECT_EQ(array.error().code, ErrorCode::data);
  return array.error().message;
}

TEST(Npy, ReadsWhatNumpyWrites) {
  // numpy.save of numpy.array([[1, 2, 3], [-4, 5, 300]], dtype='<i2'), version 1.0, without the padding.
  const auto array = parse_npy(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n",
                                   std::string("\x01\0\x02\0\x03\0\xfc\xff\x05\0\x2c\x01", 12)),
                               "a.npy");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->type, NpyType::int16);
  EXPECT_EQ(array->shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(array->floats(), (std::vector<float>{1, 2, 3, -4, 5, 300}));
  EXPECT_EQ(*array->integers("a"), (std::vector<std::int64_t>{1, 2, 3, -4, 5, 300}));
}

TEST(Npy, ReadsHalves) {
  // 1, −2, 65504, the smallest of all, infinity
  const auto array = parse_npy(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (5,), }",
                                   std::string("\x00\x3c\x00\xc0\xff\x7b\x01\x00\x00\x7c", 10)),
                               "a.npy");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->floats(), (std::vector<float>{1, -2, 65504, 0x1p-24F, std::numeric_limits<float>::infinity()}));
  EXPECT_FALSE(array->is_integer());
}

TEST(Npy, ReadsEveryVersionShapeAndOrderOfKeys) {
  for (const char version : {'\x01', '\x02', '\x03'}) {
    const auto array = parse_npy(npy("{\"shape\": (3,), 'fortran_order': True, 'descr': '|u1'}", "abc", version), "a");
    ASSERT_TRUE(array) << array.error().message;  // one dimension: both orders are one
    EXPECT_EQ(array->floats(), (std::vector<float>{97, 98, 99}));
  }
  const auto number = parse_npy(npy("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", "\x01"), "a");
  ASSERT_TRUE(number);
  EXPECT_EQ(number->size(), 1U);
  const auto nothing = parse_npy(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 5)}", ""), "a");
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->floats().empty());
}

TEST(Npy, RefusesWhatItCannotReadAndSaysWhy) {
  EXPECT_THAT(message_of("PK\x03\x04"), HasSubstr("a.npy: is not a .npy file"));
  EXPECT_THAT(message_of("\x93NUMPY"), HasSubstr("truncated within its header"));
  EXPECT_THAT(message_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "12345678").substr(0, 30)),
              HasSubstr("truncated within its header"));
  EXPECT_THAT(message_of(npy("{}", "", 9)), HasSubstr(".npy version 9"));
  EXPECT_THAT(message_of(npy("{'descr': '<f4'}", "")), HasSubstr("no dictionary"));
  EXPECT_THAT(message_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "")),
              HasSubstr("no dictionary"));
  EXPECT_THAT(message_of(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "1234")),
              HasSubstr("dtype '>f4' is not supported"));
  EXPECT_THAT(message_of(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "1234")), HasSubstr("'|O'"));
  EXPECT_THAT(message_of(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234")),
              HasSubstr("dtype 'of records'"));
  EXPECT_THAT(message_of(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}", std::string(16, 'x'))),
              HasSubstr("Fortran order"));
  EXPECT_THAT(message_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}", std::string(15, 'x'))),
              HasSubstr("shape [2, 2] needs 16 bytes, 15 are there"));
  EXPECT_THAT(message_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}", std::string(17, 'x'))),
              HasSubstr("bytes are left over behind shape [2, 2]"));
  EXPECT_THAT(message_of(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "x")),
              HasSubstr("needs too many bytes"));
  EXPECT_THAT(message_of(std::string("\x93NUMPY\x02\0\0\0\1\0", 12) + std::string(65'536, ' ')),
              HasSubstr("its header has 65536 bytes; up to 65535 are read"));
}

TEST(Npy, IntegersMustBeWhole) {
  const std::vector<double> values{1, 2.5};
  const auto integers = npy_array(std::span<const double>(values), {2}).integers("labels");
  ASSERT_FALSE(integers);
  EXPECT_EQ(integers.error().message, "labels: value 2.5 at index 1 is not a whole number of 64 bits");
  for (const double wrong : {std::nan(""), HUGE_VAL, 1e19, -1e19})
    EXPECT_FALSE(npy_array(std::span<const double>(&wrong, 1), {1}).integers("labels"));
}

RC_GTEST_PROP(Npy, AnyDamagedFileIsReadOrRefused, (std::uint64_t seed)) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  std::string content = npy_content(npy_array(std::span<const float>(values), {2, 3}));
  Rng rng(seed);
  for (int change = 0; change < 3; ++change) content[rng.below(content.size())] = static_cast<char>(rng.below(256));
  if (rng.bernoulli(0.5)) content.resize(rng.below(content.size() + 1));
  const auto array = parse_npy(content, "a.npy");
  if (array) RC_ASSERT(array->floats().size() == array->size());
}

}  // namespace
}  // namespace errata::arrays

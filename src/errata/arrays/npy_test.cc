#include "errata/arrays/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/base/rng.h"

namespace errata::arrays {
namespace {

using testing::HasSubstr;

/// A folder of a test's own, gone when the test ends.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "errata_npy_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

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
              HasSubstr("1 bytes are left over"));
  EXPECT_THAT(message_of(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "x")),
              HasSubstr("needs too many bytes"));
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

RC_GTEST_PROP(Npz, GivesBackWhatWasWritten, (std::vector<float> first, std::vector<std::int64_t> second)) {
  const Folder folder;
  RC_ASSERT(
      write_npz(folder / "a.npz", {{"first", npy_array(std::span<const float>(first), {first.size()})},
                                   {"second", npy_array(std::span<const std::int64_t>(second), {1, second.size(), 1})}})
          .has_value());
  const auto npz = NpzFile::open(folder / "a.npz");
  RC_ASSERT(npz.has_value());
  RC_ASSERT(npz->names() == std::vector<std::string>({"first", "second"}));
  const auto floats = npz->read("first"), integers = npz->read("second");
  RC_ASSERT(floats.has_value() && integers.has_value());
  RC_ASSERT(std::ranges::equal(floats->bytes, npy_array(std::span<const float>(first), {first.size()}).bytes));
  RC_ASSERT(*integers->integers("second") == second);
}

TEST(Npz, RefusesWhatItCannotReadAndSaysWhy) {
  const Folder folder;
  const std::vector<float> values(1000, 0.5F);
  ASSERT_TRUE(write_npz(folder / "a.npz", {{"x", npy_array(std::span<const float>(values), {1000})}}));
  const auto npz = NpzFile::open(folder / "a.npz");
  ASSERT_TRUE(npz);
  EXPECT_THAT(npz->read("y").error().message, HasSubstr("a.npz, array y: is not there; the file has x"));
  EXPECT_THAT(NpzFile::open(folder / "missing.npz").error().message, HasSubstr("missing.npz: cannot be read as .npz"));

  const std::string whole = *read_file(folder / "a.npz");
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 1}) {
    std::ofstream(folder / "cut.npz", std::ios::binary) << whole.substr(0, length);
    EXPECT_FALSE(NpzFile::open(folder / "cut.npz")) << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {  // any single byte: refused, or what it was
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    std::ofstream(folder / "bad.npz", std::ios::binary) << damaged;
    const auto opened = NpzFile::open(folder / "bad.npz");
    if (!opened || !opened->has("x")) continue;
    const auto array = opened->read("x");
    if (array) {
      EXPECT_EQ(array->floats(), values) << "byte " << at;
    }
  }
}

TEST(Npz, AppearsWholeOrNotAtAll) {
  const Folder folder;
  const std::vector<float> values{1};
  const auto written = write_npz(folder / "missing/a.npz", {{"x", npy_array(std::span<const float>(values), {1})}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::output);
  // Two arrays of one name cannot both be there.
  const auto twice = write_npz(folder / "b.npz", {{"x", npy_array(std::span<const float>(values), {1})},
                                                  {"x", npy_array(std::span(values), {1})}});
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("array x"));
  EXPECT_FALSE(std::filesystem::exists(folder / "b.npz"));
}

}  // namespace
}  // namespace errata::arrays

#include "errata/arrays/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"

namespace errata::arrays {
namespace {

using testing::HasSubstr;

RC_GTEST_PROP(Npz, GivesBackWhatWasWritten, (std::vector<float> first, std::vector<std::int64_t> second)) {
  const TestFolder folder;
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
  const TestFolder folder;
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

TEST(Npz, IsUnpackedNoFurtherThanItsHeaderAsks) {
  // The checksum behind three million bytes, wrong after the change, is never reached.
  const TestFolder folder;
  const std::vector<std::uint8_t> values(3'000'000);
  ASSERT_TRUE(write_npz(folder / "a.npz", {{"x", npy_array(std::span<const std::uint8_t>(values), {3'000'000})}}));
  std::string content = *read_file(folder / "a.npz");
  content.replace(content.find("(3000000,)"), 10, "(0000016,)");
  const auto npz = NpzFile::open(folder.file("bomb.npz", content));
  ASSERT_TRUE(npz) << npz.error().message;
  EXPECT_THAT(npz->read("x").error().message, HasSubstr("bomb.npz, array x: bytes are left over behind shape [16]"));
}

TEST(Npz, AppearsWholeOrNotAtAll) {
  const TestFolder folder;
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

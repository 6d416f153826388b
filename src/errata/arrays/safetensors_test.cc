#include "errata/arrays/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"

namespace errata::arrays {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A file of this header and as many bytes of values.
std::string file_of(const std::string& header, std::size_t values) {
  const std::uint64_t length = header.size();
  std::string content(8, '\0');
  std::memcpy(content.data(), &length, 8);
  return content + header + std::string(values, '\0');
}

std::string problem_of(const std::string& content) {
  const auto parsed = parse_safetensors(content, "x");
  return parsed ? "none" : parsed.error().message;
}

TEST(Safetensors, GivesBackWhatWasWritten) {
  const std::vector<float> a{1, -2.5F, 3, 4, 5, 6}, one{7}, none;
  const std::vector<FloatTensor> tensors{{"a", {2, 3}, a}, {"scalar", {}, one}, {"empty", {0, 4}, none}};
  const std::string content = safetensors_content(tensors, {{"format", "pt"}});
  const auto read = parse_safetensors(content, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->entries.size(), 3U);
  EXPECT_EQ(read->metadata.at("format"), "pt");
  EXPECT_EQ(read->floats("a", std::vector<std::size_t>{2, 3}), a);
  EXPECT_EQ(read->floats("scalar", {}), one);
  EXPECT_EQ(read->floats("empty", std::vector<std::size_t>{0, 4}), none);
  std::uint64_t length = 0;
  std::memcpy(&length, content.data(), 8);
  EXPECT_EQ(length % 8, 0U);
}

TEST(Safetensors, ReadsTheBytesOfTheFormatsOwnWords) {
  // Half 0x3C00 is 1, 0xC000 is -2, 0x0001 is 2^-24, 0x7C00 is infinite; bfloat16 0x3FC0 is 1.5.
  std::string content = file_of(R"({"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
                                R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]}}   )",
                                0);
  content += std::string("\x00\x3C\x00\xC0\x01\x00\x00\x7C\xC0\x3F", 10);
  const auto read = parse_safetensors(content, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(*read->floats("h", std::vector<std::size_t>{4}), ElementsAre(1, -2, 0x1.0p-24F, INFINITY));
  EXPECT_THAT(*read->floats("b", std::vector<std::size_t>{1}), ElementsAre(1.5F));
}

TEST(Safetensors, SaysWhichTensorIsNotWhatWasAskedFor) {
  const auto read = parse_safetensors(file_of(R"({"i":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}})", 8), "x");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->floats("j", {}).error().message, "x: there is no tensor 'j'");
  EXPECT_EQ(read->floats("i", std::vector<std::size_t>{3}).error().message, "x: tensor 'i' is [2], it must be [3]");
  EXPECT_EQ(read->floats("i", std::vector<std::size_t>{2}).error().message,
            "x: tensor 'i' holds no floating-point numbers");
}

TEST(Safetensors, RefusesWhatIsNoHeader) {
  EXPECT_THAT(problem_of("1234567"), HasSubstr("shorter than the 8 bytes"));
  EXPECT_THAT(problem_of(std::string(8, '\xFF')), HasSubstr("too long"));
  EXPECT_THAT(problem_of(file_of("{}", 0).substr(0, 9)), HasSubstr("cut off"));
  EXPECT_THAT(problem_of(file_of(" {}", 0)), HasSubstr("does not begin with {"));
  EXPECT_THAT(problem_of(file_of("{\"a\":", 0)), HasSubstr("no JSON"));
  EXPECT_THAT(problem_of(file_of("{\"a\":" + std::string(100'000, '[') + "}", 0)), HasSubstr("deep"));
  EXPECT_THAT(problem_of(file_of(R"({"__metadata__":{"a":1}})", 0)), HasSubstr("no object of texts"));
}

TEST(Safetensors, RefusesTensorsThatAreNotWhereTheySay) {
  const auto with = [](const std::string& tensor, std::size_t values) { return problem_of(file_of(tensor, values)); };
  EXPECT_THAT(
      with(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
          8),
      HasSubstr("'a' stands twice"));
  EXPECT_THAT(
      with(
          R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
          8),
      HasSubstr("inside another"));
  EXPECT_THAT(
      with(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
          12),
      HasSubstr("behind a hole"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 3), HasSubstr("there are 3"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5), HasSubstr("belong to none"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4), HasSubstr("asks for 8 bytes"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4), HasSubstr("before it begins"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}})", 0),
              HasSubstr("no size"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), HasSubstr("no size"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}})", 4), HasSubstr("two sizes"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F3","shape":[1],"data_offsets":[0,4]}})", 4), HasSubstr("not known"));
  EXPECT_THAT(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}})", 4), HasSubstr("other keys"));
  EXPECT_THAT(with(R"({"a":3})", 0), HasSubstr("other keys"));
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::vector<float> values{1, 2, 3};
  const std::vector<FloatTensor> tensors{{"a", {3}, values}};
  const std::string content = safetensors_content(tensors);
  for (std::size_t size = 0; size < content.size(); ++size)
    EXPECT_FALSE(parse_safetensors(content.substr(0, size), "x")) << size;
}

TEST(Safetensors, AMissingFileIsNamed) {
  const TestFolder folder;
  EXPECT_THAT(read_safetensors(folder / "none.safetensors").error().message, HasSubstr("none.safetensors"));
}

}  // namespace
}  // namespace errata::arrays

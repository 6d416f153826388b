#include "errata/arrays/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/arrays/test_gguf_content.h"
#include "errata/base/test_folder.h"

namespace errata::arrays {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kU32 = [](std::uint32_t value) { return GgufContent::bytes(value); };
constexpr auto kU64 = [](std::uint64_t value) { return GgufContent::bytes(value); };

std::string gguf_problem(const std::string& content) {
  const auto read = parse_gguf(MappedFile(content), "x");
  return read ? "none" : read.error().message;
}

std::string tensor_problem(const GgufContent::Tensor& tensor, std::size_t values = 64) {
  GgufContent file;
  file.tensor(tensor);
  file.values.resize(values);
  return gguf_problem(file.content());
}

std::string value_problem(const std::string& value) {
  GgufContent file;
  file.key("k", value);
  return gguf_problem(file.content());
}

TEST(Gguf, ReadsValuesOfEveryType) {
  GgufContent file;
  file.key("u8", kU32(0) + "\xFF");
  file.key("i8", kU32(1) + "\xFF");
  file.key("u16", kU32(2) + GgufContent::bytes(std::uint16_t{65535}));
  file.key("i16", kU32(3) + GgufContent::bytes(std::int16_t{-2}));
  file.whole_key("u32", 7);
  file.key("i32", kU32(5) + GgufContent::bytes(std::int32_t{-3}));
  file.number_key("f32", .5F);
  file.key("bool", kU32(7) + "\1");
  file.text_key("text", "é");
  file.key("u64", kU32(10) + kU64(1ULL << 63U));
  file.key("i64", kU32(11) + GgufContent::bytes(std::int64_t{-4}));
  file.key("f64", kU32(12) + GgufContent::bytes(.25));
  file.texts_key("texts", {"a", ""});
  file.key("bytes", kU32(9) + kU32(0) + kU64(2) + "\1\2");
  file.key("numbers", kU32(9) + kU32(6) + kU64(1) + GgufContent::bytes(1.5F));
  file.key("signed", kU32(9) + kU32(5) + kU64(1) + GgufContent::bytes(std::int32_t{-1}));
  file.key("truths", kU32(9) + kU32(7) + kU64(2) + std::string("\1\0", 2));
  file.key("lists", kU32(9) + kU32(9) + kU64(1) + kU32(0) + kU64(1) + "\5");
  const auto read = parse_gguf(MappedFile(file.content()), "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read->get<std::uint64_t>("u8"), 255U);
  EXPECT_EQ(*read->get<std::int64_t>("i8"), -1);
  EXPECT_EQ(*read->get<std::uint64_t>("u16"), 65535U);
  EXPECT_EQ(*read->get<std::int64_t>("i16"), -2);
  EXPECT_EQ(*read->get<std::uint64_t>("u32"), 7U);
  EXPECT_EQ(*read->get<std::int64_t>("i32"), -3);
  EXPECT_EQ(*read->get<double>("f32"), .5);
  EXPECT_EQ(*read->get<bool>("bool"), true);
  EXPECT_EQ(*read->get<std::string>("text"), "é");
  EXPECT_EQ(*read->get<std::uint64_t>("u64"), 1ULL << 63U);
  EXPECT_EQ(*read->get<std::int64_t>("i64"), -4);
  EXPECT_EQ(*read->get<double>("f64"), .25);
  EXPECT_THAT(*read->get<std::vector<std::string>>("texts"), ElementsAre("a", ""));
  EXPECT_THAT(*read->get<std::vector<std::uint64_t>>("bytes"), ElementsAre(1, 2));
  EXPECT_THAT(*read->get<std::vector<double>>("numbers"), ElementsAre(1.5));
  EXPECT_THAT(*read->get<std::vector<std::int64_t>>("signed"), ElementsAre(-1));
  EXPECT_THAT(*read->get<std::vector<bool>>("truths"), ElementsAre(true, false));
  EXPECT_EQ(read->get<std::vector<GgufValue>>("lists")->size(), 1U);
  EXPECT_EQ(read->get<double>("u8"), nullptr);
  EXPECT_EQ(read->whole("u32"), 7U);
  EXPECT_EQ(read->whole("i32").error().message, "x: i32 is no whole number from 0 on");
  EXPECT_EQ(read->whole("none").error().message, "x: none is missing");
}

TEST(Gguf, ReadsTensorsRowsFirst) {
  GgufContent file;
  file.version = 2;
  file.floats("a", {3, 2}, {1, 2, 3, 4, 5, 6});
  file.floats("b", {1}, {7});
  const auto read = parse_gguf(MappedFile(file.content()), "x");
  ASSERT_TRUE(read) << read.error().message;
  const GgufTensor& a = *read->find("a");
  EXPECT_EQ(a.type, "F32");
  EXPECT_THAT(a.shape, ElementsAre(2, 3));
  std::vector<float> row(3);
  read->read(a, 3, row);
  EXPECT_THAT(row, ElementsAre(4, 5, 6));
  std::vector<float> one(1);
  read->read(*read->find("b"), 0, one);
  EXPECT_THAT(one, ElementsAre(7));
  EXPECT_EQ(read->find("c"), nullptr);
}

TEST(Gguf, KnowsTheSizesOfTypesThatItDoesNotRead) {
  GgufContent file;
  file.tensor({.name = "q", .sides = {256}, .type = 10, .offset = 0});  // Q2_K: 84 bytes
  file.values.resize(84);
  const auto read = parse_gguf(MappedFile(file.content()), "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->find("q")->type, "Q2_K");
  EXPECT_EQ(read->find("q")->format, std::nullopt);
  EXPECT_THAT(tensor_problem({.name = "q", .sides = {256}, .type = 10, .offset = 0}, 83), HasSubstr("84 bytes"));
}

TEST(Gguf, AnotherAlignmentIsKept) {
  GgufContent file;
  file.whole_key("general.alignment", 64);
  file.tensor({.name = "a", .sides = {1}, .type = 0, .offset = 64});
  file.values.resize(128);
  EXPECT_EQ(gguf_problem(file.content()), "none");
  GgufContent odd;
  odd.whole_key("general.alignment", 12);
  EXPECT_THAT(gguf_problem(odd.content()), HasSubstr("general.alignment 12"));
  GgufContent none;
  none.whole_key("general.alignment", 0);
  EXPECT_THAT(gguf_problem(none.content()), HasSubstr("general.alignment 0"));
}

TEST(Gguf, RefusesWhatIsNoFileOfTheFormat) {
  EXPECT_THAT(gguf_problem(""), HasSubstr("does not begin with GGUF"));
  EXPECT_THAT(gguf_problem("GGML" + std::string(100, '\0')), HasSubstr("does not begin with GGUF"));
  GgufContent old;
  old.version = 1;
  EXPECT_THAT(gguf_problem(old.content()), HasSubstr("version 1, and 2 and 3 are read"));
  old.version = 3U << 24U;
  EXPECT_THAT(gguf_problem(old.content()), HasSubstr("other byte order"));
}

TEST(Gguf, RefusesCountsThatTheFileCannotHold) {
  GgufContent file;
  file.more_keys = 1ULL << 62U;
  EXPECT_THAT(gguf_problem(file.content()), HasSubstr("cut off"));
  file.more_keys = 0;
  file.more_tensors = 1ULL << 62U;
  EXPECT_THAT(gguf_problem(file.content()), HasSubstr("cut off"));
  EXPECT_THAT(value_problem(kU32(9) + kU32(8) + kU64(1ULL << 60U)), HasSubstr("does not fit"));
  EXPECT_THAT(value_problem(kU32(8) + kU64(~0ULL)), HasSubstr("cut off"));
  std::string deep;
  for (int i = 0; i < 10; ++i) deep += kU32(9) + kU64(1);
  EXPECT_THAT(value_problem(kU32(9) + deep), HasSubstr("deep"));
}

TEST(Gguf, RefusesValuesThatAreNone) {
  EXPECT_THAT(value_problem(kU32(13)), HasSubstr("a value of type 13"));
  EXPECT_THAT(value_problem(kU32(7) + "\2"), HasSubstr("a truth value of 2"));
  GgufContent twice;
  twice.whole_key("k", 1);
  twice.whole_key("k", 1);
  EXPECT_THAT(gguf_problem(twice.content()), HasSubstr("the key 'k' stands twice"));
}

TEST(Gguf, RefusesTensorsThatAreNotWhereTheySay) {
  EXPECT_EQ(tensor_problem({.name = "a", .sides = {16}}), "none");
  EXPECT_THAT(tensor_problem({.name = "a", .sides = {17}}), HasSubstr("its 68 bytes from byte 0"));
  EXPECT_THAT(tensor_problem({.name = "a", .sides = {1}, .offset = 4}), HasSubstr("no multiple of 32"));
  EXPECT_THAT(tensor_problem({.name = "a", .sides = {1}, .offset = ~31ULL}), HasSubstr("do not fit"));
  EXPECT_THAT(tensor_problem({.name = "a", .sides = {1ULL << 40U, 1ULL << 40U}}), HasSubstr("are no size of F32"));
  EXPECT_THAT(tensor_problem({.name = "a", .sides = {33}, .type = 8}), HasSubstr("blocks of 32"));
  EXPECT_THAT(tensor_problem({.name = "a", .sides = {1}, .type = 99}), HasSubstr("type 99 is not known"));
  EXPECT_THAT(tensor_problem({.name = "a", .sides = {1, 1, 1, 1, 1}}), HasSubstr("5 sides"));
  EXPECT_THAT(tensor_problem({.name = std::string(70'000, 'a'), .sides = {1}}), HasSubstr("too long"));
  GgufContent file;
  file.tensor({.name = "a", .sides = {16}});
  file.tensor({.name = "b", .sides = {1}, .offset = 32});
  file.values.resize(64);
  EXPECT_THAT(gguf_problem(file.content()), HasSubstr("'b' begins inside tensor 'a'"));
  GgufContent twice;
  for (const std::uint64_t offset : {0U, 32U}) twice.tensor({.name = "a", .sides = {1}, .offset = offset});
  twice.values.resize(64);
  EXPECT_THAT(gguf_problem(twice.content()), HasSubstr("'a' stands twice"));
}

TEST(Gguf, AnEmptyTensorLiesInsideAFileThatEndsWithItsHeader) {
  GgufContent file;
  file.tensor({.name = "a", .sides = {0, 3}});
  std::string content = file.content();
  content.resize(content.size() - 7);  // of what fills the header up
  const auto read = parse_gguf(MappedFile(content), "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->find("a")->start, 0U);
  read->read(*read->find("a"), 0, {});
}

TEST(Gguf, EveryTruncationIsRefused) {
  GgufContent file;
  file.text_key("general.architecture", "llama");
  file.floats("a", {3, 2}, {1, 2, 3, 4, 5, 6});
  const std::string content = file.content();
  for (std::size_t size = 0; size < content.size(); ++size)
    EXPECT_NE(gguf_problem(content.substr(0, size)), "none") << size;
}

TEST(Gguf, AMissingFileIsNamed) {
  const TestFolder folder;
  EXPECT_THAT(read_gguf(folder / "none.gguf").error().message, HasSubstr("none.gguf"));
}

}  // namespace
}  // namespace errata::arrays

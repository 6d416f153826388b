#include "errata/nn/protobuf.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace errata::nn {
namespace {

TEST(Protobuf, FieldsComeBackAsTheyWereWritten) {
  std::string message;
  append_field(message, 1, std::uint64_t{300});
  append_field(message, 20, "text");
  append_field(message, 3, UINT64_MAX);
  append_field(message, 4, std::string(200, 'x'));
  message += std::string("\x0d\1\2\3\4\x09\1\2\3\4\5\6\7\x08", 14);  // field 1: four bytes, then eight
  EXPECT_EQ(message.substr(0, 3), "\x08\xac\x02");                   // 300, as protobuf's documentation writes it
  std::vector<std::pair<std::uint32_t, std::uint64_t>> numbers;
  std::vector<std::string> texts;
  ASSERT_TRUE(each_field(message, [&](const ProtoField& field) {
    if (field.is_bytes)
      texts.emplace_back(field.bytes);
    else
      numbers.emplace_back(field.number, field.value);
    return true;
  }));
  EXPECT_EQ(texts, (std::vector<std::string>{"text", std::string(200, 'x')}));
  const std::vector<std::pair<std::uint32_t, std::uint64_t>> expected{{1, 300}, {3, UINT64_MAX}, {1, 0}, {1, 0}};
  EXPECT_EQ(numbers, expected);
}

TEST(Protobuf, MessagesCutShortOrOfOtherTypesAreNotWhole) {
  const auto is_whole = [](std::string_view message) {
    return each_field(message, [](const ProtoField&) { return true; });
  };
  EXPECT_TRUE(is_whole(""));
  for (const std::string& message :
       {std::string("\x08"), std::string("\x12\x05text", 6),
        std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 12), std::string("\x0d\1\2\3", 4),
        std::string("\x09\1\2\3", 4), std::string("\x0b\x0c", 2), std::string("\x00\x01", 2),
        std::string("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 11)})
    EXPECT_FALSE(is_whole(message));
}

}  // namespace
}  // namespace errata::nn

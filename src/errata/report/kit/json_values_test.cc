#include "errata/report/kit/json_values.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace errata::report {
namespace {

using nlohmann::ordered_json;

TEST(JsonText, EscapesWhatSteersATerminalAndReadsBackTheSame) {
  const std::string hostile = "a\x1b\x7f\xc2\x9b[31m\xe2\x80\xae x \xe2\x81\xa6 \xd8\x9c";
  const std::string text = json_text(ordered_json{{hostile, hostile}}, -1);
  constexpr std::string_view kEscaped = R"("a\u001b\u007f\u009b[31m\u202e x \u2066 \u061c")";
  EXPECT_EQ(text, "{" + std::string(kEscaped) + ":" + std::string(kEscaped) + "}\n");
  EXPECT_EQ(ordered_json::parse(text).at(hostile), hostile);
}

TEST(JsonText, LeavesOtherTextAlone) {
  EXPECT_EQ(json_text(ordered_json("größe, \xe2\x80\x94 日本 😀"), -1), "\"größe, \xe2\x80\x94 日本 😀\"\n");
  EXPECT_EQ(json_text(ordered_json("caf\xe9"), -1), "\"caf\xef\xbf\xbd\"\n");
}

}  // namespace
}  // namespace errata::report

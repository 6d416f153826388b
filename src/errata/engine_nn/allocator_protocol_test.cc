#include "errata/engine_nn/allocator_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "errata/base/utf8.h"

namespace errata::engine_nn {
namespace {

using checklist::Answer;
using checklist::Fault;
using ::testing::HasSubstr;

/// 3 rows of 4 patches, the last ones cut.
class AllocatorProtocol : public ::testing::Test {
 protected:
  Answer answer(const std::string& line) const { return parse_answer(line, 7, task); }
  void is_bad(const std::string& line, Fault fault, const std::string& words) const {
    const Answer parsed = answer(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_EQ(checklist::name_of(parsed.error().fault), checklist::name_of(fault)) << line;
    EXPECT_THAT(parsed.error().message, HasSubstr(words)) << line;
  }

  image::Picture picture{.height = 40, .width = 60, .channels = 3, .bytes = {}};
  checklist::Task task{.picture = &picture, .query = "where is the \"red\" box", .total = 1000};
};

TEST_F(AllocatorProtocol, AQuestionIsALineOfJson) {
  EXPECT_EQ(line_of(question_of(task, 7, "in a/7.png")),
            R"({"id":7,"image":"in a/7.png","query":"where is the \"red\" box","width":60,"height":40,"patch":16,)"
            R"("rows":3,"columns":4,"max_positions":273,"max_tokens":1000})");
  task.frame = checklist::Frame{.video = 3, .number = 2};
  task.examined = {5, 0};
  task.query = "a\nb\xff";
  const std::string line = line_of(question_of(task, 8, "8.png"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_THAT(line, HasSubstr(R"("video":3,"frame":2,"examined":[5,0]})"));
  const auto again = parse_question(line);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->query, "a\nb\xEF\xBF\xBD") << "what is no UTF-8 is replaced";
  EXPECT_EQ(again->frame->video, 3U);
  EXPECT_EQ(again->frame->number, 2U);
  EXPECT_EQ(again->examined, task.examined);
  EXPECT_EQ(again->max_tokens, 1000U);
  EXPECT_FALSE(parse_question("{}"));
  EXPECT_FALSE(parse_question("nothing"));
}

TEST_F(AllocatorProtocol, WhatIsWrongIsToldInWholeCharacters) {
  std::string long_word;
  for (int i = 0; i < 60; ++i) long_word += "é";
  for (const char* before : {"", "a"}) {
    const Answer parsed = answer(R"({"id":7,"positions":[")" + (before + long_word) + R"("],"budgets":[1]})");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(with_broken_bytes_shown(parsed.error().message), parsed.error().message);
  }
}

TEST_F(AllocatorProtocol, AnAnswerIsAnAllocation) {
  const Answer made = answer(R"( {"id":7,"budgets":[999,1],"positions":[11,0],"more":{}} )");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->positions, (std::vector<std::uint32_t>{11, 0}));
  EXPECT_EQ(made->budgets, (std::vector<std::size_t>{999, 1}));
  EXPECT_EQ(made->grid, (relevance::PatchGrid{.height = 40, .width = 60}));
  EXPECT_TRUE(answer(R"({"id":7,"positions":[],"budgets":[]})")) << "nothing may be funded";
  EXPECT_TRUE(answer(answer_line(7, {3, 4}, {500, 500})));
}

TEST_F(AllocatorProtocol, WhateverElseALineHoldsIsToldByItsFault) {
  for (const char* line : {"", "hello", "[]", "7", "null", R"({"id":7,"positions":[1],"budgets":[1])", "{\"id\":7}\x01",
                           R"({"positions":[],"budgets":[]})", R"({"id":7,"positions":{},"budgets":[]})",
                           R"({"id":7,"positions":[1.0],"budgets":[1]})", R"({"id":7,"positions":["1"],"budgets":[1]})",
                           R"({"id":7,"positions":[1],"budgets":[true]})", R"({"id":7,"positions":[1],"budgets":[]})",
                           R"({"id":7,"positions":[1],"budgets":[1e3]})", "\xff\xfe"})
    is_bad(line, Fault::malformed, "");
  is_bad(std::string(100'000, '['), Fault::malformed, "nested");
  is_bad("hello", Fault::malformed, "no JSON object: \"hello\"");
  is_bad(std::string(100, 'x'), Fault::malformed, "xxx...");
  is_bad(R"({"id":7,"positions":[1,2],"budgets":[1]})", Fault::malformed, "2 positions have 1 budgets");
  is_bad(R"({"id":8,"positions":[1],"budgets":[1]})", Fault::other_id, "id 8, the question 7");
  for (const char* id : {"-7", "7.0", "\"7\"", "null", "18446744073709551615"})
    is_bad(std::string(R"({"positions":[1],"budgets":[1],"id":)") + id + "}", Fault::other_id, id);
  is_bad(refusal_line(7, "no model"), Fault::refused, "it says: no model");
  is_bad(R"({"id":7,"error":3})", Fault::refused, "3");
}

TEST_F(AllocatorProtocol, PositionsAndBudgetsKeepToTheGridAndTheTotal) {
  for (const char* position : {"12", "-1", "4294967296", "18446744073709551615", "-9223372036854775808"})
    is_bad(std::string(R"({"id":7,"budgets":[1],"positions":[)") + position + "]}", Fault::outside,
           std::string("position ") + position + " is not in [0, 12)");
  is_bad(R"({"id":7,"positions":[3,1,3],"budgets":[1,1,1]})", Fault::repeated, "position 3");
  for (const char* budget : {"0", "-5", "1001", "18446744073709551615"})
    is_bad(std::string(R"({"id":7,"positions":[2],"budgets":[)") + budget + "]}", Fault::budget,
           std::string("budget ") + budget + " of position 2 is not in [1, 1000]");
  is_bad(R"({"id":7,"positions":[0,1,2],"budgets":[500,500,1]})", Fault::over_total, "sum to 1001 tokens, of 1000");
  std::string many = R"({"id":7,"positions":[0)", budgets;
  for (int i = 0; i < 273; ++i) many += ",0", budgets += "1,";
  is_bad(many + R"(],"budgets":[)" + budgets + "1]}", Fault::too_many, "274 positions, at most 273");
}

}  // namespace
}  // namespace errata::engine_nn

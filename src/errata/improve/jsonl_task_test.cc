#include "errata/improve/jsonl_task.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"

namespace errata::improve {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// Enough lines that every split has some. @param line  of a number
template <typename Line>
std::string many(Line line, int count = 80) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line(i) + "\n";
  return text;
}

std::string pair_line(int i) { return fmt::format(R"({{"prompt":"say {}","completion":"it is {}"}})", i, i); }

class Files : public ::testing::Test {
 public:
  Result<std::unique_ptr<Task>> jsonl(const std::string& content, Match match = Match::exact,
                                      const std::vector<std::string>& skills = {}) {
    return make_jsonl_task({.file = put(content), .match = match, .skills = skills});
  }
  std::string put(const std::string& content) {
    const auto place = folder / "q.jsonl";
    EXPECT_TRUE(write_file(place, content));
    return place.string();
  }
  std::string problem(const std::string& content, Match match = Match::exact) {
    const auto made = jsonl(content, match);
    return made ? std::string() : made.error().message;
  }
  TestFolder folder;
};

TEST_F(Files, PairsAreReadWithTheirAnswers) {
  const auto task = jsonl(many(pair_line));
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_THAT((*task)->skills(), ::testing::ElementsAre("all"));
  const Question question{.skill = 0, .prompt = "say 7"};
  EXPECT_EQ((*task)->reference(question), "it is 7");
  EXPECT_TRUE((*task)->verify(question, " it is 7\n"));
  EXPECT_FALSE((*task)->verify(question, "it is  7"));
  EXPECT_EQ((*task)->longest_answer(), 8U);
  EXPECT_EQ((*task)->meaning(" it is 7\n"), "it is 7");
  EXPECT_EQ((*task)->features(question)[0].value, "2");
}

TEST_F(Files, ChatsAreReadAsParagraphsAndTheirLastMessage) {
  const auto task = jsonl(
      many([](int i) {
        return fmt::format(R"({{"messages":[{{"role":"system","content":"Add."}},{{"role":"user","content":"{0}+1"}},)"
                           R"({{"role":"assistant","content":"{1}"}}]}})",
                           i, i + 1);
      }),
      Match::numeric);
  ASSERT_TRUE(task) << task.error().message;
  const Question question{.skill = 0, .prompt = "Add.\n\n4+1\n\n"};
  EXPECT_EQ((*task)->reference(question), "5");
  EXPECT_TRUE((*task)->verify(question, "5.0"));
  EXPECT_FALSE((*task)->verify(question, "-5"));
  EXPECT_FALSE((*task)->verify(question, "#### 5"));
}

TEST_F(Files, PatternsMatchTheWholeAnswer) {
  const auto line = [](int i) {
    return fmt::format(R"({{"prompt":"colour {}","completion":"grey","pattern":"gr[ae]y"}})", i);
  };
  const auto task = jsonl(many(line), Match::pattern);
  ASSERT_TRUE(task) << task.error().message;
  const Question question{.skill = 0, .prompt = "colour 3"};
  EXPECT_TRUE((*task)->verify(question, "gray"));
  EXPECT_FALSE((*task)->verify(question, "greyish"));
  EXPECT_FALSE((*task)->verify(question, std::string(5000, 'a')));
  EXPECT_THAT(problem(many(pair_line), Match::pattern), HasSubstr("line 1: no field 'pattern'"));
  EXPECT_THAT(problem(R"({"prompt":"a","completion":"b","pattern":"("})", Match::pattern), HasSubstr("pattern '('"));
  EXPECT_THAT(problem(line(1) + "\n" + R"({"prompt":"a","completion":"b","pattern":"c"})", Match::pattern),
              EndsWith("q.jsonl, line 2: the pattern 'c' does not match the completion"));
  EXPECT_THAT(problem(R"({"prompt":"a","completion":" ","pattern":"b"})", Match::pattern),
              HasSubstr("an empty answer"));
}

TEST_F(Files, PatternsOfOtherSkillsDoNotCount) {
  const auto line = [](int i) {
    return fmt::format(R"({{"prompt":"q{0}","completion":"b","pattern":"b","skill":"x"}})"
                       "\n"
                       R"({{"prompt":"q{0}","completion":"c","pattern":"{1}","skill":"y"}})",
                       i, i == 0 ? "(" : "c");
  };
  const auto task = jsonl(many(line), Match::pattern, {"x"});
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_TRUE((*task)->verify({.skill = 0, .prompt = "q3"}, "b"));
  EXPECT_FALSE((*task)->verify({.skill = 0, .prompt = "q3"}, "c"));
}

TEST_F(Files, BrokenLinesAreNamed) {
  const std::string good = pair_line(1) + "\n\n";
  EXPECT_THAT(problem(good + "{oops"), EndsWith("q.jsonl, line 3: no JSON object: a mistake at byte 2"));
  EXPECT_THAT(problem(good + "{\"prompt\":\"caf\xe9\"}"), EndsWith("line 3: no JSON object: no UTF-8 at byte 16"));
  EXPECT_THAT(problem(good + "[]"), EndsWith("line 3: no JSON object"));
  EXPECT_THAT(problem(good + R"({"prompt":"a"})"), EndsWith("line 3: no field 'completion'"));
  EXPECT_THAT(problem(good + R"({"prompt":4,"completion":"b"})"), EndsWith("line 3: 'prompt' is no text"));
  EXPECT_THAT(problem(good + R"({"prompt":" ","completion":"b"})"), EndsWith("line 3: an empty question"));
  EXPECT_THAT(problem(good + R"({"prompt":"a","completion":""})"), EndsWith("line 3: an empty answer"));
  EXPECT_THAT(problem(good + R"({"messages":[]})"), EndsWith("no list of two or more"));
  EXPECT_THAT(problem(good + R"({"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]})"),
              EndsWith("the last message is not the assistant's"));
  EXPECT_THAT(problem(good + R"({"messages":[1,2]})"), EndsWith("message 1 is no object"));
  EXPECT_THAT(problem(good + std::string(100, '[')), EndsWith("nested more than 64 deep"));
  EXPECT_THAT(problem(good, Match::numeric), HasSubstr("the answer 'it is 1' is no number"));
  EXPECT_THAT(problem(""), EndsWith("no questions"));
  EXPECT_THAT(problem(pair_line(1)), HasSubstr("skill 'all' has 1 questions, and none of them is"));
  EXPECT_THAT(problem(R"({"prompt":"a","completion":"b"})"
                      "\n\n"
                      R"({"prompt":"a","completion":"c"})"),
              HasSubstr("q.jsonl, line 1 and line 3: two answers, or two skills, of the question 'a'"));
  EXPECT_EQ(make_jsonl_task({.file = (folder / "none").string()}).error().code, ErrorCode::data);
}

TEST_F(Files, SkillsAreChosenByName) {
  const std::string content = many(
      [](int i) {
        return fmt::format(R"({{"prompt":"say {}","completion":"x","skill":"{}"}})", i, i % 2 == 0 ? "even" : "odd");
      },
      300);
  const auto task = jsonl(content, Match::exact, {"odd"});
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_THAT((*task)->skills(), ::testing::ElementsAre("odd"));
  EXPECT_THAT(jsonl(content, Match::exact, {"third"}).error().message, HasSubstr("no line has the skill 'third'"));
}

TEST_F(Files, QuestionsAreDrawnWithoutReplacement) {
  const auto task = jsonl(many(pair_line, 200));
  ASSERT_TRUE(task) << task.error().message;
  const std::size_t pool = (*task)->listed(0, Split::pool)->size();
  const Rng order(3);
  std::multiset<std::string> asked;
  const std::size_t count = pool / 4;
  for (std::size_t round = 1; round <= 4; ++round)
    for (const Question& question : round_questions(**task, round, count, order, Rng(round))) {
      EXPECT_EQ(split_of(question), Split::pool);
      asked.insert(question.prompt);
    }
  EXPECT_EQ(asked.size(), 4 * count);
  EXPECT_EQ(std::set(asked.begin(), asked.end()).size(), 4 * count);
  Rng rng(1);
  const auto held = draw_distinct(**task, 0, Split::held_out, 10'000, rng);
  EXPECT_EQ(held.size(), (*task)->listed(0, Split::held_out)->size());
  EXPECT_EQ((*task)->variant(held[0], rng).skill, 0U);
}

std::string gsm8k_line(int i) {
  return fmt::format(R"({{"question":"Q {}?","answer":"a\nb <<1+1=2>>\n#### {}"}})", i, -1000 - i);
}

TEST_F(Files, Gsm8kIsRightByTheNumberBehindTheMark) {
  const auto task = make_gsm8k_task({.file = put(many(gsm8k_line))});
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ((*task)->name(), "gsm8k");
  EXPECT_THAT((*task)->skills(), ::testing::ElementsAre("steps_2"));
  const Question question{.skill = 0, .prompt = "Q 5?\n"};
  EXPECT_TRUE((*task)->verify(question, "I think\n#### -1,005.0"));
  for (const char* wrong : {"#### 1005", "-1005", "#### 1004", "", "####"})
    EXPECT_FALSE((*task)->verify(question, wrong)) << wrong;
  EXPECT_THAT(make_gsm8k_task({.file = put(R"({"question":"Q","answer":"5"})")}).error().message,
              EndsWith("line 1: no number behind '####' in 'answer'"));
}

}  // namespace
}  // namespace errata::improve

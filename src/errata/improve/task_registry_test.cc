#include "errata/improve/task_registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"

namespace errata::improve {
namespace {

using ::testing::HasSubstr;

TEST(Tasks, AreMadeByTheirNames) {
  EXPECT_THAT(make_task({}).value()->skills(), ::testing::ElementsAre("add", "sub"));
  EXPECT_THAT(make_task({.name = "arithmetic", .skills = {"mul"}}).value()->skills(), ::testing::ElementsAre("mul"));
  EXPECT_EQ(make_task({.name = "word-problems"}).value()->name(), "word-problems");
  EXPECT_EQ(task_kinds().front().name, "arithmetic");
}

TEST(Tasks, HaveTheWritingAndTheLengthThatWereAskedFor) {
  const TaskOptions usual{}, forwards{.writing = Writing::forwards, .longest_answer = 9};
  const auto task = make_task(forwards).value();
  Rng rng(1);
  EXPECT_THAT(task->generate(0, rng).prompt, ::testing::StartsWith("What is "));
  EXPECT_EQ(task->longest_answer(), 9U);
  EXPECT_EQ(make_task(usual).value()->longest_answer(), 4U);
  EXPECT_NE(words_of(usual, *task), words_of(forwards, *task));
}

TEST(Tasks, WhatCannotBeMadeIsToldInWords) {
  const auto problem = [](const TaskOptions& options) { return make_task(options).error().message; };
  EXPECT_THAT(problem({.name = "chess"}), HasSubstr("task 'chess' is none of arithmetic, word-problems"));
  EXPECT_THAT(problem({.name = "gsm8k"}), HasSubstr("task gsm8k needs a file"));
  EXPECT_THAT(problem({.digits = 9}), HasSubstr("digits 9"));
}

TEST(Tasks, WordsNameTheContentOfAFileAndNotItsPlace) {
  const TestFolder folder;
  const auto words = [&](const char* name, int first) {
    std::string lines;
    for (int i = 0; i < 80; ++i) lines += fmt::format("{{\"prompt\":\"{}\",\"completion\":\"x\"}}\n", first + i);
    EXPECT_TRUE(write_file(folder / name, lines));
    const TaskOptions options{.name = "jsonl", .file = (folder / name).string()};
    const auto task = make_task(options);
    EXPECT_TRUE(task) << task.error().message;
    return words_of(options, **task);
  };
  EXPECT_EQ(words("a", 1), words("b", 1));
  EXPECT_NE(words("a", 1), words("a", 2));
}

}  // namespace
}  // namespace errata::improve

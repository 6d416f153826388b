#include "errata/improve/task_registry.h"

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

TEST(Tasks, WhatCannotBeMadeIsToldInWords) {
  const auto problem = [](const TaskOptions& options) { return make_task(options).error().message; };
  EXPECT_THAT(problem({.name = "chess"}), HasSubstr("task 'chess' is none of arithmetic, word-problems"));
  EXPECT_THAT(problem({.name = "gsm8k"}), HasSubstr("task gsm8k needs a file"));
  EXPECT_THAT(problem({.digits = 9}), HasSubstr("digits 9"));
}

TEST(Tasks, WordsNameTheContentOfAFileAndNotItsPlace) {
  const TestFolder folder;
  const auto words = [&](const char* name, const char* content) {
    EXPECT_TRUE(write_file(folder / name, content));
    return words_of(TaskOptions{.name = "jsonl", .file = (folder / name).string()}).value();
  };
  EXPECT_EQ(words("a", "x"), words("b", "x"));
  EXPECT_NE(words("a", "x"), words("a", "y"));
  EXPECT_FALSE(words_of(TaskOptions{.name = "jsonl", .file = (folder / "none").string()}));
}

}  // namespace
}  // namespace errata::improve

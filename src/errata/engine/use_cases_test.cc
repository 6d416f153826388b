// The use cases as a C++ program calls them, with nothing given but what they ask for.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "errata/base/test_folder.h"
#include "errata/engine/analyze.h"
#include "errata/engine/compare.h"
#include "errata/engine/replay.h"
#include "errata/engine/slices.h"

namespace errata::engine {
namespace {

using ::testing::HasSubstr;

/// 2,000 cases of two features; every second one where x = 3 fails, one in twenty of the others.
std::string log_text(int shift = 0) {
  std::string text = "x,group,label,prediction,score\n";
  for (int i = 0; i < 2000; ++i) {
    const int x = i % 10, turn = i / 10 + shift;
    const bool failed = x == 3 ? turn % 2 == 0 : turn % 20 == x;
    const int label = turn % 3 == 0;
    text += fmt::format("{},{},{},{},{:.2f}\n", x, "abc"[turn % 3], label, failed ? 1 - label : label,
                        0.55 + 0.04 * static_cast<double>(turn % 10));
  }
  return text;
}

class UseCases : public ::testing::Test {
 protected:
  TestFolder folder_;
  ThreadPool pool_{2};
};

TEST_F(UseCases, AnalyzeFindsTheSliceThatFails) {
  const auto found = analyze({.read = {.paths = {folder_.file("log.csv", log_text())}}}, pool_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->analysis.rows, 2000U);
  EXPECT_EQ(found->analysis.failures, 100U + 9 * 10);
  ASSERT_FALSE(found->analysis.hotspots.empty());
  EXPECT_EQ(found->analysis.hotspots[0].slice.slice.whole.n, 200U);
  EXPECT_EQ(found->analysis.hotspots[0].slice.slice.whole.failures, 100U);
  const auto exported = export_hotspots(*found, folder_.path("cases"), "parquet");
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_EQ(exported->front().rows, 200U);
}

TEST_F(UseCases, SlicesAreThoseOfTheWholeLog) {
  const auto found = find_slices({.read = {.paths = {folder_.file("log.csv", log_text())}}}, pool_);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_FALSE(found->result.slices.empty());
  EXPECT_EQ(found->result.slices[0].n, 200U);
  EXPECT_EQ(found->where[0][0].feature, "x");
}

TEST_F(UseCases, ComparingALogWithItselfFindsNoChange) {
  const AnalyzeRequest request{.read = {.paths = {folder_.file("log.csv", log_text())}}};
  const auto compared = compare({.first = request, .second = request}, pool_);
  ASSERT_TRUE(compared) << compared.error().message;
  ASSERT_FALSE(compared->slices.empty());
  for (const auto& slice : compared->slices) EXPECT_EQ(slice.change, slice::Change::unchanged);
}

TEST_F(UseCases, AReplayNeedsNoMoreThanALog) {
  const auto replay = replay_log({.read = {.paths = {folder_.file("log.csv", log_text())}}}, pool_);
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ(replay->rows, 2000U);
  EXPECT_EQ(replay->policy.options.coverage, 0.8) << "the usual coverage";
}

TEST_F(UseCases, AMemoryThatWasSavedIsGoneOnWith) {
  ReplayRequest first{.read = {.paths = {folder_.file("log.csv", log_text())}}};
  first.save_memory = folder_.path("memory.snap");
  first.decisions = folder_.path("told.csv");
  ASSERT_TRUE(replay_log(first, pool_));
  EXPECT_TRUE(std::filesystem::exists(first.decisions));
  ReplayRequest second{.read = {.paths = {folder_.file("more.csv", log_text(7))}}};
  second.memory = first.save_memory;
  EXPECT_TRUE(replay_log(second, pool_));
  second.read.paths = {folder_.file("other.csv", "y,label,prediction\n1,0,0\n2,1,1\n")};
  const auto refused = replay_log(second, pool_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::data);
  EXPECT_THAT(refused.error().message, HasSubstr("memory.snap: the memory was made with other features"));
}

TEST_F(UseCases, WhatWasCancelledIsAnErrorOfThatCode) {
  Cancellation stop;
  stop.request();
  const AnalyzeRequest request{.read = {.paths = {folder_.file("log.csv", log_text())}}};
  EXPECT_EQ(analyze(request, pool_, Progress(&stop)).error().code, ErrorCode::cancelled);
  ThreadPool stopped = pool_.stopped_by(&stop);
  EXPECT_EQ(analyze(request, stopped).error().code, ErrorCode::cancelled);
  EXPECT_EQ(replay_log({.read = request.read}, pool_, Progress(&stop)).error().code, ErrorCode::cancelled);
  EXPECT_TRUE(analyze(request, pool_));
}

}  // namespace
}  // namespace errata::engine

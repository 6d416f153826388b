#include "errata/relevance/video_course.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::relevance {
namespace {

constexpr PatchGrid kGrid{.height = 32, .width = 64};  // 2 x 4 patches

Allocation funded(std::vector<std::uint32_t> positions, std::vector<std::size_t> budgets) {
  return {.grid = kGrid, .positions = std::move(positions), .budgets = std::move(budgets)};
}

TEST(Jitter, IsWhatDoesNotMoveAlong) {
  const Allocation before = funded({0, 5}, {100, 60});
  EXPECT_EQ(allocation_jitter(before, before, {}), 0);
  EXPECT_EQ(allocation_jitter(before, funded({3}, {160}), {}), 2) << "nothing in common";
  EXPECT_EQ(allocation_jitter(before, funded({1, 6}, {100, 60}), {.right = 16}), 0) << "a patch to the right";
  EXPECT_EQ(allocation_jitter(before, funded({4}, {100}), {.down = 16}), 0)
      << "what is beyond the edge is not compared";
  EXPECT_EQ(allocation_jitter(funded({0}, {100}), funded({0}, {60}), {}), 40.0 / 80);
  // Half a patch to the right: 100 of patch 0 lie half over patch 0 and half over 1. Patch 0 is half compared.
  EXPECT_EQ(allocation_jitter(funded({0}, {100}), funded({1}, {100}), {.right = 8}), (50.0 + 50) / (50 + 25 + 25));
}

TEST(Jitter, OfNothingAndOfOtherSizesIsNone) {
  EXPECT_EQ(allocation_jitter(funded({}, {}), funded({}, {}), {}), std::nullopt);
  EXPECT_EQ(allocation_jitter(funded({0}, {1}), {.grid = {.height = 16, .width = 16}}, {}), std::nullopt);
  EXPECT_EQ(allocation_jitter(funded({0}, {1}), funded({0}, {1}), {.right = 1000}), std::nullopt) << "no overlap";
}

FrameAllocation frame_of(std::size_t number) {
  FrameAllocation frame{.number = number, .seconds = static_cast<double>(number) / 10};
  frame.allocated.allocation = funded({static_cast<std::uint32_t>(number % 2)}, {100});
  frame.allocated.selection.strategy = number < 600 ? Strategy::focused : Strategy::uniform;
  frame.shift = {.down = 3, .right = 4};
  frame.begins_context = number % 100 == 0;
  return frame;
}

image::Picture picture() {
  return {.height = 32, .width = 768, .channels = 1, .bytes = std::vector<std::uint8_t>(32 * 768)};
}

TEST(VideoCourse, AFrameIsAStretchAtFirst) {
  VideoCourse course;
  for (std::size_t i = 0; i < 3; ++i) course.add(frame_of(i), picture());
  ASSERT_EQ(course.stretches().size(), 3U);
  EXPECT_EQ(course.stretches()[0].jittered, 0U) << "a context begins: nothing to compare with";
  EXPECT_EQ(course.stretches()[1].jittered, 1U);
  EXPECT_GT(course.stretches()[1].jitter, 0);
  EXPECT_EQ(course.stretches()[1].shift, 5);
  EXPECT_EQ(course.stretches()[2].tokens, 100U);
  EXPECT_EQ(course.stretches()[2].seconds, .2);
  ASSERT_EQ(course.shown().size(), 3U);
  EXPECT_EQ(course.shown()[1].picture.width, VideoCourse::kShownSide);
  EXPECT_EQ(course.shown()[1].allocation.positions, std::vector<std::uint32_t>{1});
}

TEST(VideoCourse, StaysSmallAndLosesNoFrame) {
  VideoCourse course;
  constexpr std::size_t kFrames = 1500;
  for (std::size_t i = 0; i < kFrames; ++i) course.add(frame_of(i), picture());
  EXPECT_EQ(course.frames_a_stretch(), 4U);
  EXPECT_EQ(course.stretches().size(), 375U);
  std::size_t frames = 0, contexts = 0, tokens = 0, jittered = 0;
  for (const VideoStretch& stretch : course.stretches()) {
    EXPECT_EQ(stretch.first, frames);
    frames += stretch.frames;
    contexts += stretch.contexts;
    tokens += stretch.tokens;
    jittered += stretch.jittered;
  }
  EXPECT_EQ(frames, kFrames);
  EXPECT_EQ(contexts, 15U);
  EXPECT_EQ(tokens, 100 * kFrames);
  EXPECT_EQ(jittered, kFrames - 15);
  EXPECT_EQ(course.stretches().front().strategy(), Strategy::focused);
  EXPECT_EQ(course.stretches().back().strategy(), Strategy::uniform);
  ASSERT_EQ(course.shown().size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(course.shown()[i].number, 128 * i);
}

}  // namespace
}  // namespace errata::relevance

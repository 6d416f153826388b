#include "errata/checklist/allocators.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "errata/base/rng.h"

namespace errata::checklist {
namespace {

using relevance::Allocation;

constexpr std::size_t kSide = 320;  // 20 x 20 patches, more than may be funded

image::Picture speckled() {
  image::Picture picture{.height = kSide, .width = kSide, .channels = 3, .bytes = {}};
  Rng rng(11);
  for (std::size_t i = 0; i < kSide * kSide * 3; ++i)
    picture.bytes.push_back(static_cast<std::uint8_t>(rng.below(256)));
  return picture;
}

/// What an encoder might say: patches 100 to 119, one row, are asked for.
Task task_about(const image::Picture& picture) {
  Task task{.picture = &picture, .query = "where is the red circle"};
  constexpr std::size_t kPatches = 400, kWidth = 8;
  Rng rng(5);
  for (std::size_t i = 0; i < kPatches; ++i) task.encoded.relevance.push_back(i / 20 == 5 ? 4.0F : -4.0F);
  for (std::size_t i = 0; i < kPatches * kWidth; ++i) task.encoded.features.push_back(static_cast<float>(rng.normal()));
  task.encoded.dimensions = kWidth;
  for (const float odds : task.encoded.relevance) task.cosines.relevance.push_back(odds > 0 ? .28F : .20F);
  return task;
}

TEST(Allocators, EachKeepsToTheSameBudgetAndFundsNoPatchTwice) {
  const image::Picture picture = speckled();
  const Task task = task_about(picture);
  ThreadPool pool(2);
  std::vector<Allocator> all{errata_allocator(), document_allocator(), documents_reweighting()};
  for (Allocator& other : other_allocators()) all.push_back(std::move(other));
  std::vector<std::string> names;
  for (const Allocator& allocator : all) {
    names.push_back(allocator.name);
    const auto made = allocator.allocate(task, pool);
    ASSERT_TRUE(made) << allocator.name;
    EXPECT_LE(made->tokens(), kTotal) << allocator.name;
    EXPECT_EQ(made->positions.size(), made->budgets.size()) << allocator.name;
    EXPECT_EQ(std::set(made->positions.begin(), made->positions.end()).size(), made->positions.size());
    EXPECT_EQ(made->positions.size() <= kPositions, allocator.name != "downsample") << allocator.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"errata", "document", "document's fix", "divprune", "cdpruner", "todre",
                                             "random", "uniform", "downsample"}));
}

TEST(Allocators, TheOnesThatTakeTheQueryFindWhatItAsksFor) {
  const image::Picture picture = speckled();
  const Task task = task_about(picture);
  ThreadPool pool(1);
  std::vector<std::uint8_t> asked(400);
  std::fill_n(asked.begin() + 100, 20, std::uint8_t{1});
  const auto made = errata_allocator().allocate(task, pool);
  ASSERT_TRUE(made);
  // Noise all over is a void, so it looks in every cell of a grid, and there at what is asked for.
  EXPECT_GT(recall(*made, asked), 273.0 / 400);
  for (const Allocator& other : other_allocators())
    if (other.name == "downsample") {
      const auto even = other.allocate(task, pool);
      ASSERT_TRUE(even);
      EXPECT_EQ(recall(*even, asked), 1);
      EXPECT_NEAR(token_share(*even, asked), 20.0 / 400, 1e-12);
      EXPECT_LT(token_share(*even, asked), token_share(*made, asked));
    }
}

TEST(Allocators, FiguresOfAnAllocation) {
  const relevance::PatchGrid grid{.height = 32, .width = 48};  // 2 x 3 patches
  const Allocation a{.grid = grid, .positions = {1, 4}, .budgets = {30, 10}};
  const Allocation b{.grid = grid, .positions = {4, 5}, .budgets = {25, 15}};
  const std::vector<std::uint8_t> truth{1, 1, 0, 0, 0, 1};
  EXPECT_DOUBLE_EQ(recall(a, truth), 1.0 / 3);
  EXPECT_DOUBLE_EQ(recall(b, truth), 1.0 / 3);
  EXPECT_DOUBLE_EQ(token_share(a, truth), .75);
  EXPECT_DOUBLE_EQ(token_share(b, truth), 15.0 / 40);
  // In common 10 tokens of patch 4; either: 30 of 1, 25 of 4, 15 of 5.
  EXPECT_DOUBLE_EQ(overlap(a, b), 10.0 / 70);
  EXPECT_DOUBLE_EQ(overlap(a, a), 1);
  const Allocation none{.grid = grid, .positions = {}, .budgets = {}};
  EXPECT_EQ(token_share(none, truth), 0);
  EXPECT_EQ(overlap(none, none), 1);
  EXPECT_EQ(overlap(a, none), 0);
}

}  // namespace
}  // namespace errata::checklist

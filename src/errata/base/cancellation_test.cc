#include "errata/base/cancellation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>

#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"

namespace errata {
namespace {

Result<int> worked(const Progress& progress, const ThreadPool& pool) {
  return until_cancelled([&]() -> Result<int> {
    tell(progress, "working");
    std::atomic<int> sum = 0;
    pool.parallel_for(10, [&](std::size_t task, std::size_t) { sum += static_cast<int>(task); });
    return sum.load();
  });
}

TEST(Cancellation, WorkThatNobodyStopsGivesItsResult) {
  const Cancellation stop;
  EXPECT_EQ(worked(Progress(&stop), ThreadPool(2, &stop)).value(), 45);
  EXPECT_EQ(worked({}, ThreadPool(2)).value(), 45);
}

TEST(Cancellation, ProgressStopsTheWorkBeforeItTells) {
  Cancellation stop;
  stop.request();
  int told = 0;
  const Progress progress([&](std::string_view, double) { ++told; }, &stop);
  const auto result = worked(progress, ThreadPool(2));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::cancelled);
  EXPECT_EQ(told, 0);
}

TEST(Cancellation, APoolLeavesOutTheTasksThatHaveNotBegun) {
  for (const std::size_t threads : {1U, 4U}) {
    Cancellation stop;
    const ThreadPool pool(threads, &stop);
    std::atomic<int> ran = 0;
    const auto result = until_cancelled([&]() -> Result<void> {
      pool.parallel_for(1000, [&](std::size_t, std::size_t) {
        if (++ran == 5) stop.request();
      });
      return {};
    });
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::cancelled);
    EXPECT_LE(ran, 5 + static_cast<int>(threads));
  }
}

TEST(Cancellation, OneCallerOfAPoolStopsAloneAndThePoolGoesOn) {
  const ThreadPool pool(3);
  Cancellation stop;
  stop.request();
  EXPECT_EQ(worked({}, pool.stopped_by(&stop)).error().code, ErrorCode::cancelled);
  EXPECT_EQ(worked({}, pool).value(), 45);
}

}  // namespace
}  // namespace errata

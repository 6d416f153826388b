#include "errata/base/thread_pool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "errata/base/rng.h"

namespace errata {
namespace {

TEST(ThreadPool, HasAsManyWorkersAsAskedFor) {
  EXPECT_EQ(ThreadPool(1).size(), 1U);
  EXPECT_EQ(ThreadPool(5).size(), 5U);
  EXPECT_GE(ThreadPool(0).size(), 1U);
}

RC_GTEST_PROP(ThreadPool, RunsEveryTaskOnceOnAWorkerOfThePool, ()) {
  const auto threads = *rc::gen::inRange<std::size_t>(1, 9);
  const auto tasks = *rc::gen::inRange<std::size_t>(0, 200);
  ThreadPool pool(threads);
  std::vector<std::atomic<int>> runs(tasks);
  std::atomic<bool> stranger = false;
  pool.parallel_for(tasks, [&](std::size_t task, std::size_t worker) {
    ++runs[task];
    if (worker >= threads) stranger = true;
  });
  for (const auto& count : runs) RC_ASSERT(count == 1);
  RC_ASSERT(!stranger);
}

TEST(ThreadPool, OneThreadRunsTheTasksInOrderWhereItWasCalled) {
  ThreadPool pool(1);
  std::vector<std::size_t> order;
  pool.parallel_for(5, [&](std::size_t task, std::size_t worker) {
    order.push_back(task);
    EXPECT_EQ(worker, 0U);
  });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(ThreadPool, TasksRunAtTheSameTime) {
  // Each task waits for the other: with fewer than two workers at once this would never end.
  ThreadPool pool(2);
  std::atomic<int> arrived = 0;
  pool.parallel_for(2, [&](std::size_t, std::size_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(ThreadPool, AWorkerRunsOneTaskAtATime) {
  // So that a body may keep scratch memory per worker without a lock.
  constexpr std::size_t kThreads = 4;
  ThreadPool pool(kThreads);
  std::vector<std::atomic<int>> busy(kThreads);
  std::atomic<int> clashes = 0;
  pool.parallel_for(2000, [&](std::size_t, std::size_t worker) {
    if (busy[worker].fetch_add(1) != 0) ++clashes;
    std::this_thread::yield();
    busy[worker].fetch_sub(1);
  });
  EXPECT_EQ(clashes, 0);
}

TEST(ThreadPool, WhatTasksWroteIsSeenAfterwards) {
  ThreadPool pool(3);
  std::vector<std::uint64_t> plain(64, 0);
  for (std::uint64_t round = 1; round <= 2000; ++round) {
    pool.parallel_for(plain.size(), [&](std::size_t task, std::size_t) { plain[task] += task * round; });
  }
  for (std::size_t task = 0; task < plain.size(); ++task) EXPECT_EQ(plain[task], task * (2000 * 2001 / 2));
}

TEST(ThreadPool, ManyShortLoopsOfEverySizeEnd) {
  ThreadPool pool(4);
  Rng rng(1);
  std::size_t wanted = 0;
  std::atomic<std::size_t> ran = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto tasks = static_cast<std::size_t>(rng.below(6));
    wanted += tasks;
    pool.parallel_for(tasks, [&](std::size_t, std::size_t) { ran.fetch_add(1, std::memory_order_relaxed); });
    ASSERT_EQ(ran, wanted);
  }
}

TEST(ThreadPool, ComesAndGoesIdle) {
  for (int round = 0; round < 300; ++round) {
    ThreadPool pool(4);
    if (round % 2 == 0) pool.parallel_for(1, [](std::size_t, std::size_t) {});
  }
}

TEST(ThreadPool, ALoopMayUseAnotherPool) {
  ThreadPool outer(2);
  std::vector<std::unique_ptr<ThreadPool>> inner;
  for (std::size_t worker = 0; worker < outer.size(); ++worker) inner.push_back(std::make_unique<ThreadPool>(2));
  std::vector<std::size_t> sums(10, 0);
  outer.parallel_for(sums.size(), [&](std::size_t task, std::size_t worker) {
    std::vector<std::size_t> parts(20, 0);
    inner[worker]->parallel_for(parts.size(), [&](std::size_t part, std::size_t) { parts[part] = part * task; });
    sums[task] = std::accumulate(parts.begin(), parts.end(), std::size_t{0});
  });
  for (std::size_t task = 0; task < sums.size(); ++task) EXPECT_EQ(sums[task], 190 * task);
}

RC_GTEST_PROP(ThreadPool, TheResultDoesNotDependOnTheNumberOfThreads, (std::uint64_t seed)) {
  // The pattern that the class asks for: forked randomness per task, combined in task order.
  const auto total = [&](std::size_t threads) {
    ThreadPool pool(threads);
    std::vector<double> parts(37);
    const Rng rng(seed);
    pool.parallel_for(parts.size(), [&](std::size_t task, std::size_t) { parts[task] = rng.fork(task).normal(); });
    return std::accumulate(parts.begin(), parts.end(), 0.0);
  };
  const double one = total(1);
  RC_ASSERT(total(2) == one);
  RC_ASSERT(total(7) == one);
}

TEST(ThreadPool, SeveralCallersUseItAtOnce) {
  ThreadPool pool(3);
  constexpr std::size_t kCallers = 6, kTasks = 400;
  std::vector<std::uint64_t> sums(kCallers);
  std::atomic<int> clashes = 0;
  {
    std::vector<std::jthread> callers;
    for (std::size_t caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int round = 0; round < 50; ++round) {
          std::vector<std::uint64_t> results(kTasks);
          std::vector<std::atomic<int>> busy(pool.size());
          pool.parallel_for(kTasks, [&](std::size_t task, std::size_t worker) {
            if (busy[worker].fetch_add(1) != 0) ++clashes;
            results[task] = task * (caller + 1);
            busy[worker].fetch_sub(1);
          });
          sums[caller] += std::accumulate(results.begin(), results.end(), std::uint64_t{0});
        }
      });
    }
  }
  EXPECT_EQ(clashes, 0);
  for (std::size_t caller = 0; caller < kCallers; ++caller)
    EXPECT_EQ(sums[caller], 50 * (caller + 1) * (kTasks * (kTasks - 1) / 2));
}

TEST(ThreadPool, ATaskMayCallThePoolItself) {
  for (const std::size_t threads : {1U, 2U, 4U}) {
    ThreadPool pool(threads);
    std::atomic<int> runs = 0;
    pool.parallel_for(
        8, [&](std::size_t, std::size_t) { pool.parallel_for(8, [&](std::size_t, std::size_t) { ++runs; }); });
    EXPECT_EQ(runs, 64);
  }
}

TEST(ThreadPool, DifferentWorkRunsAtTheSameTime) {
  ThreadPool pool(2);
  std::atomic<int> arrived = 0;
  const auto wait_for_the_other = [&] {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  };
  int third = 0;
  pool.run_together({wait_for_the_other, wait_for_the_other, [&] { third = 3; }});
  EXPECT_EQ(arrived, 2);
  EXPECT_EQ(third, 3);
}

TEST(ThreadPool, WhatABodyThrowsIsThrownToTheCallerAndThePoolGoesOn) {
  ThreadPool pool(4);
  std::atomic<int> runs = 0;
  EXPECT_THROW(pool.parallel_for(1000,
                                 [&](std::size_t task, std::size_t) {
                                   ++runs;
                                   if (task == 3) throw std::runtime_error("third");
                                   std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                 }),
               std::runtime_error);
  EXPECT_LT(runs, 1000);
  runs = 0;
  pool.parallel_for(10, [&](std::size_t, std::size_t) { ++runs; });
  EXPECT_EQ(runs, 10);
}

}  // namespace
}  // namespace errata

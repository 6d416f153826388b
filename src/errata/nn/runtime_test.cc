#include "errata/nn/runtime.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

#include "errata/nn/shards.h"

namespace errata::nn {
namespace {

TEST(Runtime, ReadsDevices) {
  EXPECT_EQ(parse_device("cpu").value(), Device{});
  for (const auto* const word :
       {"", "gpu", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", "CPU", "cpu:0", "cuda:99999999999"})
    EXPECT_THAT(parse_device(word).error().message, testing::HasSubstr("is not one of cpu, cuda, cuda:N")) << word;
}

TEST(Runtime, SaysWhatComputes) {
  set_threads(3);
  EXPECT_THAT(describe_runtime({}), testing::MatchesRegex("libtorch [0-9.]+, .+, 3 threads on the CPU"));
  set_threads(0);
}

TEST(Runtime, OpenBlasUsesWhatTheProcessorHas) {
  using CoreName = char*();
  auto* const core = reinterpret_cast<CoreName*>(::dlsym(RTLD_DEFAULT, "gotoblas_corename"));
  if (core == nullptr) GTEST_SKIP() << "another library than OpenBLAS, or one of a single kind of processor";
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    EXPECT_STRNE(core(), "Prescott");
  }
#endif
}

TEST(Shards, EachRunsOnceFromAnyThread) {
  for (const std::size_t wanted : {1U, 2U, 4U}) {
    set_threads(wanted);
    std::vector<std::vector<int>> runs(3, std::vector<int>(1000));
    {
      std::vector<std::jthread> callers;
      for (auto& own : runs)
        callers.emplace_back([&own] {
          for (int round = 0; round < 20; ++round) for_each_shard(own.size(), [&](std::size_t i) { ++own[i]; });
        });
    }
    for (const auto& own : runs) EXPECT_THAT(own, testing::Each(20));
  }
  set_threads(0);
}

TEST(Shards, RunWithinShards) {
  for (const std::size_t wanted : {1U, 2U, 4U})
    for (const std::size_t outer : {1U, 3U, 9U}) {
      set_threads(wanted);
      std::vector<std::vector<int>> runs(outer, std::vector<int>(100));
      for_each_shard(outer, [&](std::size_t o) { for_each_shard(100, [&](std::size_t i) { ++runs[o][i]; }); });
      for (const auto& own : runs) EXPECT_THAT(own, testing::Each(1));
    }
  set_threads(0);
}

TEST(Shards, AShardAloneLeavesTheThreadsToItsOwn) {
  set_threads(2);
  std::latch both(2);
  std::atomic<int> met = 0;
  for_each_shard(1, [&](std::size_t) {
    for_each_shard(2, [&](std::size_t) {
      both.count_down();
      for (int wait = 0; wait < 5'000 && !both.try_wait(); ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      met += both.try_wait() ? 1 : 0;
    });
  });
  EXPECT_EQ(met, 2);
  set_threads(0);
}

}  // namespace
}  // namespace errata::nn

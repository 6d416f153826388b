#include "errata/base/large_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <numeric>
#include <span>
#include <string>

#include "errata/base/test_folder.h"

namespace errata {
namespace {

TEST(LargeMemory, BlocksHoldWhatIsWrittenAndLeaveNoFile) {
  // Beside the programs: temporary folders may lie in memory.
  const std::filesystem::path folder = program_folder() / ("large_memory_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  EXPECT_EQ(large_memory::allocate(std::size_t{1} << 22U), nullptr) << "without a limit";
  ASSERT_TRUE(large_memory::limit_to(64 << 20, folder.string()));
  EXPECT_EQ(large_memory::allocate(1000), nullptr) << "small ones stay in the heap";
  constexpr std::size_t kNumbers = std::size_t{16} << 20U;  // 128 MiB: twice the limit
  void* const block = large_memory::allocate(kNumbers * sizeof(std::uint64_t));
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  const std::span numbers(static_cast<std::uint64_t*>(block), kNumbers);
  std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
  EXPECT_EQ(std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0}), kNumbers * (kNumbers - 1) / 2);
  EXPECT_EQ(large_memory::held().now, kNumbers * sizeof(std::uint64_t));
  EXPECT_TRUE(large_memory::release(block));
  EXPECT_EQ(large_memory::held().now, 0U);
  int small = 0;
  EXPECT_FALSE(large_memory::release(&small));
  std::filesystem::remove_all(folder);
}

TEST(LargeMemory, AFolderThatHoldsNoFilesIsRefused) {
  const auto refused = large_memory::limit_to(64 << 20, "/nowhere/at/all");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("TMPDIR"), std::string::npos);
}

}  // namespace
}  // namespace errata

// Counts every byte that the search allocates, through this binary's own operator new, against the stated bound.
// The address and thread sanitizers bring their own operator new, so that there is nothing to count there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ERRATA_NEW_IS_TAKEN
#elif defined(__has_feature)  // clang's way to say it
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ERRATA_NEW_IS_TAKEN
#endif
#endif
#ifndef ERRATA_NEW_IS_TAKEN

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "errata/base/rng.h"
#include "errata/slice/search.h"

// GCC sees malloc and free behind new and delete, which is the point here.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {

std::atomic<std::size_t> live_bytes{0};
std::atomic<std::size_t> peak_bytes{0};

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t live = live_bytes += malloc_usable_size(memory);
  std::size_t peak = peak_bytes;
  while (live > peak && !peak_bytes.compare_exchange_weak(peak, live)) {
  }
  return memory;
}

void released(void* memory) noexcept {
  if (memory != nullptr) live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted(std::malloc(std::max<std::size_t>(size, 1))); }
void operator delete(void* memory) noexcept { released(memory); }
void operator delete(void* memory, std::size_t) noexcept { released(memory); }

namespace errata::slice {
namespace {

/// Features come in groups of near copies, so that many pairs and triples survive.
table::CodedTable correlated_table(std::size_t rows, std::size_t features, std::size_t codes) {
  Rng rng(4);
  table::CodedTable table{.rows = rows};
  for (std::size_t f = 0; f < features; ++f) {
    table::CodedFeature feature{.bins = std::vector<table::Bin>(codes)};
    for (std::size_t row = 0; row < rows; ++row) {
      const bool copy = f % 4 != 0 && rng.bernoulli(0.8);
      feature.codes.push_back(copy ? table.features[f - 1].codes[row] : static_cast<table::Code>(rng.below(codes)));
    }
    table.features.push_back(std::move(feature));
  }
  return table;
}

class SearchMemory : public testing::TestWithParam<std::size_t> {};

TEST_P(SearchMemory, StaysWithinTheStatedBound) {
  constexpr std::size_t kRows = 60'000, kFeatures = 24, kCodes = 8;
  const table::CodedTable table = correlated_table(kRows, kFeatures, kCodes);
  std::vector<std::uint8_t> failed(kRows);
  Rng rng(8);
  std::size_t failures = 0;
  for (auto& flag : failed) failures += flag = rng.bernoulli(0.2) ? 1 : 0;
  ThreadPool pool(GetParam());
  // Nothing is pruned by a best score: as many slices as there are may be asked for.
  const SearchOptions options{.top = 2'000, .rank = Rank::deviance};

  const std::size_t before = live_bytes;
  peak_bytes = before;
  {
    const auto found = find_slices({.table = table, .failed = failed}, options, pool);
    ASSERT_TRUE(found.has_value());
    ASSERT_GE(found->slices.size(), 2'000U);
  }
  const std::size_t used = peak_bytes - before;
  const std::size_t bound = search_memory_bound({.rows = kRows,
                                                 .lossy_rows = failures,
                                                 .features = kFeatures,
                                                 .codes = kFeatures * kCodes,
                                                 .predicates = kFeatures * kCodes,
                                                 .threads = GetParam()});
  EXPECT_LE(used, bound);
  EXPECT_GE(used, kFeatures * kRows) << "the count must see at least the narrow codes";
  EXPECT_EQ(live_bytes, before) << "everything is given back";
}

INSTANTIATE_TEST_SUITE_P(Threads, SearchMemory, testing::Values(1, 2, 4));

}  // namespace
}  // namespace errata::slice

#endif  // ERRATA_NEW_IS_TAKEN

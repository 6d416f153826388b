#include <gtest/gtest.h>

#include "errata/memory/test_memory_streams.h"

namespace errata::memory {
namespace {

TEST(FailureMemory, TakesNoMoreRoomForALongerStream) {
  test::Feed feed(test::StreamShape{}, {.warm_up = 500}, 100);
  feed.to(20'000);
  static_cast<void>(feed.memory.take_regime_events());
  const auto early = static_cast<double>(test::bytes_of(feed.memory).size());
  feed.to(60'000);
  static_cast<void>(feed.memory.take_regime_events());
  const auto late = static_cast<double>(test::bytes_of(feed.memory).size());
  EXPECT_NEAR(late / early, 1, 0.01);
  EXPECT_EQ(feed.memory.pending(), 100U);
}

}  // namespace
}  // namespace errata::memory

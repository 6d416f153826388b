#include "errata/memory/pending_cases.h"
#include "errata/memory/test_bytes.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>

namespace errata::memory {
namespace {

using test::bytes_of;
using test::loaded;
using testing::HasSubstr;

void fill(PendingCases::Row& row, std::uint64_t ticket) {
  row.time = static_cast<std::int64_t>(ticket) - 10;
  row.predicted = static_cast<std::uint32_t>(ticket % 3);
  row.confidence = 1 / static_cast<double>(ticket + 1);
  row.source_score = 0.5;
  row.kept.assign(3, static_cast<float>(ticket));
  row.z.assign(2, static_cast<float>(ticket) + 0.5F);
  row.numbers = {static_cast<double>(ticket), kUnknown};
}

TEST(PendingCases, ErrorsNameTheTicket) {
  PendingCases pending(2);
  EXPECT_THAT(pending.find(0).error().message, HasSubstr("case 0 was never assessed"));
  for (std::uint64_t ticket = 0; ticket < 3; ++ticket) fill(pending.add(), ticket);
  EXPECT_THAT(pending.find(0).error().message, HasSubstr("case 0 was given up"));
  EXPECT_THAT(pending.find(0).error().message, HasSubstr("more than 2 other cases"));
  EXPECT_THAT(pending.find(3).error().message, HasSubstr("case 3 was never assessed"));
  ASSERT_TRUE(pending.find(1).has_value());
  pending.remove(1);
  EXPECT_THAT(pending.find(1).error().message, HasSubstr("case 1 has its outcome already"));
  EXPECT_EQ(pending.find(1).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending.next_ticket(), 3U);
}

/// Does what a std::map of the waiting tickets does, over any order of adding, resolving and restoring.
RC_GTEST_PROP(PendingCases, BehavesLikeAMap, ()) {
  const auto capacity = *rc::gen::inRange<std::size_t>(1, 200);
  PendingCases pending(capacity);
  std::map<std::uint64_t, std::int64_t> waiting;
  std::uint64_t next = 0;
  const auto steps = *rc::gen::inRange(0, 600);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
      case 1:
        fill(pending.add(), next);
        waiting[next] = static_cast<std::int64_t>(next) - 10;
        ++next;
        std::erase_if(waiting, [&](const auto& one) { return one.first + capacity < next; });
        break;
      case 2: {
        const auto ticket = *rc::gen::inRange<std::uint64_t>(0, next + 3);
        const auto row = pending.find(ticket);
        RC_ASSERT(row.has_value() == waiting.contains(ticket));
        if (!row) {
          const auto* why = ticket >= next             ? "never assessed"
                            : ticket + capacity < next ? "given up"
                                                       : "outcome already";
          RC_ASSERT(row.error().message.find(why) != std::string::npos);
          break;
        }
        RC_ASSERT((*row)->time == waiting[ticket]);
        RC_ASSERT((*row)->kept == std::vector<float>(3, static_cast<float>(ticket)));
        pending.remove(ticket);
        waiting.erase(ticket);
        break;
      }
      default: {
        const std::string bytes = bytes_of(pending);
        auto copy = loaded<PendingCases>(bytes);
        RC_ASSERT(copy.has_value());
        RC_ASSERT(bytes_of(*copy) == bytes);
        pending = std::move(*copy);
      }
    }
    RC_ASSERT(pending.size() == waiting.size());
    RC_ASSERT(pending.next_ticket() == next);
    RC_ASSERT(pending.fit(3, 2, 2));
  }
}

TEST(PendingCases, FitTellsWrongSizesAndNumbers) {
  PendingCases pending(4);
  EXPECT_TRUE(pending.fit(1, 1, 1));  // nothing waits
  fill(pending.add(), 0);
  EXPECT_TRUE(pending.fit(3, 2, 2));
  EXPECT_FALSE(pending.fit(4, 2, 2));
  EXPECT_FALSE(pending.fit(3, 1, 2));
  EXPECT_FALSE(pending.fit(3, 2, 0));
  PendingCases::Row& row = **pending.find(0);
  row.z[0] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(pending.fit(3, 2, 2));
  row.z[0] = 0;
  row.source_score = 1.5;
  EXPECT_FALSE(pending.fit(3, 2, 2));
}

TEST(PendingCases, RoomForManyTakesNoneUntilTheyWait) {
  PendingCases pending(PendingCases::kMostCapacity);
  (void)pending.add();
  const std::string bytes = bytes_of(pending);
  EXPECT_LT(bytes.size(), 100U);
  const auto resident_mb = [] {  // the second number of this file is in pages
    std::size_t mapped = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> mapped >> resident;
    return resident * 4 / 1024;
  };
  const std::size_t before = resident_mb();
  const auto restored = loaded<PendingCases>(bytes);
  ASSERT_TRUE(restored);
  EXPECT_LT(resident_mb(), before + 100);
}

TEST(PendingCases, RowsAreUsedAgain) {
  PendingCases pending(1000);
  for (std::uint64_t ticket = 0; ticket < 50'000; ++ticket) {
    fill(pending.add(), ticket);
    if (ticket >= 20) pending.remove(ticket - 20);
  }
  EXPECT_EQ(pending.size(), 20U);
  EXPECT_LT(bytes_of(pending).size(), 20U * 120);
}

TEST(PendingCases, DamageIsRefused) {
  PendingCases pending(5);
  for (std::uint64_t ticket = 0; ticket < 7; ++ticket) fill(pending.add(), ticket);
  pending.remove(4);
  const std::string bytes = bytes_of(pending);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(loaded<PendingCases>(bytes.substr(0, size)).has_value());
  const auto with = [&](std::size_t at, std::uint64_t value) {
    std::string changed = bytes;
    std::memcpy(changed.data() + at, &value, sizeof value);
    return loaded<PendingCases>(changed).has_value();
  };
  EXPECT_FALSE(with(0, 0));            // capacity
  EXPECT_FALSE(with(0, 200'000'000));  //
  EXPECT_FALSE(with(0, 3));            // less than wait
  EXPECT_FALSE(with(8, 3));            // next ticket
  EXPECT_FALSE(with(16, 6));           // more than can wait
  EXPECT_FALSE(with(24, 1));           // a ticket given up
  EXPECT_FALSE(with(24, 7));           // and one not yet given
  EXPECT_TRUE(with(24, 2));
}

}  // namespace
}  // namespace errata::memory

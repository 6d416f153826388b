#include "errata/stats/rate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace errata::stats {
namespace {

TEST(Wilson, HasTheValueOfItsHeader) {
  const auto rate = wilson_interval({.failures = 8, .trials = 10}, 0.95);
  ASSERT_TRUE(rate.has_value());
  EXPECT_NEAR(rate->low, 0.490162, 5e-7);  // (p + z²/2n ± …)/(1 + z²/n) by hand with z = 1.959964
  EXPECT_NEAR(rate->high, 0.943318, 5e-7);
}

TEST(Wilson, TouchesTheEndsExactly) {
  const auto none = wilson_interval({.failures = 0, .trials = 10}, 0.95);
  EXPECT_EQ(none->low, 0);
  EXPECT_NEAR(none->high, 3.841459 / 13.841459, 1e-6);  // z²/(n + z²)
  EXPECT_EQ(wilson_interval({.failures = 10, .trials = 10}, 0.95)->high, 1);
}

TEST(Wilson, RefusesWhatIsOutsideItsRange) {
  EXPECT_EQ(wilson_interval({.failures = 0, .trials = 0}, 0.95).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(wilson_interval({.failures = 3, .trials = 2}, 0.95).error().message,
            "3 failures are more than the 2 trials");
  EXPECT_EQ(wilson_interval({.failures = 1, .trials = 2}, 1.5).error().message, "confidence 1.5 is not in (0, 1)");
  for (const double confidence : {0.0, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(wilson_interval({.failures = 1, .trials = 2}, confidence).has_value());
  }
}

RC_GTEST_PROP(Wilson, SolvesTheScoreEquation, ()) {
  const auto trials = *rc::gen::inRange<std::uint64_t>(1, 100'000);
  const auto failures = *rc::gen::inRange<std::uint64_t>(0, trials + 1);
  const auto interval = wilson_interval({failures, trials}, 0.95);
  const double p = failure_rate({failures, trials});
  RC_ASSERT(interval->low <= p && p <= interval->high);
  constexpr double kZ = 1.959963984540054;
  for (const double end : {interval->low, interval->high}) {  // |p − end| = z √(end (1 − end) / n)
    RC_ASSERT(std::abs((p - end) * (p - end) - kZ * kZ * end * (1 - end) / static_cast<double>(trials)) < 1e-12);
  }
}

TEST(FailureRate, IsNotANumberWithoutTrials) {
  EXPECT_EQ(failure_rate({.failures = 1, .trials = 4}), 0.25);
  EXPECT_TRUE(std::isnan(failure_rate({})));
}

}  // namespace
}  // namespace errata::stats

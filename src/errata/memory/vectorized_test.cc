#include "errata/memory/vectorized.h"

#include <gtest/gtest.h>

#include "errata/memory/local_rates.h"
#include "errata/memory/online_logistic.h"
#include "errata/memory/signals.h"
#include "errata/memory/test_vectorized_runs.h"

namespace errata::memory {
namespace {

/// On a machine with AVX2 the library runs its AVX2 versions; these have the bits of sources without any.
TEST(Vectorized, EveryVersionGivesTheSameBits) {
  EXPECT_EQ((test::logistic_run<OnlineLogistic, OnlineLogisticOptions>()), test::plain_logistic_run());
  EXPECT_EQ((test::rates_run<LocalRateWindow, LocalRateOptions>()), test::plain_rates_run());
  EXPECT_EQ((test::signals_run<Signals, SignalOptions, RiskCase>()), test::plain_signals_run());
}

}  // namespace
}  // namespace errata::memory

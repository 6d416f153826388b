// The sources with vector loops once more, under other names and for any machine: see vectorized_test.cc.

#include "errata/memory/vectorized.h"
#undef ERRATA_VECTORIZED
#define ERRATA_VECTORIZED
#define LocalRateWindow PlainLocalRateWindow
#define OnlineLogistic PlainOnlineLogistic
#define Signals PlainSignals
#include "errata/memory/local_rates.cc"
#include "errata/memory/online_logistic.cc"
#include "errata/memory/signals.cc"
#include "errata/memory/test_vectorized_runs.h"

namespace errata::memory::test {

std::string plain_logistic_run() { return logistic_run<PlainOnlineLogistic, OnlineLogisticOptions>(); }
std::string plain_rates_run() { return rates_run<PlainLocalRateWindow, LocalRateOptions>(); }
std::string plain_signals_run() { return signals_run<PlainSignals, SignalOptions, RiskCase>(); }

}  // namespace errata::memory::test

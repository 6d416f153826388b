#include "errata/robustness/check_runs.h"
#include "errata/stats/binomial_tail.h"

namespace errata::robustness {

void measure_retention(const Run& run) {
  const Paired& paired = *run.evidence.paired;
  stats::PairedCounts counts;
  for (std::size_t i = 0; i < paired.failed.size(); ++i) {
    const bool now = paired.failed[i] != 0, before = paired.failed_before[i] != 0;
    ++(now ? (before ? counts.both : counts.only_second) : (before ? counts.only_first : counts.neither));
  }
  run.made.retention = counts;
  const auto add = [&](Quantity quantity, std::uint64_t flips) {
    const stats::FailureCount count{.failures = flips, .trials = counts.cases()};
    run.add({.quantity = quantity,
             .value = stats::failure_rate(count),
             .interval = stats::exact_interval(count, 0.95),
             .cases = counts.cases()});
  };
  add(Quantity::negative_flips, counts.only_second);
  add(Quantity::positive_flips, counts.only_first);
}

}  // namespace errata::robustness

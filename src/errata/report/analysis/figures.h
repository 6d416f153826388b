#pragma once

#include <cstdint>

#include "errata/slice/analysis.h"
#include "errata/stats/rate.h"

namespace errata::report {

/// What people read off a slice's counts: ratios only, nothing is estimated here.
struct SliceFigures {
  std::uint64_t n = 0, failures = 0;
  double rate = 0;               ///< failures / n, under a numeric loss the mean loss
  double rest = 0;               ///< the same on the cases outside; NaN without any
  double lift = 0;               ///< rate / rest; infinite when the rest never fails, NaN without a rest
  double share_of_cases = 0;     ///< n / rows
  double share_of_failures = 0;  ///< of failures, under a numeric loss of the loss
  stats::RateInterval interval;  ///< Wilson, 95%; NaN ends under a numeric loss
};

/// Is the log judged by a numeric loss instead of by failures?
[[nodiscard]] bool by_loss(const slice::Analysis& analysis);

/// failures / rows, under a numeric loss the mean loss; NaN without rows.
[[nodiscard]] double whole_rate(const slice::Analysis& analysis);

/// failures / rows also under a numeric loss: what rates over time and in the error map are held against.
[[nodiscard]] double whole_failure_rate(const slice::Analysis& analysis);

[[nodiscard]] SliceFigures figures_of(const slice::Analysis& analysis, const slice::Slice& slice);

}  // namespace errata::report

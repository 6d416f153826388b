#pragma once

#include "errata/robustness/robustness.h"

namespace errata::robustness {

/// What the measures of one run share.
struct Run {
  const Evidence& evidence;
  const Options& options;
  ThreadPool& pool;
  Robustness& made;  ///< where the rows go

  [[nodiscard]] CheckResult& result(Check check) const;
  /// Adds a figure with its limit to the result of its check.
  void add(Figure figure) const;
};

// One function a check; each is called where its evidence is there.

void measure_corruption(const Run& run);
void measure_calibration(const Run& run);
[[nodiscard]] Result<void> measure_rejection(const Run& run);
void measure_stability(const Run& run);
[[nodiscard]] Result<void> measure_slices(const Run& run, const Progress& progress);
void measure_retention(const Run& run);

}  // namespace errata::robustness

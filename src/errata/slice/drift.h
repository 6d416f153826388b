#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/stats/tests.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// Drift of one column between the reference (the earliest third of the cases) and the rest.
struct ColumnDrift {
  std::string column;
  bool is_score = false;
  double psi = 0;    ///< population stability index over the reference's deciles or categories, and missing
  std::string test;  ///< "Kolmogorov–Smirnov" (present values) or "chi-squared" (missing is a category)
  stats::TestResult result;
  double log_p_adjusted = 0;                     ///< Benjamini–Hochberg over the columns
  double missing_before = 0, missing_after = 0;  ///< shares
};
struct Drift {
  double reference_end = 0;  ///< time of the last reference case (microseconds or steps)
  std::uint64_t reference_rows = 0, rest_rows = 0;
  std::vector<ColumnDrift> columns;  ///< largest PSI first, equal ones in file order
};

/// Compares every feature, the score(s) and the confidence (as the column "confidence", unless the score is it).
/// The reference is the earliest third of the rows that have a time, rounded down; cases of one time are never split
/// (they all go to the reference, or, where nothing would be left, to the rest).
/// @return nothing without a usable time column (see failures_over_time) or with fewer than two distinct times
/// Cost: O(rows) a column, columns in parallel, 16 bytes a row for each numeric one at work.
[[nodiscard]] std::optional<Drift> measure_drift(const table::PredictionLog& log, ThreadPool& pool);

}  // namespace errata::slice

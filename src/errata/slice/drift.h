#pragma once

#include <optional>
#include <string>
#include <vector>

#include "errata/stats/tests.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// Drift of one column between the reference (the earliest third of the cases) and the rest.
struct ColumnDrift {
  std::string column;
  bool is_score = false;
  double psi = 0;    ///< population stability index over the reference's deciles or categories
  std::string test;  ///< "Kolmogorov–Smirnov" or "chi-squared"
  stats::TestResult result;
  double log_p_adjusted = 0;                     ///< Benjamini–Hochberg over the columns
  double missing_before = 0, missing_after = 0;  ///< shares
};
struct Drift {
  double reference_end = 0;  ///< time of the last reference case (microseconds or steps)
  std::uint64_t reference_rows = 0, rest_rows = 0;
  std::vector<ColumnDrift> columns;  ///< largest PSI first
};

/// Needs a time column; every feature, the score(s) and the confidence are compared.
[[nodiscard]] std::optional<Drift> measure_drift(const table::PredictionLog& log);

}  // namespace errata::slice

#pragma once

#include <string>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/table/coding.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// How strongly one feature goes with failure.
struct Association {
  std::string feature;
  bool numeric = false;  ///< coded as ordered ranges of a numeric or time column
  /// Bits, between the feature's bins and the failure flag; plug-in estimate minus Miller–Madow bias, >= 0.
  double mutual_information = 0;
  double effect = 0;  ///< numeric: rank-biserial correlation in [-1, 1], > 0 when failures have the larger values;
                      ///< else Cramér's V in [0, 1], bias-corrected
  std::string effect_name;    ///< "rank-biserial" or "Cramér's V"
  double log_p = 0;           ///< Mann–Whitney (missing values left out) or chi-squared (missing is a category)
  double log_p_adjusted = 0;  ///< Benjamini–Hochberg over the features
};

/// Every coded feature but label and prediction, the largest mutual information first, equal ones in table order.
/// @param coded  of this log: same rows, features named as its columns
/// Cost: O(rows) a feature, features in parallel, 9 bytes a row and what mann_whitney() needs for each numeric one at
/// work.
[[nodiscard]] std::vector<Association> associate(const table::PredictionLog& log, const table::CodedTable& coded,
                                                 ThreadPool& pool);

}  // namespace errata::slice

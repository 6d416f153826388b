#pragma once

#include <string>
#include <vector>

#include "errata/table/coding.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// How strongly one feature goes with failure.
struct Association {
  std::string feature;
  bool numeric = false;
  double mutual_information =
      0;  ///< bits, between the feature's bins and the failure flag, plug-in estimate minus Miller–Madow bias, >= 0
  double effect = 0;  ///< numeric: rank-biserial correlation in [-1, 1]; else Cramér's V in [0, 1], bias-corrected
  std::string effect_name;    ///< "rank-biserial" or "Cramér's V"
  double log_p = 0;           ///< Mann–Whitney or chi-squared
  double log_p_adjusted = 0;  ///< Benjamini–Hochberg over the features
};

/// Every feature of the log, the largest mutual information first.
[[nodiscard]] std::vector<Association> associate(const table::PredictionLog& log, const table::CodedTable& coded);

}  // namespace errata::slice

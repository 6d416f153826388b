#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/slice/metrics.h"
#include "errata/stats/rate.h"
#include "errata/table/coding.h"
#include "errata/table/predicate.h"

namespace errata::slice {

/// One slice of one predicate.
struct SingleSlice {
  table::Predicate where;
  std::uint64_t n = 0, failures = 0;
  double rate = 0;               ///< failures / n
  stats::RateInterval interval;  ///< Wilson, 95%
  double baseline = 0;           ///< failure rate of the complement; NaN without one
  double lift = 0;               ///< rate / baseline
  double risk_difference = 0;    ///< rate − baseline
  double share_of_failures = 0;
  double mean_loss = 0;
  double log_p = 0;           ///< one-sided exact test (hypergeometric) on all cases
  double log_p_adjusted = 0;  ///< Benjamini–Hochberg over all single slices of the log
  std::optional<double> accuracy, roc_auc, log_loss, brier, ece;  ///< the scalar metrics of the whole log, on its cases
  std::optional<double> balanced_accuracy, average_precision;
  std::optional<double> mae, rmse, bias, r2;
};

/// All slices of one feature (or label, prediction, batch, time).
struct SingleSlices {
  std::string feature;
  table::FeatureSource source = table::FeatureSource::feature;
  bool ordered = false;
  std::vector<SingleSlice> slices;  ///< in the order of the codes
};

/// Every slice of one predicate of every coded feature, in the order of the table. Counts, rates and tests are of
/// cases; the metrics are weighted where the log has a weight column, and absent where they are not defined.
/// Cost: a sort of each ranked class's scores, then O(rows) a feature (and a ranked class); features are shared out to
/// the threads of the pool, the result does not depend on their number. Memory: about 70 bytes a row while it runs.
[[nodiscard]] std::vector<SingleSlices> single_slices(const table::PredictionLog& log, const table::CodedTable& coded,
                                                      ThreadPool& pool);
/// @param meter  of the log, where there is one already
[[nodiscard]] std::vector<SingleSlices> single_slices(const table::PredictionLog& log, const table::CodedTable& coded,
                                                      const SliceMeter& meter, ThreadPool& pool);

}  // namespace errata::slice

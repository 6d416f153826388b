#pragma once

#include <optional>

#include "errata/table/outcome_order.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// Finds features that say nothing about where the model fails because they are made of the outcome itself. One is
/// when, in 20 rows or more,
///   it is Errata's own column (errata_failure, auditor_risk);
///   each of its values stands for failures or for the others, or it is missing for the one and not for the other;
///   it is a number that is on one side of a bound, or outside an interval, for failures only;
///   its value follows from the class of label and prediction: a copy of the label, `correct`, `error_type`;
///   it is label, prediction, their difference, its size or square, up to a factor and an offset;
///   it is the label or the error in another form (outcome_order.h), or the prediction rounded or its logarithm;
///   it is a score or 1 minus a score, perhaps rounded or in percent, or the logarithm of a score or of its odds.
/// At most one row in fifty (of the failures or the others, whichever are fewer) may be off, and rows without a value
/// are passed over where they are at most a tenth. The first rows rule nearly everything out.
class LeakSearch {
 public:
  /// @param log  outlives this; its outcome is settled
  explicit LeakSearch(const PredictionLog& log) : log_(&log), order_(log) {}

  [[nodiscard]] std::optional<Leak> leak_in(const Column& feature) const;

 private:
  const PredictionLog* log_;
  OutcomeOrder order_;
};

}  // namespace errata::table

#pragma once

#include <string>

#include "errata/table/prediction_log.h"

namespace errata::table {

/// Why a feature says nothing about where the model fails because it is made of the outcome itself, in words; empty for
/// one that is not. It is one when, in 20 rows or more,
///   it is Errata's own column (errata_failure, auditor_risk);
///   each of its values stands for failures or for the others, or it is missing for the one and not for the other;
///   it is a number that is on one side of a bound, or outside an interval, for failures only;
///   its value follows from the class of label and prediction: a copy of the label, `correct`, `error_type`;
///   it is label, prediction, their difference, its size or square, up to a factor and an offset;
///   it is a score, or 1 minus a score.
/// At most one row in fifty (of the failures or the others, whichever are fewer) may be off, and rows without a value
/// are passed over where they are at most a tenth. The first rows rule nearly everything out.
[[nodiscard]] std::string leak_in(const PredictionLog& log, const Column& feature);

}  // namespace errata::table

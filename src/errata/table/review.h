#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// Weights are finite, not negative and not all 0. A column that was taken for one by its name alone, and is none, is a
/// feature again, with a warning.
[[nodiscard]] Result<void> check_weights(PredictionLog& log);

/// Looks at the values of the features of a log whose outcome is settled, and says each of these in a warning:
///   names of single cases  texts nearly all different; different integers that count the rows or are called an id
///   leaks                  what decides the label, the prediction or the failure by itself (leaks.h)
///   redundant ones         constants and copies of another feature: they stay features, PredictionLog::redundant
/// @param named  features that the user named: they are left as they are
void review_features(PredictionLog& log, const std::vector<std::string>& named);

}  // namespace errata::table

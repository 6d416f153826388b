#pragma once

#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// Weights are finite, not negative and not all 0. A column that was taken for one by its name alone, and is none, is a
/// feature again, with a warning.
[[nodiscard]] Result<void> check_weights(PredictionLog& log);

/// Looks at the values of the features of a log whose outcome is settled, and says each of these in a warning:
///   names of single cases  texts nearly all different; different integers that are called an id or are like ids: in
///                          too narrow a range to be different by chance, ascending, or all of as many digits
///   leaks                  what decides the label, the prediction or the failure by itself (leaks.h)
///   redundant ones         constants, copies of another feature, an encoder's numbers for texts, texts for numbers:
///   they
///                          stay features, PredictionLog::redundant
/// @param named  features that the user named: they are left as they are
/// @param expressions  that failures and losses are computed with: engine/failure_columns.h tells what they name
void review_features(PredictionLog& log, const std::vector<std::string>& named,
                     const std::vector<std::string>& expressions = {}, const ThreadPool& pool = ThreadPool(1));

}  // namespace errata::table

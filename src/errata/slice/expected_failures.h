#pragma once

#include <cstdint>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::slice {

/// The probability that the log gives to the class that was predicted: of several class scores that of the prediction,
/// with P(positive) it or 1 − it, else the confidence as it is logged. Where the prediction is not known, the
/// confidence of the log.
/// @return [rows] in [0, 1], NaN where the score is unusable; empty for a log without scores
[[nodiscard]] std::vector<double> prediction_confidence(const table::PredictionLog& log);

/// How probable the failure of each case is, going by the model's own confidence alone: the share that fails among
/// *other* cases of like confidence. It is the regression of failure on confidence, so it has a meaning under any
/// failure rule; under "prediction differs from label" it is 1 − the calibrated confidence.
///
/// Failure is taken to become no more frequent as confidence grows, within each predicted class that has 200 cases
/// and among those of all rarer ones together: isotonic regression, in pools of at least five failures and five
/// successes. Cases without a usable score are a group of their own. The log is cut into ten folds, failures and
/// successes dealt out evenly, and the cases of each fold get the rates fitted to the other nine, so that no case's
/// outcome makes its own expectation. With a rule that counts confident failures only, the others are expected to
/// fail with probability 0.
/// @param seed  of the folds
/// @return [rows] in [0, 1], 0 only below the confidence of the rule; empty when the log has no usable score
/// Cost: a sort of the scores (stats::rows_by_value), then O(rows); about 30 bytes a row.
///     const auto expected = expected_failures(log, 1);
///     // the slice's failures beyond what its confidence leads one to expect: Σ failed[i] − Σ expected[i]
[[nodiscard]] std::vector<double> expected_failures(const table::PredictionLog& log, std::uint64_t seed);

}  // namespace errata::slice

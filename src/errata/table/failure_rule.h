#pragma once

#include <cstdint>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/outcome.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// What a failure rule compares.
struct RuleInput {
  const OutcomeOptions& options;
  const Column* label = nullptr;
  const Column* prediction = nullptr;
  const Column* derived_from = nullptr;  ///< the score whose side of 0.5 is the prediction, when there is no other
};

/// Sets the log's rule and loss and which rows fail; task, classes and confidence are settled before.
/// @return [rows] 1 where a row can be judged, 0 where a label or prediction that the rule needs is missing
[[nodiscard]] Result<std::vector<std::uint8_t>> apply_failure_rule(PredictionLog& log, const RuleInput& input);

}  // namespace errata::table

#pragma once

#include <cstdint>
#include <string>
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
  std::vector<const Column*> derived_from{};   ///< the scores that are the prediction, when there is no other: one that
                                               ///< is at least 0.5, or the largest of several
  std::vector<std::string> derived_classes{};  ///< the positive and the negative one; or [derived_from]
  const ClassSpelling& label_spelling;
  const ClassSpelling& prediction_spelling;
  double score_unit = 1;  ///< of the scores in the file; in memory they are shares
};

/// A loss of the user as SQL of type DOUBLE.
[[nodiscard]] std::string loss_sql(const std::string& expression);

/// Sets the log's rule and loss and which rows fail; task, classes and confidence are settled before.
/// @return [rows] 1 where a row can be judged, 0 where a label or prediction that the rule needs is missing
[[nodiscard]] Result<std::vector<std::uint8_t>> apply_failure_rule(PredictionLog& log, const RuleInput& input);

}  // namespace errata::table

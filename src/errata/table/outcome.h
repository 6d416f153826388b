#pragma once

#include <optional>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/classes.h"
#include "errata/table/prediction_log.h"
#include "errata/table/settled_rule.h"

namespace errata::table {

/// A loss that the user computes from columns.
struct LossExpression {
  std::string expression{};
  Numbers values{};  ///< [rows] of it
};

/// What the user said about failures.
struct OutcomeOptions {
  std::optional<std::string> failure;    ///< the expression, already evaluated into `expression_values`
  Numbers expression_values{};           ///< [rows] 1, 0 or NaN for NULL
  std::optional<LossExpression> loss{};  ///< instead of a column of that role
  std::optional<double> confident;
  std::optional<std::string> positive;
  const SettledRule* settled = nullptr;  ///< of the log that this one is to be judged like
  bool keep_unjudged = false;
  bool may_lack_outcomes = false;  ///< without labels no row is judged, instead of an error
  std::optional<Task> task{};      ///< instead of the guess; classes or numbers
  ClassOptions classes{};
  std::optional<ScoreMeaning> score_means{};  ///< of a single score, instead of the guess
};

/// Settles, for a log with columns and roles, the task, the classes, what the score means, the failure rule and which
/// rows fail; rows without a label or prediction that the rule needs are taken out with a warning, or kept and
/// marked in PredictionLog::judged.
/// @return invalid_argument or data error naming role, row and value
[[nodiscard]] Result<void> settle_outcome(PredictionLog& log, const OutcomeOptions& options);

}  // namespace errata::table

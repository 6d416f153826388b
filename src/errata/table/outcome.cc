// What failed, and how sure the model was.
//
// Problem: the roles say which columns hold label, prediction and scores, but not what they mean: 0 and 1 may be
// classes or numbers, a score the probability of one class or the confidence in whichever was predicted.
//
// Idea: what the user says, else decide from the values, in the open. Which integers are classes stands in task.cc,
// which names are one class in class_spelling.cc, which columns are scores of classes in class_scores.cc, and what a
// single score means in score_meaning.cc; each guess that could go the other way is a warning that names the flag.
#include "errata/table/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/table/failure_rule.h"
#include "errata/table/judged_rows.h"
#include "errata/table/outcome_steps.h"

namespace errata::table {

bool holds_integers(const Column& column) {
  const auto is_integer = [](double x) { return !std::isfinite(x) || x == std::trunc(x); };
  const Levels* levels = column.numbers.levels();
  if (levels != nullptr && std::ranges::all_of(levels->values, is_integer)) return true;
  return std::ranges::all_of(column.numbers, is_integer);
}

Result<void> OutcomeSteps::settle() {
  label_ = role(log_.roles.label);
  prediction_ = role(log_.roles.prediction);
  ERRATA_TRY(settle_task());
  ERRATA_TRY(settle_scores());
  const RuleInput input{.options = options_,
                        .label = label_,
                        .prediction = prediction_,
                        .derived_from = derived_from_,
                        .derived_classes = derived_classes_,
                        .label_spelling = spelling_of(ClassSide::label),
                        .prediction_spelling = spelling_of(ClassSide::prediction),
                        .score_unit = log_.score_unit};
  ERRATA_ASSIGN(judged_, apply_failure_rule(log_, input));
  return drop_unjudged();
}

Result<void> OutcomeSteps::drop_unjudged() {
  const std::size_t all = log_.rows;
  const auto left = static_cast<std::size_t>(std::ranges::count(judged_, std::uint8_t{1}));
  if (left == all) return {};
  if (options_.keep_unjudged) {
    log_.judged = std::move(judged_);
    return {};
  }
  if (left == 0) {
    return data_error(fmt::format("no row can be judged: in all {} rows the label or the prediction is missing", all));
  }
  for (std::uint32_t row = 0; row < judged_.size(); ++row)
    if (judged_[row] == 0) log_.left_out.push_back(row);
  const auto first = log_.left_out.front();
  warn(fmt::format("{} of {} rows have no label or no prediction (the first is row {}) and are left out", all - left,
                   all, first + 1));
  keep_rows(log_, judged_);
  return {};
}

Result<void> settle_outcome(PredictionLog& log, const OutcomeOptions& options) {
  return OutcomeSteps(log, options).settle();
}

}  // namespace errata::table

#include "errata/table/outcome_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "errata/table/task.h"

namespace errata::table {

Result<void> OutcomeSteps::settle_task() {
  ERRATA_TRY(check_task());
  const bool settled = options_.settled != nullptr && options_.settled->roles.prediction;
  if (label_ != nullptr && prediction_ != nullptr && options_.task != Task::numbers && !settled &&
      is_probability_of_label())
    take_prediction_as_score();
  if (label_ != nullptr && prediction_ != nullptr) {
    ERRATA_TRY(check_settled_task());
    log_.task = task_of_two();
    if (log_.task == Task::classes) {
      ERRATA_TRY(settle_classes());
      ERRATA_TRY(settle_class_columns());
      complete_single_class();
    }
  } else if (label_ != nullptr && options_.task != Task::numbers) {
    return derive_prediction();
  } else if (label_ == nullptr && prediction_ != nullptr && options_.may_lack_outcomes) {
    ERRATA_TRY(take_predicted_classes());
  }
  return settle_positive();
}

Result<void> OutcomeSteps::check_task() {
  if (options_.task != Task::numbers) return {};
  for (const auto& [what, column] : {std::pair{"label", label_}, std::pair{"prediction", prediction_}})
    if (column != nullptr && column->kind != ColumnKind::numeric)
      return invalid_argument(fmt::format("task numbers: {} column {} does not hold numbers", what, column->name));
  return {};
}

Result<void> OutcomeSteps::check_settled_task() const {
  for (const Column* column : {label_, prediction_}) {
    if (settled_task() == Task::numbers && column->kind != ColumnKind::numeric)
      return other_task(*column, "it holds no numbers");
    if (settled_task() != Task::classes) continue;
    const auto odd =
        std::ranges::find_if(column->numbers, [](double x) { return !std::isnan(x) && x != std::trunc(x); });
    if (odd != column->numbers.end())
      return other_task(*column, fmt::format("{} in row {} is no class", *odd, odd - column->numbers.begin() + 1));
  }
  return {};
}

std::unexpected<Error> OutcomeSteps::other_task(const Column& column, const std::string& what) const {
  return data_error(fmt::format(
      "{}: column {}: {}, but the log that it is compared with holds {}; name other columns with --label and "
      "--prediction",
      log_.files.empty() ? "the log" : log_.files.front(), column.name, what, name_of(settled_task())));
}

Task OutcomeSteps::task_of_two() {
  if (options_.task) return *options_.task;
  if (settled_task() != Task::unknown) return settled_task();
  if (label_->kind != ColumnKind::numeric || prediction_->kind != ColumnKind::numeric) return Task::classes;
  if (!holds_integers(*label_) || !holds_integers(*prediction_)) return Task::numbers;
  if (distinct_integers(*label_, 2) == distinct_integers(*prediction_, 2) && distinct_integers(*label_, 2))
    return Task::classes;
  const TaskGuess guess = guess_task(label_->numbers.to_vector(), prediction_->numbers.to_vector());
  const std::string_view other = guess.task == Task::classes ? name_of(Task::numbers) : name_of(Task::classes);
  if (!guess.doubt.empty())
    warn(fmt::format("{} and {} are taken as {} ({}); --task {} takes them as {}", label_->name, prediction_->name,
                     name_of(guess.task), guess.doubt, other, other));
  return guess.task;
}

}  // namespace errata::table

#pragma once

#include <span>
#include <string>

#include "errata/table/prediction_log.h"

namespace errata::table {

/// What integers in label and prediction are, and why, where that can be doubted.
struct TaskGuess {
  Task task = Task::classes;
  std::string doubt{};  ///< what speaks for it, in words; empty where nobody would doubt it
};

/// Are integers classes or numbers? Two values are classes. Otherwise:
///   agreement  share of rows whose prediction is exactly the label
///   closeness  mean distance of label and prediction in rows that differ, in ranks among the values that occur, over
///              the distance that labels and predictions of these rows would have if they were paired at random
/// Numbers are nearly right when they are wrong (closeness far below 1), and rarely exactly right; classes are exactly
/// right or just wrong (closeness about 1). docs/formats/log.md has the table.
/// Missing and infinite values are passed over. O(n log n).
///     guess_task(labels, predictions).task;  // numbers, of counts that are off by 1 to 3
[[nodiscard]] TaskGuess guess_task(std::span<const double> label, std::span<const double> prediction);

}  // namespace errata::table

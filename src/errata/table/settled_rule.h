#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::table {

struct RoleNames;
struct NamedColumn;

/// How one log was judged, so that another is judged alike (ReadOptions::settled): a threshold, a task or a meaning of
/// the score that each log finds from its own values would make the two rates mean different things.
struct SettledRule {
  Task task = Task::unknown;
  std::vector<std::string> classes{};  ///< join those of the other log
  std::optional<std::string> positive{};
  ScoreMeaning score_meaning = ScoreMeaning::none;
  double score_unit = 1;              ///< PredictionLog::score_unit
  std::optional<double> threshold{};  ///< FailureRule::threshold
  Roles roles{};  ///< label, prediction, score and scores are those of the same names, where the other log has them
};

[[nodiscard]] SettledRule settled_rule(const PredictionLog& log);

/// The roles that the user named, and for the rest those of the settled log whose column is there and can play them.
[[nodiscard]] RoleNames settled_names(RoleNames named, const Roles& settled, std::span<const NamedColumn> columns);

}  // namespace errata::table

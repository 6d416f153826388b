#include "errata/table/settled_rule.h"

#include <algorithm>

#include "errata/table/read_log.h"
#include "errata/table/roles.h"

namespace errata::table {

SettledRule settled_rule(const PredictionLog& log) {
  return {.task = log.task,
          .classes = log.classes,
          .positive = log.positive,
          .score_meaning = log.score_meaning,
          .score_unit = log.score_unit,
          .threshold = log.rule.threshold,
          .roles = log.roles};
}

RoleNames settled_names(RoleNames named, const Roles& settled, std::span<const NamedColumn> columns) {
  const auto can_play = [&](const std::string& name, bool number) {
    const auto column = std::ranges::find(columns, name, &NamedColumn::name);
    return column != columns.end() &&
           (column->usable == Usable::number || (!number && column->usable == Usable::category));
  };
  const auto take = [&](std::optional<std::string>& own, const std::optional<std::string>& other, bool number) {
    if (!own && other && can_play(*other, number)) own = other;
  };
  take(named.label, settled.label, false);
  take(named.prediction, settled.prediction, false);
  take(named.id, settled.id, false);
  if (named.scores.empty() && !named.score) {
    take(named.score, settled.score, true);
    const bool all = std::ranges::all_of(settled.scores, [&](const auto& name) { return can_play(name, true); });
    if (all) named.scores = settled.scores;
  }
  return named;
}

}  // namespace errata::table

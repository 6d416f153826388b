#include "errata/table/prediction_log.h"

#include "errata/base/error.h"

#include <algorithm>

namespace errata::table {

std::size_t rows_of(const Column& column) {
  return std::max({column.numbers.size(), column.codes.size(), column.micros.size()});
}

const Column* PredictionLog::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

bool tells_groups(const Roles& roles, std::string_view name) {
  return std::ranges::any_of(roles.groups, [&](const auto& columns) { return std::ranges::count(columns, name) > 0; });
}

std::string_view name_of(Task task) {
  switch (task) {
    case Task::classes: return "classes";
    case Task::numbers: return "numbers";
    case Task::unknown: return "unknown";
  }
  ERRATA_CHECK(false);
  return {};
}

}  // namespace errata::table

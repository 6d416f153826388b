#include "errata/table/duckdb/exact_integers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "errata/table/predicate.h"
#include "errata/table/task.h"

namespace errata::table {
namespace {

constexpr double kExact = 9007199254740992;  // 2^53

bool is_too_wide(const Column& column) {
  constexpr std::array kWide{"BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"};
  const std::string& type = column.source_type;
  const bool integers = std::ranges::count(kWide, type) > 0 || (type.starts_with("DECIMAL") && type.ends_with(",0)"));
  return column.kind == ColumnKind::numeric && integers &&
         std::ranges::any_of(column.numbers, [](double x) { return std::abs(x) >= kExact; });
}

/// Are the numbers rather names: few for the rows, and some that doubles do not tell from their neighbours?
Result<bool> holds_names(const Connection& connection, const Column& column, const std::string& log_sql) {
  const Levels* levels = column.numbers.levels();
  if (levels == nullptr || 2 * levels->values.size() > column.numbers.size() || !is_too_wide(column)) return false;
  ERRATA_ASSIGN(const auto rows, connection.query(fmt::format(
                                     "SELECT count(*) FROM (SELECT DISTINCT CAST({} AS HUGEINT) AS x FROM ({}) AS log) "
                                     "WHERE CAST(CAST(x AS DOUBLE) AS HUGEINT) <> x AND x <> 9223372036854775807 "
                                     "AND x <> 18446744073709551615",
                                     sql_name(column.name), log_sql)));
  return rows[0][0] != "0";
}

}  // namespace

Result<std::vector<std::string>> too_wide_for_numbers(const std::vector<Column>& columns, const Roles& roles,
                                                      const ReadOptions& options, const Connection& connection,
                                                      const std::string& log_sql) {
  std::vector<std::string> wide;
  const auto find = [&](const std::optional<std::string>& name) -> const Column* {
    const auto found = name ? std::ranges::find(columns, *name, &Column::name) : columns.end();
    return found == columns.end() ? nullptr : &*found;
  };
  const auto add = [&](const Column* column) {
    if (column != nullptr && is_too_wide(*column)) wide.push_back(column->name);
  };
  add(find(roles.id));
  add(find(roles.stream));
  for (const std::string& name : roles.features) {
    const Column* feature = find(name);
    if (feature == nullptr) continue;
    ERRATA_ASSIGN(const bool names, holds_names(connection, *feature, log_sql));
    if (names) wide.push_back(name);
  }
  const Column *label = find(roles.label), *prediction = find(roles.prediction);
  const bool two = label != nullptr && prediction != nullptr && label->kind == ColumnKind::numeric &&
                   prediction->kind == ColumnKind::numeric;
  Task task = options.task.value_or(Task::classes);
  if (two && !options.task && (is_too_wide(*label) || is_too_wide(*prediction)))
    task = guess_task(label->numbers.to_vector(), prediction->numbers.to_vector()).task;
  if (task == Task::numbers) return wide;
  add(label);
  add(prediction);
  return wide;
}

}  // namespace errata::table

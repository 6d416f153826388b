#include "errata/table/duckdb/exact_integers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

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

/// Integers beyond 2^53 that are the same number as doubles: are they the same in the file?
bool seems_constant(const Column& column) {
  if (column.kind != ColumnKind::numeric || column.numbers.empty()) return false;
  const double first = column.numbers.front();
  return std::abs(first) >= kExact && is_too_wide(column) &&
         std::ranges::all_of(column.numbers, [&](double x) { return x == first; });
}

}  // namespace

std::vector<std::string> too_wide_for_numbers(const std::vector<Column>& columns, const Roles& roles,
                                              const ReadOptions& options) {
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
  for (const std::string& name : roles.features)
    if (const Column* feature = find(name); feature != nullptr && seems_constant(*feature)) wide.push_back(name);
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

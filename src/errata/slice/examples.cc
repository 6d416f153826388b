#include "errata/slice/examples.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace errata::slice {
namespace {

std::vector<std::uint32_t> spread_failures(const table::PredictionLog& log,
                                           std::span<const std::uint32_t> rows_of_slice, std::size_t most) {
  std::vector<std::uint32_t> failing;
  for (const std::uint32_t row : rows_of_slice)
    if (log.failed[row] != 0) failing.push_back(row);
  if (failing.size() <= most) return failing;
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < most; ++i) rows.push_back(failing[(2 * i + 1) * failing.size() / (2 * most)]);
  return rows;
}

/// Some rows of a column, with the categories that occur in them alone.
table::Column some_rows(const table::Column& column, std::span<const std::uint32_t> rows) {
  table::Column some{.name = column.name, .kind = column.kind, .source_type = column.source_type};
  for (const std::uint32_t row : rows) {
    switch (column.kind) {
      case table::ColumnKind::numeric:
        some.numbers.push_back(column.numbers[row]);
        some.missing += std::isnan(column.numbers[row]) ? 1U : 0U;
        break;
      case table::ColumnKind::timestamp:
        some.micros.push_back(column.micros[row]);
        some.missing += column.micros[row] == table::kMissingTime ? 1U : 0U;
        break;
      case table::ColumnKind::categorical:
        if (const std::int32_t code = column.codes[row]; code != table::kMissingCode)
          some.categories.push_back(column.categories[static_cast<std::size_t>(code)]);
        break;
    }
  }
  if (column.kind != table::ColumnKind::categorical) return some;
  std::ranges::sort(some.categories);
  some.categories.erase(std::ranges::unique(some.categories).begin(), some.categories.end());
  for (const std::uint32_t row : rows) {
    const std::int32_t code = column.codes[row];
    some.missing += code == table::kMissingCode ? 1U : 0U;
    some.codes.push_back(
        code == table::kMissingCode
            ? table::kMissingCode
            : static_cast<std::int32_t>(
                  std::ranges::lower_bound(some.categories, column.categories[static_cast<std::size_t>(code)]) -
                  some.categories.begin()));
  }
  return some;
}

}  // namespace

std::uint64_t row_of_files(const table::PredictionLog& log, std::uint64_t row) {
  // left_out[i] − i cases stand before the i-th row that is none.
  std::size_t low = 0, high = log.left_out.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (log.left_out[middle] - middle <= row)
      low = middle + 1;
    else
      high = middle;
  }
  return row + low;
}

ExampleCases example_cases(const table::PredictionLog& log, std::span<const std::uint32_t> rows_of_slice,
                           std::span<const table::Predicate> where, const ExampleOptions& options) {
  const auto rows = spread_failures(log, rows_of_slice, options.cases);
  ExampleCases examples{.rows = {}, .columns = {}, .roles = {}};
  for (const std::uint32_t row : rows) examples.rows.push_back(row_of_files(log, row));
  const auto add = [&](const std::string& name, const char* role) {
    const table::Column* column = log.find(name);
    const bool is_there = std::ranges::count(examples.columns, name, &table::Column::name) > 0;
    if (column == nullptr || is_there) return;
    examples.columns.push_back(some_rows(*column, rows));
    examples.roles.emplace_back(role);
  };
  const auto add_if = [&](const std::optional<std::string>& name, const char* role) {
    if (name) add(*name, role);
  };
  add_if(log.roles.id, "id");
  add_if(log.roles.label, "label");
  add_if(log.roles.prediction, "prediction");
  add_if(log.roles.score, "score");
  for (const std::string& name : log.roles.scores) add(name, "score");
  const std::size_t before = examples.columns.size();
  for (const table::Predicate& predicate : where) add(predicate.feature, "feature");
  for (const std::string& name : log.roles.features) {
    if (examples.columns.size() - before >= options.features) break;
    add(name, "feature");
  }
  return examples;
}

}  // namespace errata::slice

#include "errata/engine_nn/log_columns.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace errata::engine_nn {

table::Column number_column(std::string name, std::vector<double> values) {
  const auto missing = std::ranges::count_if(values, [](double x) { return std::isnan(x); });
  return {.name = std::move(name),
          .source_type = "DOUBLE",
          .numbers = std::move(values),
          .missing = static_cast<std::size_t>(missing)};
}

table::Column text_column(std::string name, const std::vector<std::string>& values) {
  table::Column column{
      .name = std::move(name), .kind = table::ColumnKind::categorical, .source_type = "VARCHAR", .categories = values};
  std::ranges::sort(column.categories);
  const auto [begin, end] = std::ranges::unique(column.categories);
  column.categories.erase(begin, end);
  std::erase(column.categories, "");
  for (const std::string& value : values) {
    const auto at = std::ranges::lower_bound(column.categories, value) - column.categories.begin();
    column.codes.push_back(value.empty() ? table::kMissingCode : static_cast<std::int32_t>(at));
  }
  column.missing = static_cast<std::size_t>(std::ranges::count(values, ""));
  return column;
}

}  // namespace errata::engine_nn

#include "errata/table/prediction_log.h"

#include <algorithm>

namespace errata::table {

std::size_t rows_of(const Column& column) {
  return std::max({column.numbers.size(), column.codes.size(), column.micros.size()});
}

const Column* PredictionLog::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace errata::table

#include "errata/table/prediction_log.h"

#include <algorithm>

namespace errata::table {

const Column* PredictionLog::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace errata::table

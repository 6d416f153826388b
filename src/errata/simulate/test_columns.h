#pragma once

#include <algorithm>
#include <string_view>

#include "errata/base/error.h"
#include "errata/simulate/simulate.h"

namespace errata::simulate {

/// The column of a drawn log by its name; it must be there.
inline const table::Column& column(const SimulatedLog& log, std::string_view name) {
  const auto found = std::ranges::find(log.columns, name, &table::Column::name);
  ERRATA_CHECK(found != log.columns.end());
  return *found;
}

}  // namespace errata::simulate

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// One column to load: a SQL expression over the source's columns.
struct LoadItem {
  std::string name;
  std::string expression;
  ColumnKind kind = ColumnKind::numeric;
  std::string source_type;
};

/// Loads the items in one pass over the source, rows in order; nothing is held but the columns.
/// @param expected_rows  0 when unknown; reserves memory and gives progress its share
[[nodiscard]] Result<std::vector<Column>> load_columns(const Connection& connection, const std::string& source_sql,
                                                       const std::vector<LoadItem>& items, std::size_t expected_rows,
                                                       const Progress& progress);

}  // namespace errata::table

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/duckdb/list_column.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// One column to load: a SQL expression over the source's columns.
struct LoadItem {
  std::string name;
  std::string expression;
  ColumnKind kind = ColumnKind::numeric;
  std::string source_type;
};

/// What to load of a source.
struct LoadPlan {
  std::vector<LoadItem> items;
  std::vector<std::string> lists{};  ///< names of columns of lists of numbers, or of text that reads as such
  std::size_t max_embedding = 4096;  ///< numbers a row of a list
  std::size_t expected_rows = 0;     ///< 0 when unknown; reserves memory and gives progress its share
};

struct LoadedColumns {
  std::vector<Column> columns{};     ///< [items]
  std::vector<ListColumn> lists{};   ///< [plan.lists]
  std::optional<ListFault> fault{};  ///< loading ended at this row
  std::size_t faulty_list = 0;       ///< where there is a fault: index into lists
};

/// Loads what is planned in one pass over the source, rows in order; nothing is held but the columns.
[[nodiscard]] Result<LoadedColumns> load_columns(const Connection& connection, const std::string& source_sql,
                                                 const LoadPlan& plan, const ThreadPool& pool,
                                                 const Progress& progress);

}  // namespace errata::table

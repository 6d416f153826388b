#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/log_files.h"
#include "errata/table/roles.h"

namespace errata::table {

/// What one file holds.
struct FileSchema {
  LogFile file;
  std::vector<SqlColumn> columns;
};

/// The files of a log as one relation.
struct Source {
  std::vector<FileSchema> files;
  std::vector<SqlColumn> columns;  ///< the union by name, in order of first appearance, with the unified types
  std::string sql;                 ///< SELECT that gives these columns, rows in file order
  std::vector<std::string> warnings;
};

struct SourceOptions {
  std::size_t max_columns = 4096;
  bool full_scan = false;  ///< look at every line to find the types, not at the first 20,480
};

/// Finds the columns of the files and makes one relation of them. Columns are matched by name without regard to case;
/// types that differ across files become DOUBLE (numbers) or VARCHAR (others), and are reported, as are columns that
/// some files lack and names that one file has twice. Times with a zone become UTC.
[[nodiscard]] Result<Source> open_source(const Connection& connection, const std::vector<LogFile>& files,
                                         const SourceOptions& options);

/// For a log that a first look at the types did not fit: what the full scan changed to text, with row and value.
[[nodiscard]] Result<std::vector<std::string>> explain_changed_types(const Connection& connection,
                                                                     const std::vector<FileSchema>& before,
                                                                     const std::vector<FileSchema>& after);

/// The file that holds a row of the relation, and the row's place in it; counted from 0.
struct RowPlace {
  std::string file;
  std::size_t row = 0;
};
[[nodiscard]] RowPlace place_of_row(const Connection& connection, const Source& source, std::size_t row);

/// What a SQL type means for a log. Lists are those of numbers.
enum class TypeFamily : std::uint8_t { number, text, boolean, time, list, other };
[[nodiscard]] TypeFamily family_of(std::string_view sql_type);

/// The columns as roles are given to them.
[[nodiscard]] std::vector<NamedColumn> named_columns(const std::vector<SqlColumn>& columns);

}  // namespace errata::table

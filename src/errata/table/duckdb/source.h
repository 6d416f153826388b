#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/duckdb/file_schema.h"
#include "errata/table/log_files.h"
#include "errata/table/roles.h"

namespace errata::table {

/// The files of a log as one relation.
struct Source {
  std::vector<FileSchema> files;
  std::vector<SqlColumn> columns;  ///< the union by name, in order of first appearance, with the unified types
  std::string sql;                 ///< SELECT that gives these columns, rows in file order
  std::vector<std::pair<std::string, TextReading>>
      text_times{};  ///< columns of text whose values are times, most of them
  std::vector<std::string> warnings;
};

/// Finds the columns of the files and makes one relation of them. Columns are matched by name without regard to case;
/// types that differ across files become DOUBLE (numbers) or VARCHAR (others), and are reported, as are columns that
/// some files lack, names that one file has twice, and how texts were read where that was a guess. Times with a zone
/// become UTC.
/// @return invalid_argument for a type of a column that the log does not have, or whose values are not of it
[[nodiscard]] Result<Source> open_source(const Connection& connection, const std::vector<LogFile>& files,
                                         const SourceOptions& options);

/// Says of columns whose numbers may be versions (1.10 beside 1.9) what they are read as. Numbers, but those that are
/// classes stay as they are written, since 1.10 and 1.1 would be one number: all of them if any holds versions.
/// @param classes  columns of label and prediction, where these may be classes
void settle_versions(Source& source, const std::vector<std::string>& classes, const Reading& reading);

/// For a log that a first look at the types did not fit: what the full scan changed to text, with row and value.
[[nodiscard]] Result<std::vector<std::string>> explain_changed_types(const Connection& connection,
                                                                     const std::vector<FileSchema>& before,
                                                                     const std::vector<FileSchema>& after);

/// The file that holds a row of the relation, and its number in it, counted from 0.
struct FileRow {
  std::string file;
  std::size_t row = 0;
};
[[nodiscard]] FileRow file_row_of(const Connection& connection, const Source& source, std::size_t row);

/// The folders of a path that are named key=value, in order.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> partitions_of(const std::string& path);

/// The columns as roles are given to them.
[[nodiscard]] std::vector<NamedColumn> named_columns(const Source& source);

/// What an expression of the user gives.
enum class ExpressionType : std::uint8_t { boolean, number };

/// Refuses what is not one expression over the columns of a relation, or one of another type.
/// @param what  the expression is for: "failure"
[[nodiscard]] Result<void> check_expression(const Connection& connection, std::string_view what,
                                            const std::string& expression, const std::string& relation,
                                            ExpressionType type = ExpressionType::boolean);

/// The rows of a relation that fulfil a checked condition.
[[nodiscard]] std::string rows_where(const std::string& relation, const std::string& condition);

}  // namespace errata::table

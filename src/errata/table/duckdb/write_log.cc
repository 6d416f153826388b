// Writing through DuckDB.
//
// write_columns shows the columns to DuckDB as a table function that fills each chunk straight from them, so that a
// file is written without a second copy of its values. Files are written beside their place and renamed when whole.
#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include "errata/base/atomic_file.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/duckdb/list_column.h"
#include "errata/table/log_files.h"
#include "errata/table/predicate.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

/// What the table function reads, and how far it is.
struct Feed {
  std::span<const Column> columns;
  std::span<const ListColumn> lists;
  std::size_t rows = 0;
  std::size_t next = 0;
};

duckdb_type type_of(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::numeric: return DUCKDB_TYPE_DOUBLE;
    case ColumnKind::categorical: return DUCKDB_TYPE_VARCHAR;
    case ColumnKind::timestamp: return DUCKDB_TYPE_TIMESTAMP;
  }
  ERRATA_CHECK(false);
  return DUCKDB_TYPE_INVALID;
}

void bind_feed(duckdb_bind_info info) {
  const Feed& feed = *static_cast<const Feed*>(duckdb_bind_get_extra_info(info));
  for (const Column& column : feed.columns) {
    duckdb_logical_type type = duckdb_create_logical_type(type_of(column.kind));
    duckdb_bind_add_result_column(info, column.name.c_str(), type);
    duckdb_destroy_logical_type(&type);
  }
  for (const ListColumn& list : feed.lists) {
    duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_FLOAT);
    duckdb_logical_type type = duckdb_create_list_type(number);
    duckdb_bind_add_result_column(info, list.name.c_str(), type);
    duckdb_destroy_logical_type(&type);
    duckdb_destroy_logical_type(&number);
  }
  duckdb_bind_set_cardinality(info, feed.rows, true);
}

void start_feed(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }

void put_value(const Column& column, std::size_t row, duckdb_vector vector, idx_t at) {
  void* data = duckdb_vector_get_data(vector);
  bool missing = false;
  switch (column.kind) {
    case ColumnKind::numeric:
      missing = std::isnan(column.numbers[row]);
      static_cast<double*>(data)[at] = column.numbers[row];
      break;
    case ColumnKind::timestamp:
      missing = column.micros[row] == kMissingTime;
      static_cast<std::int64_t*>(data)[at] = column.micros[row];
      break;
    case ColumnKind::categorical:
      missing = column.codes[row] == kMissingCode;
      if (!missing) {
        const std::string& text = column.categories[static_cast<std::size_t>(column.codes[row])];
        duckdb_vector_assign_string_element_len(vector, at, text.data(), text.size());
      }
      break;
  }
  if (!missing) return;
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), at);
}

void fill_chunk(duckdb_function_info info, duckdb_data_chunk chunk) {
  Feed& feed = *static_cast<Feed*>(duckdb_function_get_extra_info(info));
  const std::size_t count = std::min<std::size_t>(duckdb_vector_size(), feed.rows - feed.next);
  for (std::size_t c = 0; c < feed.columns.size(); ++c) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, c);
    for (std::size_t i = 0; i < count; ++i) put_value(feed.columns[c], feed.next + i, vector, i);
  }
  for (std::size_t e = 0; e < feed.lists.size(); ++e) {
    put_list(feed.lists[e], feed.next, count, duckdb_data_chunk_get_vector(chunk, feed.columns.size() + e));
  }
  duckdb_data_chunk_set_size(chunk, count);
  feed.next += count;
}

Result<void> register_feed(const Connection& connection, Feed& feed) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, "errata_columns");
  duckdb_table_function_set_extra_info(function, &feed, nullptr);
  duckdb_table_function_set_bind(function, bind_feed);
  duckdb_table_function_set_init(function, start_feed);
  duckdb_table_function_set_function(function, fill_chunk);
  const duckdb_state state = duckdb_register_table_function(connection.handle(), function);
  duckdb_destroy_table_function(&function);
  if (state == DuckDBError) return output_error("DuckDB refused the columns to write");
  return {};
}

/// COPY's options by extension.
Result<std::string_view> copy_options(const std::string& place) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kKinds{{
      {".parquet", "FORMAT parquet, COMPRESSION zstd"},
      {".csv", "FORMAT csv, HEADER true"},
      {".csv.gz", "FORMAT csv, HEADER true, COMPRESSION gzip"},
      {".jsonl", "FORMAT json"},
      {".ndjson", "FORMAT json"},
  }};
  for (const auto& [extension, options] : kKinds) {
    if (place.ends_with(extension)) return options;
  }
  return invalid_argument(
      fmt::format("{}: unknown kind of file to write; known are .parquet, .csv, .csv.gz, .jsonl and .ndjson", place));
}

/// Runs COPY (select) TO a temporary beside the place, with access to the files and that temporary only.
/// @param read  the files, as they were when the log was read
Result<std::size_t> copy_to(const std::string& place, std::string_view options, const std::string& select,
                            const std::vector<FileStamp>& read, Feed* feed, const Cancellation* stop) {
  ERRATA_TRY(check_unchanged(read));
  ERRATA_ASSIGN(AtomicFile file, AtomicFile::create(place));
  std::vector<std::string> files{file.path().string()};
  for (const FileStamp& stamp : read) files.push_back(stamp.path);
  ERRATA_ASSIGN(const Connection connection, Connection::open(files, 0, stop));
  if (feed != nullptr) ERRATA_TRY(register_feed(connection, *feed));
  const auto rows = connection.query(
      fmt::format("COPY ({}) TO {} ({}, USE_TMP_FILE false)", select, sql_text(file.path().string()), options));
  if (!rows) return output_error(fmt::format("{}: cannot be written: {}", place, rows.error().message));
  ERRATA_TRY(check_unchanged(read));
  ERRATA_TRY(file.commit());
  return static_cast<std::size_t>(std::stoull((*rows)[0][0].value_or("0")));
}

}  // namespace

Result<void> check_log_place(const std::string& place) {
  ERRATA_TRY(copy_options(place));
  ERRATA_TRY(AtomicFile::create(place));
  return {};
}

Result<std::size_t> export_cases(const PredictionLog& log, const std::string& where, const std::string& place,
                                 const Cancellation* stop) {
  ERRATA_ASSIGN(const std::string_view options, copy_options(place));
  const std::string select =
      fmt::format("WITH log AS ({}) SELECT *, coalesce((\n{}\n), false) AS errata_failure FROM log WHERE ({}) AND ({})",
                  log.source_sql, log.rule.sql, log.rule.judged, where);
  return copy_to(place, options, select, log.stamps, nullptr, stop);
}

Result<void> write_log_with(const PredictionLog& log, const std::vector<Column>& more, const std::string& place,
                            const Cancellation* stop) {
  ERRATA_ASSIGN(const std::string_view options, copy_options(place));
  for (const Column& column : more) {
    ERRATA_CHECK(rows_of(column) == log.rows);
    const auto taken = [&](const std::vector<std::string>& names) {
      return std::ranges::count(names, column.name) > 0;
    };
    if (log.find(column.name) != nullptr || taken(log.roles.ignored) || log.roles.id == column.name)
      return invalid_argument(fmt::format("{}: the log has a column {} already", place, column.name));
  }
  Feed feed{.columns = more, .lists = {}, .rows = log.rows};
  ERRATA_TRY(copy_to(place, options,
                     fmt::format("SELECT * FROM ({}) AS log POSITIONAL JOIN errata_columns()", log.source_sql),
                     log.stamps, &feed, stop));
  return {};
}

Result<void> write_columns(const std::vector<Column>& columns, const std::string& place,
                           std::span<const ListColumn> lists, const Cancellation* stop) {
  ERRATA_ASSIGN(const std::string_view options, copy_options(place));
  if (columns.empty()) return invalid_argument(fmt::format("{}: there are no columns to write", place));
  Feed feed{.columns = columns, .lists = lists, .rows = rows_of(columns.front())};
  for (const ListColumn& list : lists) ERRATA_CHECK(list.values.size() == feed.rows * list.width);
  for (const Column& column : columns) ERRATA_CHECK(rows_of(column) == feed.rows);
  ERRATA_TRY(copy_to(place, options, "SELECT * FROM errata_columns()", {}, &feed, stop));
  return {};
}

}  // namespace errata::table

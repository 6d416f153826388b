// From DuckDB's chunks to columns.
//
// Each item is cast by DuckDB to one of three types, DOUBLE, VARCHAR or BIGINT microseconds, so that three loops over a
// chunk's vectors are all there is. A text is looked up in the column's dictionary where it lies in the vector and is
// copied only when it is new.
#include "errata/table/duckdb/load.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "errata/table/dictionary.h"

namespace errata::table {
namespace {

bool is_valid(const std::uint64_t* validity, std::size_t row) {
  return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1U) != 0;
}

std::string_view view_of(const duckdb_string_t& text) {
  // DuckDB keeps up to 12 bytes in the value itself and points to longer ones.
  constexpr std::uint32_t kInlined = 12;
  const std::uint32_t length = text.value.inlined.length;
  return {length <= kInlined ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

void append_numbers(Column& column, const double* values, const std::uint64_t* validity, std::size_t count) {
  for (std::size_t row = 0; row < count; ++row) {
    if (!is_valid(validity, row)) {
      column.numbers.push_back(std::numeric_limits<double>::quiet_NaN());
      ++column.missing;
      continue;
    }
    const double x = values[row];
    column.numbers.push_back(x);
    if (std::isfinite(x)) continue;
    if (std::isinf(x)) {
      ++column.infinite;
    } else {
      ++column.nan;
      ++column.missing;
    }
  }
}

void append_texts(Column& column, Dictionary& dictionary, const duckdb_string_t* values, const std::uint64_t* validity,
                  std::size_t count) {
  for (std::size_t row = 0; row < count; ++row) {
    if (is_valid(validity, row)) {
      column.codes.push_back(dictionary.code(view_of(values[row])));
    } else {
      column.codes.push_back(kMissingCode);
      ++column.missing;
    }
  }
}

void append_times(Column& column, const std::int64_t* values, const std::uint64_t* validity, std::size_t count) {
  for (std::size_t row = 0; row < count; ++row) {
    const bool valid = is_valid(validity, row);
    column.micros.push_back(valid ? values[row] : kMissingTime);
    column.missing += valid ? 0 : 1;
  }
}

std::string select_of(const std::string& source_sql, const std::vector<LoadItem>& items) {
  std::string list;
  for (const LoadItem& item : items) {
    if (!list.empty()) list += ", ";
    switch (item.kind) {
      case ColumnKind::numeric: list += fmt::format("CAST({} AS DOUBLE)", item.expression); break;
      case ColumnKind::categorical: list += fmt::format("CAST({} AS VARCHAR)", item.expression); break;
      case ColumnKind::timestamp: list += fmt::format("epoch_us({})", item.expression); break;
    }
  }
  return fmt::format("WITH log AS ({}) SELECT {} FROM log", source_sql, list);
}

void reserve(Column& column, std::size_t rows) {
  switch (column.kind) {
    case ColumnKind::numeric: column.numbers.reserve(rows); break;
    case ColumnKind::categorical: column.codes.reserve(rows); break;
    case ColumnKind::timestamp: column.micros.reserve(rows); break;
  }
}

}  // namespace

Result<std::vector<Column>> load_columns(const Connection& connection, const std::string& source_sql,
                                         const std::vector<LoadItem>& items, std::size_t expected_rows,
                                         const Progress& progress) {
  std::vector<Column> columns(items.size());
  std::vector<Dictionary> dictionaries(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    columns[i].name = items[i].name;
    columns[i].kind = items[i].kind;
    columns[i].source_type = items[i].source_type;
    reserve(columns[i], expected_rows);
  }
  std::size_t rows = 0;
  const auto take = [&](duckdb_data_chunk chunk) {
    const std::size_t count = duckdb_data_chunk_get_size(chunk);
    for (std::size_t i = 0; i < items.size(); ++i) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
      const void* data = duckdb_vector_get_data(vector);
      const std::uint64_t* validity = duckdb_vector_get_validity(vector);
      switch (items[i].kind) {
        case ColumnKind::numeric: append_numbers(columns[i], static_cast<const double*>(data), validity, count); break;
        case ColumnKind::categorical:
          append_texts(columns[i], dictionaries[i], static_cast<const duckdb_string_t*>(data), validity, count);
          break;
        case ColumnKind::timestamp:
          append_times(columns[i], static_cast<const std::int64_t*>(data), validity, count);
          break;
      }
    }
    rows += count;
    tell(progress, "reading the log",
         expected_rows == 0 ? -1 : static_cast<double>(rows) / static_cast<double>(expected_rows));
  };
  ERRATA_TRY(connection.stream(select_of(source_sql, items), take));
  for (std::size_t i = 0; i < items.size(); ++i) {
    Column& column = columns[i];
    if (column.kind == ColumnKind::categorical) column.categories = dictionaries[i].sort(column.codes);
    column.numbers.shrink_to_fit();
    column.codes.shrink_to_fit();
    column.micros.shrink_to_fit();
  }
  return columns;
}

}  // namespace errata::table

#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "errata/table/prediction_log.h"

// DuckDB's handle of a vector, as duckdb.h declares it; that header stays in duckdb/*.cc.
struct _duckdb_vector;

namespace errata::table {

/// A row whose list cannot be used, and why, in words that follow "row 3".
struct ListFault {
  std::size_t row = 0;
  std::string words;
};

/// Appends the lists of a FLOAT[] vector to a column. The first list tells the width; the values of a row lie
/// together in DuckDB's child vector and are copied as they are.
/// @param width_limit    a wider first list is a fault
/// @param expected_rows  0 when unknown; the whole matrix is reserved with the first list
/// @return the first row that is missing, of another width, or with a value that is missing or not finite
[[nodiscard]] std::optional<ListFault> append_list(ListColumn& column, _duckdb_vector* vector, std::size_t count,
                                                   std::size_t width_limit, std::size_t expected_rows);

/// Puts rows [first, first + count) of a column into a FLOAT[] vector.
void put_list(const ListColumn& column, std::size_t first, std::size_t count, _duckdb_vector* vector);

}  // namespace errata::table

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "errata/table/duckdb/connection.h"
#include "errata/table/log_files.h"
#include "errata/table/predicate.h"
#include "errata/table/read_log.h"

namespace errata::table {

Result<std::vector<std::optional<std::string>>> texts_at(const PredictionLog& log, const std::string& column,
                                                         std::span<const std::uint64_t> rows,
                                                         const Cancellation* stop) {
  std::vector<std::optional<std::string>> texts(rows.size());
  if (rows.empty()) return texts;
  ERRATA_TRY(check_unchanged(log.stamps));
  ERRATA_ASSIGN(const Connection connection, Connection::open(log.files, 0, stop));
  // Rows are numbered in the order of the files, which DuckDB keeps.
  ERRATA_ASSIGN(const auto found,
                connection.query(fmt::format("SELECT place, CAST(value AS VARCHAR) FROM (SELECT {} AS value, "
                                             "row_number() OVER () - 1 AS place FROM ({}) AS log) WHERE place IN ({})",
                                             sql_name(column), log.source_sql, fmt::join(rows, ", "))));
  ERRATA_TRY(check_unchanged(log.stamps));
  std::map<std::uint64_t, std::optional<std::string>> by_row;
  for (const auto& row : found) by_row[std::stoull(row[0].value_or("0"))] = row[1];
  for (std::size_t i = 0; i < rows.size(); ++i) texts[i] = by_row[rows[i]];
  return texts;
}

}  // namespace errata::table

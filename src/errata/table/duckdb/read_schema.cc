#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "errata/table/duckdb/connection.h"
#include "errata/table/duckdb/source.h"
#include "errata/table/log_files.h"
#include "errata/table/predicate.h"
#include "errata/table/read_log.h"
#include "errata/table/roles.h"

namespace errata::table {
namespace {

/// A column's value with NaN as NULL: both are missing.
std::string present(const SqlColumn& column) {
  const std::string name = sql_name(column.name);
  const bool floating = column.type == "DOUBLE" || column.type == "FLOAT";
  return floating ? fmt::format("CASE WHEN isnan({0}) THEN NULL ELSE {0} END", name) : name;
}

/// Distinct values of a log up to this many rows are counted one by one.
constexpr std::size_t kExactRows = 1'000'000;
constexpr std::size_t kExactUpTo = 1000;

/// count(*), then for each column: values present, distinct values, one value.
std::string survey_sql(const Source& source) {
  std::string items = "count(*)";
  for (const SqlColumn& column : source.columns) {
    items += fmt::format(", count({0}), approx_count_distinct({0}), CAST(any_value({0}) AS VARCHAR)", present(column));
  }
  return fmt::format("SELECT {} FROM ({}) AS log", items, source.sql);
}

/// approx_count_distinct is off by a few percent: small counts, and all of a log that is not large, are made again.
Result<void> count_exactly(const Connection& connection, const Source& source, LogSchema& schema) {
  std::string items;
  std::vector<std::size_t> counted;
  for (std::size_t c = 0; c < schema.columns.size(); ++c) {
    ColumnSchema& column = schema.columns[c];
    column.approximate = schema.rows > kExactRows && column.distinct > kExactUpTo + kExactUpTo / 4;
    column.distinct = std::min(column.distinct, schema.rows - column.missing);
    if (column.approximate) continue;
    items += fmt::format("{}count(DISTINCT {})", items.empty() ? "" : ", ", present(source.columns[c]));
    counted.push_back(c);
  }
  if (items.empty()) return {};
  ERRATA_ASSIGN(const auto rows, connection.query(fmt::format("SELECT {} FROM ({}) AS log", items, source.sql)));
  for (std::size_t i = 0; i < counted.size(); ++i) {
    schema.columns[counted[i]].distinct = static_cast<std::size_t>(std::stoull(rows[0][i].value_or("0")));
  }
  return {};
}

/// The rows of the files that count, and what their columns are.
struct OpenedRows {
  Source source;
  SettledRoles settled;
};

Result<OpenedRows> open_rows(const Connection& connection, const std::vector<LogFile>& files,
                             const ReadOptions& options, bool full_scan, const Cancellation* stop) {
  ERRATA_ASSIGN(Source source, open_source(connection, files,
                                           {.max_columns = options.max_columns,
                                            .full_scan = full_scan,
                                            .reading = options.reading,
                                            .time = options.roles.time,
                                            .others = options.roles.others,
                                            .stop = stop}));
  ERRATA_ASSIGN(SettledRoles settled, settle_roles(named_columns(source), options.roles, options.loss));
  if (options.loss && !settled.roles.loss)
    ERRATA_TRY(check_expression(connection, "loss", *options.loss, source.sql, ExpressionType::number));
  settle_versions(source, columns_of_classes(settled.roles, options), options.reading);
  if (options.where) {
    ERRATA_TRY(check_expression(connection, "where", *options.where, source.sql));
    source.sql = rows_where(source.sql, *options.where);
  }
  return OpenedRows{.source = std::move(source), .settled = std::move(settled)};
}

}  // namespace

Result<LogSchema> read_schema(const ReadOptions& options, const Cancellation* stop) {
  ERRATA_ASSIGN(FoundFiles found, find_log_files(options.paths));
  const std::vector<LogFile>& files = found.files;
  LogSchema schema;
  for (const LogFile& file : files) schema.files.push_back(file.path);
  ERRATA_ASSIGN(const Connection connection, Connection::open(schema.files, options.threads, stop));
  ERRATA_ASSIGN(OpenedRows opened, open_rows(connection, files, options, false, stop));
  auto survey = connection.query(survey_sql(opened.source));
  if (!survey) {
    ERRATA_ASSIGN(opened, open_rows(connection, files, options, true, stop));
    survey = connection.query(survey_sql(opened.source));
  }
  if (!survey) return data_error(survey.error().message);
  auto& [source, settled] = opened;
  const Connection::Row& row = survey->front();
  const auto number = [&](std::size_t i) { return static_cast<std::size_t>(std::stoull(row[i].value_or("0"))); };
  schema.rows = number(0);
  for (std::size_t c = 0; c < source.columns.size(); ++c) {
    auto [role, guessed] = played_role(settled.roles, source.columns[c].name);
    schema.columns.push_back({.name = source.columns[c].name,
                              .type = source.columns[c].type,
                              .missing = schema.rows - number(3 * c + 1),
                              .distinct = number(3 * c + 2),
                              .example = row[3 * c + 3].value_or(""),
                              .role = std::move(role),
                              .guessed = guessed});
  }
  ERRATA_TRY(count_exactly(connection, source, schema));
  ERRATA_TRY(check_unchanged(stamps_of(files)));
  schema.warnings = std::move(found.warnings);
  std::ranges::move(source.warnings, std::back_inserter(schema.warnings));
  std::ranges::move(settled.warnings, std::back_inserter(schema.warnings));
  return schema;
}

}  // namespace errata::table

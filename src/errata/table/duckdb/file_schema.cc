// One file's columns and types.
//
// Each file's schema is found once and then spelled out in the SQL that reads it, so that later statements (the load,
// the failure rule, exports) cannot guess differently. Nothing of a text file is left to the reader's guesses: its
// layout comes from text_dialect.h, its types from text_survey.h, and what is not written as SQL writes it (NA among
// numbers, 0,86, 3/2/2026) is read as text and turned into values by SQL.
#include "errata/table/duckdb/file_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "errata/table/duckdb/epoch_time.h"
#include "errata/table/duckdb/text_file.h"
#include "errata/table/late_values.h"
#include "errata/table/predicate.h"
#include "errata/table/roles.h"
#include "errata/table/text.h"

namespace errata::table {
namespace {

/// Lines from which the types of text are found at first.
constexpr std::size_t kFirstLines = 20'480;
/// An object's fields, lists in them and the numbers of these; what is nested deeper is told apart by nobody.
constexpr int kJsonDepth = 3;

bool is_text(FileKind kind) { return kind == FileKind::csv || kind == FileKind::tsv; }

std::string paths_of(std::span<const FileSchema> files) {
  std::vector<std::string> paths;
  for (const FileSchema& schema : files) paths.push_back(literal_pattern(schema.file.path));
  return sql_list(paths);
}

/// @param types  of the columns; empty for all VARCHAR
std::string type_map(const FileSchema& schema, bool all_text) {
  std::string map;
  for (const FileColumn& column : schema.columns) {
    if (column.stored.empty()) continue;
    map += fmt::format("{}{}: {}", map.empty() ? "" : ", ", sql_text(column.name),
                       sql_text(all_text ? "VARCHAR" : column.stored));
  }
  return "{" + map + "}";
}

std::string reader_of(std::span<const FileSchema> files, bool all_text) {
  const FileSchema& first = files.front();
  const std::string paths = paths_of(files);
  switch (first.file.kind) {
    case FileKind::parquet: return fmt::format("read_parquet({}, hive_partitioning = false)", paths);
    case FileKind::json_lines:
      return fmt::format(
          "read_json({}, hive_partitioning = false, format = 'newline_delimited', maximum_depth = {}, {})", paths,
          kJsonDepth, first.columns.empty() ? "sample_size = -1" : "columns = " + type_map(first, false));
    case FileKind::csv:
    case FileKind::tsv:
      return fmt::format("read_csv({}, hive_partitioning = false, {}, columns = {})", paths, dialect_sql(first.dialect),
                         type_map(first, all_text));
  }
  ERRATA_CHECK(false);
  return {};
}

std::unexpected<Error> of_file(const LogFile& file, const Error& error) {
  const bool named = error.message.find(file.path) != std::string::npos;
  return data_error(named ? error.message : fmt::format("{}: {}", file.path, error.message));
}

std::unexpected<Error> too_wide(const LogFile& file, std::size_t columns, std::size_t limit) {
  return data_error(fmt::format("{}: has {} columns; the limit is {}", file.path, columns, limit));
}

std::optional<ColumnType> named_type(const SourceOptions& options, const std::string& name) {
  for (const auto& [column, type] : options.reading.types)
    if (folded(column) == folded(name)) return type;
  return std::nullopt;
}

/// Whether the reader itself makes the values of a column of delimited text.
bool is_plain(const TextReading& reading) {
  return reading.kind != TextKind::time && reading.missing.empty() && reading.decimal == '.' &&
         reading.grouping == '\0' && !reading.percent;
}

/// What the survey of a column's texts means for it.
void settle(FileColumn& column, const TextSurvey& survey, std::optional<ColumnType> named, bool delimited) {
  const TextReading found = survey.settle();
  column.reading = named ? survey.settle_as(*named) : found;
  column.type = sql_type(column.reading);
  if (delimited && is_plain(column.reading)) {
    column.stored = column.type;
    column.value = sql_name(column.name);
  } else {
    if (delimited) column.stored = "VARCHAR";
    column.value = reading_sql(column.reading, text_of(column));
  }
}

/// Whether SQL reads every text of a column, as far as it was looked at: a guess must not keep a file from being read.
Result<bool> all_are_read(const Connection& connection, const FileSchema& schema, const FileColumn& column,
                          const TextReading& reading, const std::string& looked_at) {
  ERRATA_ASSIGN(const auto rows, connection.query(fmt::format(
                                     "SELECT count(*) FROM (SELECT {} AS text FROM {}{}) WHERE {}", text_of(column),
                                     text_reader({&schema, 1}), looked_at, misfit_sql(reading, "text"))));
  return rows[0][0] == "0";
}

/// @return the lines that were looked at
Result<std::size_t> survey_columns(const Connection& connection, FileSchema& schema,
                                   const std::vector<std::size_t>& which, const SourceOptions& options) {
  if (which.empty()) return 0;
  std::string items;
  for (const std::size_t c : which) items += (items.empty() ? "" : ", ") + text_of(schema.columns[c]);
  std::vector<TextSurvey> surveys(which.size(), TextSurvey(options.reading.text));
  const auto looked = survey_texts(connection, fmt::format("SELECT {} FROM {}", items, text_reader({&schema, 1})),
                                   surveys, options.full_scan ? 0 : kFirstLines);
  if (!looked) return of_file(schema.file, looked.error());
  const std::string looked_at = options.full_scan ? "" : fmt::format(" LIMIT {}", kFirstLines);
  for (std::size_t i = 0; i < which.size(); ++i) {
    FileColumn& column = schema.columns[which[i]];
    // A JSON text that looks like a number is a text all the same, unless bare numbers stand beside it.
    auto named = named_type(options, column.name);
    const bool quoted = !is_text(schema.file.kind) && column.stored == "VARCHAR";
    if (quoted && !named && surveys[i].settle().kind != TextKind::time) named = ColumnType::text;
    if (!named && surveys[i].settle().kind == TextKind::time) {
      ERRATA_ASSIGN(const bool times, all_are_read(connection, schema, column, surveys[i].settle(), looked_at));
      if (!times) named = ColumnType::text;
    }
    settle(column, surveys[i], named, is_text(schema.file.kind));
  }
  return *looked;
}

/// What is written in the file, all of it, in another way than the first lines are.
Result<std::vector<LateMisfits>> late_misfits(const Connection& connection, const FileSchema& schema,
                                              const SourceOptions& options) {
  std::vector<TextReading> readings;
  for (const FileColumn& column : schema.columns)  // what the user says of a column is checked by itself
    readings.push_back(named_type(options, column.name) ? TextReading{} : column.reading);
  LateValues late(schema.dialect, std::move(readings), options.reading.text);
  ERRATA_TRY(read_bytes(connection, schema.file, options.stop, [&](std::string_view bytes) { late.add(bytes); }));
  late.finish();
  return late.misfits();
}

/// Settles the types from all lines where some do not fit what the first ones said.
Result<void> look_further(const Connection& connection, FileSchema& schema, const std::vector<std::size_t>& all,
                          SourceOptions options) {
  ERRATA_ASSIGN(const std::vector<LateMisfits> misfits, late_misfits(connection, schema, options));
  if (std::ranges::all_of(misfits, [](const LateMisfits& found) { return found.count == 0; })) return {};
  options.full_scan = true;
  const std::vector<FileColumn> before = schema.columns;
  ERRATA_TRY(survey_columns(connection, schema, all, options));
  for (std::size_t c = 0; c < before.size(); ++c)
    if (before[c].type != schema.columns[c].type && schema.columns[c].type == "VARCHAR")
      schema.notes.push_back(
          words_of_change(schema.file, before[c], misfits[c].count, misfits[c].first, misfits[c].row));
  return {};
}

/// DuckDB knows one end of lines a file; those that differ are read by looser rules.
Result<void> allow_several_ends(const Connection& connection, FileSchema& schema, const SourceOptions& options) {
  ERRATA_ASSIGN(const std::size_t line, line_ended_by_cr(connection, schema.file, schema.dialect.quote, options.stop));
  if (line > 0)
    return data_error(fmt::format("{}: line {} ends in CR alone and others in LF; tr '\\r' '\\n' makes them end alike",
                                  schema.file.path, line));
  schema.dialect.mixed_ends = true;
  schema.notes.push_back(
      fmt::format("{}: its lines end in several ways (LF, CR LF); they are read all the same, but values beyond the "
                  "named columns would not be seen (sed 's/\\r*$//' makes them end alike)",
                  schema.file.path));
  return {};
}

Result<FileSchema> read_text_schema(const Connection& connection, const LogFile& file, const SourceOptions& options) {
  ERRATA_TRY(check_line_lengths(file));
  FileSchema schema{.file = file};
  ERRATA_ASSIGN(schema.dialect, read_dialect(connection, file, options.reading.delimiter));
  const std::vector<std::string>& names = schema.dialect.names;
  if (names.size() > options.max_columns) return too_wide(file, names.size(), options.max_columns);
  std::vector<std::size_t> all;
  for (const std::string& name : names) {
    all.push_back(all.size());
    schema.columns.push_back({.name = name, .stored = "VARCHAR", .value = sql_name(name), .type = "VARCHAR"});
  }
  auto lines = survey_columns(connection, schema, all, options);
  if (!lines && lines.error().message.contains("invalid state")) {
    ERRATA_TRY(allow_several_ends(connection, schema, options));
    lines = survey_columns(connection, schema, all, options);
  }
  if (!lines && names.size() == 1)
    return data_error(lines.error().message + "; where the fields are separated by another sign, --delimiter names it");
  ERRATA_TRY(lines);
  if (!options.full_scan && *lines >= kFirstLines) ERRATA_TRY(look_further(connection, schema, all, options));
  return schema;
}

/// A column that may hold numbers that count time since 1970.
std::optional<EpochColumn> epoch_column(const FileColumn& column) {
  const TypeFamily family = family_of(column.type);
  const bool text = family == TypeFamily::text && column.reading.kind == TextKind::text;
  if (family != TypeFamily::number && !text) return std::nullopt;
  const bool fractions = column.type == "DOUBLE" || column.type == "FLOAT" || column.type.starts_with("DECIMAL");
  return EpochColumn{.value = column.value, .exact = !fractions, .text = text};
}

/// How the time format of the user fits whole numbers, as 20260302 is written.
enum class FormatFit : std::uint8_t { not_asked, fits, does_not };

Result<FormatFit> fit_of_format(const Connection& connection, const FileSchema& schema, const FileColumn& column,
                                const SourceOptions& options) {
  const auto& format = options.reading.text.time_format;
  const bool whole = family_of(column.type) == TypeFamily::number && epoch_column(column)->exact;
  if (!format || !whole) return FormatFit::not_asked;
  ERRATA_ASSIGN(const auto rows,
                connection.query(fmt::format(
                    "SELECT count(text), count(try_strptime(text, {})) FROM (SELECT CAST({} AS VARCHAR) AS text "
                    "FROM {} LIMIT {})",
                    sql_text(*format), column.value, reader({&schema, 1}), kFirstLines)));
  const auto count = [&](std::size_t i) { return std::stoull(rows[0][i].value_or("0")); };
  return count(0) == 0 ? FormatFit::not_asked : 2 * count(1) > count(0) ? FormatFit::fits : FormatFit::does_not;
}

/// Takes whole numbers for the texts that they are written as.
void make_text(FileColumn& column, bool delimited) {
  const std::string number = column.value;
  column.type = "VARCHAR";
  if (delimited) column.stored = "VARCHAR";
  column.reading = {.missing = column.reading.missing, .missing_count = column.reading.missing_count};
  column.value = delimited ? reading_sql(column.reading, text_of(column)) : fmt::format("CAST({} AS VARCHAR)", number);
}

/// Reads numbers as times where they are the log's times, by the user's word or by name, and count them since 1970.
Result<void> find_epoch(const Connection& connection, FileSchema& schema, FileColumn& column,
                        const SourceOptions& options) {
  const auto is_it = [&](const std::string& name) { return folded(name) == folded(column.name); };
  const bool other = std::ranges::any_of(options.others, is_it);
  const bool may_be_time = other || (options.time ? is_it(*options.time) : is_usual_time(column.name));
  auto numbers = may_be_time ? epoch_column(column) : std::nullopt;
  if (!numbers) return {};
  ERRATA_ASSIGN(const FormatFit fit, fit_of_format(connection, schema, column, options));
  if (fit == FormatFit::fits) {
    make_text(column, is_text(schema.file.kind));  // which is read as a time where the log's is chosen
    return {};
  }
  if (fit == FormatFit::does_not)
    schema.notes.push_back(fmt::format("column {}: its numbers are not written as --time-format '{}' says", column.name,
                                       *options.reading.text.time_format));
  numbers->up = other;
  ERRATA_ASSIGN(const auto unit,
                epoch_of(connection, *numbers, reader({&schema, 1}), options.full_scan ? 0 : kFirstLines));
  if (!unit) return {};
  column.value = epoch_sql(*numbers, *unit);
  column.type = "TIMESTAMP";
  column.epoch = unit->words;
  return {};
}

/// Gives a column whose values are of another type the one that the user named.
Result<void> retype(const Connection& connection, const FileSchema& schema, FileColumn& column, ColumnType named,
                    const SourceOptions& options) {
  constexpr std::array<TypeFamily, 4> kFamilies{TypeFamily::text, TypeFamily::number, TypeFamily::time,
                                                TypeFamily::boolean};
  constexpr std::array<std::string_view, 4> kTypes{"VARCHAR", "DOUBLE", "TIMESTAMP", "BOOLEAN"};
  const TypeFamily family = family_of(column.type);
  if (family == kFamilies[static_cast<std::size_t>(named)]) return {};
  const auto numbers = named == ColumnType::time ? epoch_column(column) : std::nullopt;
  std::optional<EpochUnit> unit;
  if (numbers && !numbers->text) {
    ERRATA_ASSIGN(const FormatFit fit, fit_of_format(connection, schema, column, options));
    if (fit == FormatFit::fits) {
      make_text(column, is_text(schema.file.kind));
      column.reading.kind = TextKind::time;
      column.reading.order = DateOrder::own_format;
      column.reading.format = *options.reading.text.time_format;
      column.value = reading_sql(column.reading, is_text(schema.file.kind) ? text_of(column) : column.value);
      column.type = "TIMESTAMP";
      return {};
    }
  }
  if (numbers) {
    ERRATA_ASSIGN(unit, epoch_by_size(connection, *numbers, reader({&schema, 1})));
  }
  if (unit) {
    column.value = epoch_sql(*numbers, *unit);
  } else {
    column.value = fmt::format("CAST({} AS {})", column.value, kTypes[static_cast<std::size_t>(named)]);
  }
  column.type = kTypes[static_cast<std::size_t>(named)];
  return {};
}

Result<FileSchema> read_typed_schema(const Connection& connection, const LogFile& file, const SourceOptions& options) {
  if (file.kind == FileKind::json_lines) ERRATA_TRY(check_line_lengths(file));
  FileSchema schema{.file = file};
  const auto found = connection.describe("SELECT * FROM " + reader({&schema, 1}));
  if (!found) return of_file(file, found.error());
  if (found->size() > options.max_columns) return too_wide(file, found->size(), options.max_columns);
  std::vector<std::size_t> texts;
  for (const auto& [name, type] : *found) {
    FileColumn column{.name = name, .stored = type, .value = sql_name(name), .type = type};
    const bool json = file.kind == FileKind::json_lines;
    // Quoted texts that DuckDB takes for dates or UUIDs are texts; whether they are times is settled as everywhere.
    if (json && (family_of(type) == TypeFamily::time || type == "UUID" || type == "TIME")) column.stored = "VARCHAR";
    const bool surveyed = json ? column.stored == "VARCHAR" || type == "JSON" : type == "VARCHAR";
    const bool asked = named_type(options, name) || !options.reading.text.null_values.empty();
    if (surveyed && (json || asked)) texts.push_back(schema.columns.size());
    schema.columns.push_back(std::move(column));
  }
  // Texts beside bare numbers are seldom, and nothing else tells how the last ones are written.
  SourceOptions looked = options;
  looked.full_scan = options.full_scan || std::ranges::any_of(schema.columns, [](const FileColumn& column) {
                       return column.stored == "JSON";
                     });
  ERRATA_TRY(survey_columns(connection, schema, texts, looked));
  return schema;
}

}  // namespace

TypeFamily family_of(std::string_view type) {
  constexpr std::array<std::string_view, 13> kNumbers{"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT",
                                                      "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
                                                      "FLOAT",    "DOUBLE",    "BIGNUM"};
  if (type.ends_with("]")) {
    return family_of(type.substr(0, type.find_last_of('['))) == TypeFamily::number ? TypeFamily::list
                                                                                   : TypeFamily::other;
  }
  if (std::ranges::find(kNumbers, type) != kNumbers.end() || type.starts_with("DECIMAL")) return TypeFamily::number;
  if (type == "BOOLEAN") return TypeFamily::boolean;
  if (type == "DATE" || type.starts_with("TIMESTAMP")) return TypeFamily::time;
  if (type == "VARCHAR" || type == "UUID" || type == "JSON" || type.starts_with("ENUM") || type.starts_with("TIME")) {
    return TypeFamily::text;
  }
  return TypeFamily::other;
}

std::string words_of_change(const LogFile& file, const FileColumn& before, std::size_t count, const std::string& first,
                            std::size_t row) {
  return fmt::format("{}: column {}: {} values are not {}, the first is {} in row {}; the column is read as text",
                     file.path, before.name, count, before.type, sql_text(first), row);
}

std::string reader(std::span<const FileSchema> files) { return reader_of(files, false); }
std::string text_reader(std::span<const FileSchema> files) {
  return reader_of(files, is_text(files.front().file.kind));
}

std::string text_of(const FileColumn& column) {
  return column.stored == "JSON" ? fmt::format("({} ->> '$')", sql_name(column.name)) : sql_name(column.name);
}

bool same_reader(const FileSchema& a, const FileSchema& b) {
  return a.file.kind == b.file.kind && a.dialect == b.dialect && a.columns == b.columns;
}

Result<FileSchema> read_file_schema(const Connection& connection, const LogFile& file, const SourceOptions& options) {
  ERRATA_TRY(check_content(file));
  ERRATA_ASSIGN(FileSchema schema, is_text(file.kind) ? read_text_schema(connection, file, options)
                                                      : read_typed_schema(connection, file, options));
  for (FileColumn& column : schema.columns) {
    const auto named = named_type(options, column.name);
    ERRATA_TRY(named ? retype(connection, schema, column, *named, options)
                     : find_epoch(connection, schema, column, options));
  }
  return schema;
}

}  // namespace errata::table

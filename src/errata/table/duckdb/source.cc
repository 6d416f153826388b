// Many files as one relation.
//
// Problem: DuckDB guesses the types of text files from their first lines, renames doubled columns without a word, and
// reads several files by the first one's schema. A log must be read whole and the same way every time it is read.
//
// Idea: each file's schema is found once and then spelled out in the SQL that reads it, so that later statements (the
// load, the failure rule, exports) cannot guess differently. Files with the same schema share one reader; the readers
// are put together by UNION ALL with every column cast to its common type, which keeps the order of rows. Dates and
// times are the exception to spelling out: their format is known only to the guesser, which looks again.
#include "errata/table/duckdb/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "errata/table/predicate.h"

namespace errata::table {
namespace {

/// An object's fields, lists in them and the numbers of these; what is nested deeper is told apart by nobody.
constexpr int kJsonDepth = 3;

/// Names as SQL compares them.
std::string folded(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

std::string type_map(const std::vector<SqlColumn>& columns, bool all) {
  std::string map;
  for (const SqlColumn& column : columns) {
    if (!all && family_of(column.type) == TypeFamily::time) continue;
    map += fmt::format("{}{}: {}", map.empty() ? "" : ", ", sql_text(column.name), sql_text(column.type));
  }
  return "{" + map + "}";
}

/// The table function that reads files of one schema; without columns it guesses them.
std::string reader(std::span<const FileSchema> files, bool full_scan) {
  std::vector<std::string> paths;
  for (const FileSchema& schema : files) paths.push_back(literal_pattern(schema.file.path));
  const FileSchema& first = files.front();
  std::string options = ", hive_partitioning = false";
  if (full_scan) options += ", sample_size = -1";
  switch (first.file.kind) {
    case FileKind::parquet: return fmt::format("read_parquet({}{})", sql_list(paths), options);
    case FileKind::json_lines:
      options =
          fmt::format(", hive_partitioning = false, format = 'newline_delimited', maximum_depth = {}", kJsonDepth);
      options += first.columns.empty() ? ", sample_size = -1" : ", columns = " + type_map(first.columns, true);
      return fmt::format("read_json({}{})", sql_list(paths), options);
    case FileKind::tsv: options += ", delim = '\t'"; break;
    case FileKind::csv: break;
  }
  if (!first.columns.empty()) {
    const std::string types = type_map(first.columns, false);
    if (types != "{}") options += ", types = " + types;
  }
  return fmt::format("read_csv({}, header = true, skip = 0, comment = ''{})", sql_list(paths), options);
}

bool same_reader(const FileSchema& a, const FileSchema& b) {
  if (a.file.kind != b.file.kind || a.columns.size() != b.columns.size()) return false;
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    if (a.columns[i].name != b.columns[i].name || a.columns[i].type != b.columns[i].type) return false;
    const bool guessed_again = a.file.kind != FileKind::parquet && family_of(a.columns[i].type) == TypeFamily::time;
    if (guessed_again) return false;
  }
  return true;
}

/// Names as the file has them, when DuckDB may have renamed one: "a_1" beside "a" is suspicious.
Result<std::optional<std::string>> renamed_column(const Connection& connection, const FileSchema& schema) {
  std::set<std::string> names;
  for (const SqlColumn& column : schema.columns) names.insert(folded(column.name));
  const auto suspicious = [&](const SqlColumn& column) {
    const std::size_t at = column.name.find_last_of('_');
    return at != std::string::npos && at + 1 < column.name.size() &&
           column.name.find_first_not_of("0123456789", at + 1) == std::string::npos &&
           names.contains(folded(column.name.substr(0, at)));
  };
  const auto found = std::ranges::find_if(schema.columns, suspicious);
  if (found == schema.columns.end() || schema.file.kind == FileKind::json_lines) return std::nullopt;
  std::vector<std::string> raw;
  if (schema.file.kind == FileKind::parquet) {
    ERRATA_ASSIGN(const auto rows, connection.query(fmt::format("SELECT name FROM parquet_schema({})",
                                                                sql_text(literal_pattern(schema.file.path)))));
    for (const auto& row : rows) raw.push_back(row[0].value_or(""));
  } else {
    const std::string tabs = schema.file.kind == FileKind::tsv ? ", delim = '\t'" : "";
    ERRATA_ASSIGN(const auto rows,
                  connection.query(fmt::format("SELECT * FROM read_csv({}, header = false, "
                                               "all_varchar = true, hive_partitioning = false, skip = 0, "
                                               "comment = ''{}) LIMIT 1",
                                               sql_text(literal_pattern(schema.file.path)), tabs)));
    for (const auto& row : rows) {
      for (const auto& value : row) raw.push_back(value.value_or(""));
    }
  }
  for (const SqlColumn& column : schema.columns) {
    if (suspicious(column) && std::ranges::find(raw, column.name) == raw.end()) {
      return fmt::format("{}: the column name {} appears twice; the later one is read as {}", schema.file.path,
                         column.name.substr(0, column.name.find_last_of('_')), column.name);
    }
  }
  return std::nullopt;
}

/// DuckDB takes yes and no, t and f, y and n for booleans as well; such columns are given back their words.
Result<void> keep_words(const Connection& connection, FileSchema& schema) {
  if (schema.file.kind != FileKind::csv && schema.file.kind != FileKind::tsv) return {};
  FileSchema as_text = schema;
  std::string items;
  std::vector<SqlColumn*> booleans;
  for (std::size_t c = 0; c < schema.columns.size(); ++c) {
    if (schema.columns[c].type != "BOOLEAN") continue;
    as_text.columns[c].type = "VARCHAR";
    booleans.push_back(&schema.columns[c]);
    items += fmt::format("{}bool_and(lower({}) IN ('true', 'false'))", items.empty() ? "" : ", ",
                         sql_name(schema.columns[c].name));
  }
  if (booleans.empty()) return {};
  const auto rows = connection.query(
      fmt::format("SELECT {} FROM (SELECT * FROM {} LIMIT 20480) AS first_rows", items, reader({&as_text, 1}, false)));
  if (!rows) return data_error(rows.error().message);
  for (std::size_t i = 0; i < booleans.size(); ++i) {
    if ((*rows)[0][i] != "true") booleans[i]->type = "VARCHAR";
  }
  return {};
}

std::unexpected<Error> too_wide(const std::string& path, std::size_t columns, std::size_t limit) {
  return data_error(fmt::format("{}: has {} columns; the limit is {}", path, columns, limit));
}

/// The number of names in the first line of a plain text file: guessing the types of a very wide one takes seconds.
std::size_t header_width(const LogFile& file) {
  if (file.kind == FileKind::parquet || file.kind == FileKind::json_lines || file.path.ends_with(".gz")) return 0;
  std::ifstream stream(file.path, std::ios::binary);
  std::string line;
  std::getline(stream, line);
  std::size_t most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    bool quoted = false;
    std::size_t width = 1;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (c == delimiter && !quoted) ++width;
    }
    most = std::max(most, width);
  }
  return most;
}

Result<FileSchema> read_file_schema(const Connection& connection, const LogFile& file, const SourceOptions& options) {
  ERRATA_TRY(check_line_lengths(file));
  if (const std::size_t width = header_width(file); width > options.max_columns) {
    return too_wide(file.path, width, options.max_columns);
  }
  FileSchema schema{.file = file, .columns = {}};
  auto columns = connection.describe("SELECT * FROM " + reader({&schema, 1}, options.full_scan));
  if (!columns) {
    const std::string& message = columns.error().message;
    const bool named = message.find(file.path) != std::string::npos;
    return data_error(named ? message : fmt::format("{}: {}", file.path, message));
  }
  schema.columns = *std::move(columns);
  if (schema.columns.size() > options.max_columns) {
    return too_wide(file.path, schema.columns.size(), options.max_columns);
  }
  if (file.kind == FileKind::csv && schema.columns.size() == 1 &&
      schema.columns.front().name.find_first_of(",;\t|") != std::string::npos) {
    return data_error(fmt::format("{}: the rows do not all have as many values as the header {} has names", file.path,
                                  schema.columns.front().name));
  }
  ERRATA_TRY(keep_words(connection, schema));
  return schema;
}

/// The type that holds the values of both.
std::string common_type(const std::string& a, const std::string& b) {
  if (a == b) return a;
  const TypeFamily family = family_of(a);
  if (family != family_of(b)) return "VARCHAR";
  if (family == TypeFamily::number) return "DOUBLE";
  if (family == TypeFamily::list) return "DOUBLE[]";
  return family == TypeFamily::time ? "TIMESTAMP" : "VARCHAR";
}

/// A text file's column without any value has no type to speak of, though it is guessed to be text.
Result<bool> is_empty(const Connection& connection, const FileSchema& schema, const SqlColumn& column) {
  if (schema.file.kind == FileKind::parquet) return false;
  ERRATA_ASSIGN(const auto rows, connection.query(fmt::format("SELECT count({}) FROM {}", sql_name(column.name),
                                                              reader({&schema, 1}, false))));
  return rows[0][0] == "0";
}

/// One column of the union: its place in each file.
struct Member {
  std::size_t file;
  const SqlColumn* column;
};

Result<std::string> unified_type(const Connection& connection, const Source& source, const std::vector<Member>& members,
                                 std::vector<std::string>& warnings) {
  std::set<std::string> types;
  for (const Member& m : members) types.insert(m.column->type);
  if (types.size() > 1 && types.contains("VARCHAR")) {
    types.clear();
    for (const Member& m : members) {
      bool empty = false;
      if (m.column->type == "VARCHAR") {
        ERRATA_ASSIGN(empty, is_empty(connection, source.files[m.file], *m.column));
      }
      if (!empty) types.insert(m.column->type);
    }
    if (types.empty()) types.insert("VARCHAR");
  }
  std::string type = *types.begin();
  std::string seen;
  for (const std::string& other : types) {
    type = common_type(type, other);
    seen += (seen.empty() ? "" : ", ") + other;
  }
  if (types.size() > 1) {
    warnings.push_back(fmt::format("column {}: its type differs across files ({}); read as {}",
                                   members.front().column->name, seen,
                                   family_of(type) == TypeFamily::number ? "numbers"
                                   : family_of(type) == TypeFamily::list ? "lists of numbers"
                                   : family_of(type) == TypeFamily::time ? "times"
                                                                         : "text"));
  }
  return type;
}

/// A column of one reader as the union has it.
std::string select_item(const SqlColumn* column, const SqlColumn& unified) {
  const std::string as = " AS " + sql_name(unified.name);
  if (column == nullptr) return fmt::format("CAST(NULL AS {}){}", unified.type, as);
  std::string value = sql_name(column->name);
  if (column->type == "TIMESTAMP WITH TIME ZONE") value = fmt::format("make_timestamp(epoch_us({}))", value);
  if (column->type != unified.type) value = fmt::format("CAST({} AS {})", value, unified.type);
  return value + as;
}

std::string union_sql(const Source& source, bool full_scan) {
  std::string sql;
  const std::span<const FileSchema> files(source.files);
  for (std::size_t begin = 0; begin < files.size();) {
    std::size_t end = begin + 1;
    while (end < files.size() && same_reader(files[begin], files[end])) ++end;
    std::map<std::string, const SqlColumn*> by_name;
    for (const SqlColumn& column : files[begin].columns) by_name[folded(column.name)] = &column;
    std::string items;
    for (const SqlColumn& unified : source.columns) {
      const auto found = by_name.find(folded(unified.name));
      items += (items.empty() ? "" : ", ") + select_item(found == by_name.end() ? nullptr : found->second, unified);
    }
    sql += fmt::format("{}SELECT {} FROM {}", sql.empty() ? "" : " UNION ALL ", items,
                       reader(files.subspan(begin, end - begin), full_scan));
    begin = end;
  }
  return sql;
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

std::vector<NamedColumn> named_columns(const std::vector<SqlColumn>& columns) {
  const auto usable = [](std::string_view type) {
    switch (family_of(type)) {
      case TypeFamily::number: return Usable::number;
      case TypeFamily::text:
      case TypeFamily::boolean: return Usable::category;
      case TypeFamily::time: return Usable::time;
      case TypeFamily::list: return Usable::list;
      case TypeFamily::other: break;
    }
    return Usable::nothing;
  };
  std::vector<NamedColumn> named;
  for (const SqlColumn& column : columns) named.push_back({.name = column.name, .usable = usable(column.type)});
  return named;
}

Result<Source> open_source(const Connection& connection, const std::vector<LogFile>& files,
                           const SourceOptions& options) {
  Source source;
  for (const LogFile& file : files) {
    ERRATA_ASSIGN(FileSchema schema, read_file_schema(connection, file, options));
    source.files.push_back(std::move(schema));
  }
  std::map<std::string, std::size_t> place;
  std::vector<std::vector<Member>> members;
  for (std::size_t f = 0; f < source.files.size(); ++f) {
    ERRATA_ASSIGN(std::optional<std::string> renamed, renamed_column(connection, source.files[f]));
    if (renamed) source.warnings.push_back(*std::move(renamed));
    for (const SqlColumn& column : source.files[f].columns) {
      const auto [found, fresh] = place.try_emplace(folded(column.name), members.size());
      if (fresh) members.emplace_back();
      members[found->second].push_back({.file = f, .column = &column});
    }
  }
  if (members.size() > options.max_columns) {
    return data_error(
        fmt::format("the files have {} columns together; the limit is {}", members.size(), options.max_columns));
  }
  for (const std::vector<Member>& in : members) {
    ERRATA_ASSIGN(std::string type, unified_type(connection, source, in, source.warnings));
    if (type == "TIMESTAMP WITH TIME ZONE") type = "TIMESTAMP";
    source.columns.push_back({.name = in.front().column->name, .type = std::move(type)});
    if (in.size() < source.files.size()) {
      std::size_t without = 0;
      while (without < in.size() && in[without].file == without) ++without;
      source.warnings.push_back(fmt::format("column {}: {} of {} files do not have it (the first is {}); missing there",
                                            in.front().column->name, source.files.size() - in.size(),
                                            source.files.size(), source.files[without].file.path));
    }
  }
  source.sql = union_sql(source, options.full_scan);
  return source;
}

RowPlace place_of_row(const Connection& connection, const Source& source, std::size_t row) {
  RowPlace place{.file = source.files.front().file.path, .row = row};
  for (std::size_t f = 0; f + 1 < source.files.size(); ++f) {
    const auto rows = connection.query(fmt::format("SELECT count(*) FROM {}", reader({&source.files[f], 1}, false)));
    if (!rows)
      return {.file = fmt::format("{} and {} more", source.files.front().file.path, source.files.size() - 1),
              .row = row};
    const std::size_t held = std::stoull((*rows)[0][0].value_or("0"));
    if (place.row < held) break;
    place = {.file = source.files[f + 1].file.path, .row = place.row - held};
  }
  return place;
}

Result<std::vector<std::string>> explain_changed_types(const Connection& connection,
                                                       const std::vector<FileSchema>& before,
                                                       const std::vector<FileSchema>& after) {
  std::vector<std::string> changes;
  for (std::size_t f = 0; f < before.size(); ++f) {
    for (std::size_t c = 0; c < std::min(before[f].columns.size(), after[f].columns.size()); ++c) {
      const SqlColumn& old = before[f].columns[c];
      const SqlColumn& now = after[f].columns[c];
      if (old.name != now.name || old.type == now.type || now.type != "VARCHAR") continue;
      ERRATA_ASSIGN(const auto rows,
                    connection.query(fmt::format(
                        "SELECT min(row), arg_min(value, row), count(*) FROM (SELECT row_number() OVER () AS row, {} "
                        "AS value FROM {}) WHERE value IS NOT NULL AND TRY_CAST(value AS {}) IS NULL",
                        sql_name(now.name), reader({&after[f], 1}, true), old.type)));
      changes.push_back(
          fmt::format("{}: column {}: {} values are not {}, the first is {} in row {}; the column is read as text",
                      before[f].file.path, now.name, rows[0][2].value_or("0"), old.type,
                      sql_text(rows[0][1].value_or("")), rows[0][0].value_or("?")));
    }
  }
  return changes;
}

}  // namespace errata::table

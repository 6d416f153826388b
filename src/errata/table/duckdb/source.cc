// Many files as one relation.
//
// Problem: a reader takes several files by the first one's schema. A log must be read whole and the same way every time
// it is read.
//
// Idea: files with the same schema (file_schema.h) share one reader; the readers are put together by UNION ALL with
// every column cast to its common type, which keeps the order of rows.
#include "errata/table/duckdb/source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "errata/table/duckdb/text_file.h"
#include "errata/table/duckdb/written_alike.h"
#include "errata/table/expression.h"
#include "errata/table/predicate.h"
#include "errata/table/text.h"

namespace errata::table {
namespace {

/// A name that a Parquet file has twice: DuckDB renames the later one to a_1.
Result<std::optional<std::string>> renamed_column(const Connection& connection, const FileSchema& schema) {
  const auto words = [&](const std::string& name, const std::string& read_as) {
    return fmt::format("{}: the column name {} appears twice; the later one is read as {}", schema.file.path, name,
                       read_as);
  };
  if (!schema.dialect.repeated.empty()) {
    const auto& [name, read_as] = schema.dialect.repeated.front();
    return words(name, read_as);
  }
  std::set<std::string> names;
  for (const FileColumn& column : schema.columns) names.insert(folded(column.name));
  const auto suspicious = [&](const FileColumn& column) {
    const std::size_t at = column.name.find_last_of('_');
    return at != std::string::npos && at + 1 < column.name.size() &&
           column.name.find_first_not_of("0123456789", at + 1) == std::string::npos &&
           names.contains(folded(column.name.substr(0, at)));
  };
  if (schema.file.kind != FileKind::parquet || std::ranges::none_of(schema.columns, suspicious)) return std::nullopt;
  ERRATA_ASSIGN(const auto rows, connection.query(fmt::format("SELECT name FROM parquet_schema({})",
                                                              sql_text(literal_pattern(schema.file.path)))));
  std::set<std::string> raw;
  for (const auto& row : rows) raw.insert(row[0].value_or(""));
  for (const FileColumn& column : schema.columns)
    if (suspicious(column) && !raw.contains(column.name))
      return words(column.name.substr(0, column.name.find_last_of('_')), column.name);
  return std::nullopt;
}

bool is_whole(const std::string& type) { return type.ends_with("INT") || type == "INTEGER" || type == "UINTEGER"; }

/// The type that holds the values of both.
std::string common_type(const std::string& a, const std::string& b) {
  if (a == b) return a;
  const TypeFamily family = family_of(a);
  // 0 and 1 in one file, true and false in another.
  if (family == TypeFamily::boolean && family_of(b) == TypeFamily::number) return b;
  if (family == TypeFamily::number && family_of(b) == TypeFamily::boolean) return a;
  if (family != family_of(b)) return "VARCHAR";
  if (family == TypeFamily::number) return is_whole(a) && is_whole(b) ? "HUGEINT" : "DOUBLE";
  if (family == TypeFamily::list) return "DOUBLE[]";
  return family == TypeFamily::time ? "TIMESTAMP" : "VARCHAR";
}

/// A text file's column without any value has no type to speak of, though it is guessed to be text.
Result<bool> is_empty(const Connection& connection, const FileSchema& schema, const FileColumn& column) {
  if (schema.file.kind == FileKind::parquet) return false;
  ERRATA_ASSIGN(const auto rows,
                connection.query(fmt::format("SELECT count({}) FROM {}", column.value, reader({&schema, 1}))));
  return rows[0][0] == "0";
}

/// One column of the union: its place in each file.
struct Member {
  std::size_t file;
  const FileColumn* column;
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
std::string select_item(const FileColumn* column, const SqlColumn& unified) {
  const std::string as = " AS " + sql_name(unified.name);
  if (column == nullptr) return fmt::format("CAST(NULL AS {}){}", unified.type, as);
  std::string value = column->value;
  if (column->type == "TIMESTAMP WITH TIME ZONE") value = fmt::format("make_timestamp(epoch_us({}))", value);
  if (column->type != unified.type) value = fmt::format("CAST({} AS {})", value, unified.type);
  return value + as;
}

/// A column that is text in one file is so in all, as it is written there: 1.10 and True, not 1.1 and true.
void keep_texts(Source& source, const Reading& reading) {
  std::set<std::string> texts;
  for (const SqlColumn& column : source.columns)
    if (column.type == "VARCHAR") texts.insert(folded(column.name));
  for (FileSchema& schema : source.files) {
    if (schema.file.kind != FileKind::csv && schema.file.kind != FileKind::tsv) continue;
    for (FileColumn& column : schema.columns) {
      if (column.type == "VARCHAR" || column.stored.empty() || !texts.contains(folded(column.name))) continue;
      column.reading = {.missing = reading.text.null_values};
      column.stored = column.type = "VARCHAR";
      column.value = reading_sql(column.reading, sql_name(column.name));
      column.epoch.clear();
    }
  }
}

std::string union_sql(const Source& source) {
  std::string sql;
  const std::span<const FileSchema> files(source.files);
  for (std::size_t begin = 0; begin < files.size();) {
    std::size_t end = begin + 1;
    while (end < files.size() && same_reader(files[begin], files[end])) ++end;
    std::map<std::string, const FileColumn*> by_name;
    for (const FileColumn& column : files[begin].columns) by_name[folded(column.name)] = &column;
    std::string items;
    for (const SqlColumn& unified : source.columns) {
      const auto found = by_name.find(folded(unified.name));
      items += (items.empty() ? "" : ", ") + select_item(found == by_name.end() ? nullptr : found->second, unified);
    }
    sql += fmt::format("{}SELECT {} FROM {}", sql.empty() ? "" : " UNION ALL ", items,
                       reader(files.subspan(begin, end - begin)));
    begin = end;
  }
  return sql;
}

/// Texts that a reading does not fit.
struct Misfits {
  std::string count, first, row;  ///< the row counts from 1 within the file
};

Result<Misfits> misfits_of(const Connection& connection, const FileSchema& schema, const FileColumn& column,
                           const TextReading& reading) {
  ERRATA_ASSIGN(
      const auto rows,
      connection.query(fmt::format(
          "SELECT count(*), arg_min(text, row), min(row) FROM (SELECT row_number() OVER () AS row, {} AS text "
          "FROM {}) WHERE {}",
          text_of(column), text_reader({&schema, 1}), misfit_sql(reading, "text"))));
  return Misfits{.count = rows[0][0].value_or("0"), .first = rows[0][1].value_or(""), .row = rows[0][2].value_or("?")};
}

/// The types that the user named: of columns that are there, and whose values are of them.
Result<void> check_named_types(const Connection& connection, const Source& source, const Reading& reading) {
  for (const auto& [name, type] : reading.types) {
    const auto is_named = [&](const auto& column) { return folded(column.name) == folded(name); };
    if (std::ranges::none_of(source.columns, is_named))
      return invalid_argument(fmt::format("types: the log has no column {}", name));
    if (type == ColumnType::text) continue;
    for (const FileSchema& schema : source.files) {
      const auto column = std::ranges::find_if(schema.columns, is_named);
      if (column == schema.columns.end()) continue;
      if (type == ColumnType::time && family_of(column->stored) == TypeFamily::text &&
          column->reading.kind == TextKind::text && !column->value.contains("make_timestamp"))
        return data_error(
            fmt::format("{}: column {}: it holds no time that is known (2026-03-02 14:00 is); "
                        "--time-format tells how its times are written",
                        schema.file.path, name));
      if (column->reading.kind == TextKind::text) continue;
      ERRATA_ASSIGN(const Misfits misfits, misfits_of(connection, schema, *column, column->reading));
      if (misfits.count == "0") continue;
      return data_error(
          fmt::format("{}: column {}: {} values are no {}, the first is {} in row {}; name words that mean "
                      "a missing value with --null-values",
                      schema.file.path, name, misfits.count, name_of(type), sql_text(misfits.first), misfits.row));
    }
  }
  return {};
}

/// %2F and its like in the name of a folder.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool escaped = text[i] == '%' && i + 2 < text.size() &&
                         std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ptr == text.data() + i + 3;
    plain += escaped ? static_cast<char>(code) : text[i];
    if (escaped) i += 2;
  }
  return plain;
}

/// Gives every file the columns that its folders name; one that the file has itself goes before.
void add_partitions(Source& source, const TextConventions& conventions) {
  constexpr std::string_view kNull = "__HIVE_DEFAULT_PARTITION__";
  std::map<std::string, TextSurvey> surveys;
  for (const FileSchema& schema : source.files)
    for (const auto& [key, value] : partitions_of(schema.file.path))
      if (value != kNull) surveys.try_emplace(key, conventions).first->second.add(unescaped(value));
  for (FileSchema& schema : source.files) {
    for (const auto& [key, value] : partitions_of(schema.file.path)) {
      const bool taken =
          std::ranges::any_of(schema.columns, [&](const FileColumn& c) { return folded(c.name) == folded(key); });
      if (taken) {
        source.warnings.push_back(
            fmt::format("{}: the file has a column {}; that of its folder's name is not used", schema.file.path, key));
        continue;
      }
      const auto survey = surveys.find(key);
      const TextReading reading = survey == surveys.end() ? TextReading{} : survey->second.settle();
      const std::string literal = value == kNull ? std::string("CAST(NULL AS VARCHAR)") : sql_text(unescaped(value));
      schema.columns.push_back(
          {.name = key, .stored = "", .value = reading_sql(reading, literal), .type = std::string(sql_type(reading))});
    }
  }
}

/// What a reading takes for granted, in words; nothing where there is no other way to read it.
std::vector<std::string> guesses_of(const TextReading& reading, const std::string& name) {
  std::vector<std::string> guesses;
  if (reading.percent) guesses.emplace_back("values in % are read as numbers divided by 100");
  if (reading.decimal == ',')
    guesses.push_back(fmt::format("read as numbers with a decimal comma (--types '{}=text' keeps the texts)", name));
  if (reading.either_number)
    guesses.emplace_back("commas are taken for signs between thousands: 1,234 is 1234; --decimal-comma reads 1.234");
  if (reading.points_in_years)
    guesses.push_back(
        fmt::format("years, months and days with points between them (2024.1.2) are read as dates (--types '{}=text' "
                    "keeps the texts)",
                    name));
  if (reading.either_order)
    guesses.emplace_back(
        "day and month cannot be told apart; read with the month first: 03/01/2026 is 1 March (--day-first: 3 "
        "January)");
  return guesses;
}

/// Looks for times in columns of text that may play that role, by name.
Result<void> find_text_times(const Connection& connection, Source& source, const SourceOptions& options) {
  constexpr std::size_t kRows = 20'480;
  for (const SqlColumn& column : source.columns) {
    const bool named = options.time == column.name;
    if (family_of(column.type) != TypeFamily::text || !(named || is_usual_time(column.name))) continue;
    TextSurvey survey(options.reading.text);
    ERRATA_TRY(survey_texts(connection,
                            fmt::format("SELECT CAST({} AS VARCHAR) FROM ({})", sql_name(column.name), source.sql),
                            {&survey, 1}, kRows));
    TextReading reading = survey.settle_time();
    if (!named && reading.kind != TextKind::time)
      source.warnings.push_back(fmt::format(
          "column {}: its name is that of a time, but its values are none (2026-03-02 14:00 is); --time-format "
          "tells how they are written",
          column.name));
    if (named) reading.kind = TextKind::time;  // and what cannot be read is told
    if (reading.kind != TextKind::time) continue;
    for (const std::string& guess : guesses_of(reading, column.name))
      source.warnings.push_back(fmt::format("column {}: {}", column.name, guess));
    source.text_times.emplace_back(column.name, std::move(reading));
  }
  return {};
}

/// Values that are words for missing, by the folded name of their column.
struct MissingWords {
  std::size_t count = 0;
  std::set<std::string> words{};
};
using MissingByName = std::map<std::string, MissingWords>;

/// Counts them in one pass over the file.
Result<void> count_missing_words(const Connection& connection, const FileSchema& schema, MissingByName& missing) {
  std::string items;
  std::vector<MissingWords*> counted;
  for (const FileColumn& column : schema.columns) {
    if (column.reading.missing.empty() || column.stored.empty()) continue;
    std::vector<std::string> quoted;
    for (const std::string& word : column.reading.missing) quoted.push_back(sql_text(word));
    items += fmt::format("{}count(*) FILTER (trim({}) IN ({}))", items.empty() ? "" : ", ", text_of(column),
                         fmt::join(quoted, ", "));
    MissingWords& of = missing[folded(column.name)];
    of.words.insert(column.reading.missing.begin(), column.reading.missing.end());
    counted.push_back(&of);
  }
  if (counted.empty()) return {};
  ERRATA_ASSIGN(const auto rows, connection.query(fmt::format("SELECT {} FROM {}", items, text_reader({&schema, 1}))));
  for (std::size_t i = 0; i < counted.size(); ++i) counted[i]->count += std::stoull(rows[0][i].value_or("0"));
  return {};
}

/// How texts were read where that was a guess, a column once.
Result<void> tell_readings(const Connection& connection, Source& source) {
  MissingByName missing;
  std::map<std::string, const TextReading*> guessed;
  for (const FileSchema& schema : source.files) {
    ERRATA_TRY(count_missing_words(connection, schema, missing));
    for (const FileColumn& column : schema.columns)
      if (!guesses_of(column.reading, column.name).empty()) guessed.try_emplace(folded(column.name), &column.reading);
  }
  std::map<std::string, std::string> epochs;
  for (const FileSchema& schema : source.files)
    for (const FileColumn& column : schema.columns)
      if (!column.epoch.empty()) epochs.try_emplace(folded(column.name), column.epoch);
  for (const SqlColumn& column : source.columns) {
    const auto warn = [&](const std::string& what) {
      source.warnings.push_back(fmt::format("column {}: {}", column.name, what));
    };
    const auto& [count, words] = missing[folded(column.name)];
    if (count > 0)
      warn(fmt::format("{} {}: taken as missing (--types '{}=text' keeps the words)",
                       count == 1 ? "one value is" : fmt::format("{} values are", count), fmt::join(words, " or "),
                       column.name));
    if (const auto epoch = epochs.find(folded(column.name)); epoch != epochs.end())
      warn(fmt::format("its numbers are read as times, {} since 1970 (--types '{}=number' keeps the numbers)",
                       epoch->second, column.name));
    if (const auto found = guessed.find(folded(column.name)); found != guessed.end())
      for (const std::string& guess : guesses_of(*found->second, column.name)) warn(guess);
  }
  return {};
}

}  // namespace

void settle_versions(Source& source, const std::vector<std::string>& classes, const Reading& reading) {
  std::map<std::string, std::string> versions;
  for (const FileSchema& schema : source.files)
    for (const FileColumn& column : schema.columns)
      if (!column.reading.version.empty()) versions.try_emplace(folded(column.name), column.reading.version);
  const auto is_version = [&](const std::string& name) { return versions.contains(folded(name)); };
  const auto is_said = [&](const std::string& name) {
    return std::ranges::any_of(reading.types, [&](const auto& type) { return folded(type.first) == folded(name); });
  };
  const bool keep = std::ranges::any_of(classes, is_version) && std::ranges::none_of(classes, is_said);
  for (SqlColumn& column : source.columns) {
    const bool is_class = keep && std::ranges::count(classes, column.name) > 0;
    if (is_class) column.type = "VARCHAR";
    const auto found = versions.find(folded(column.name));
    if (found == versions.end()) continue;
    const std::string& version = found->second;
    const std::string number = version.substr(0, version.find_last_not_of('0') + 1);
    const std::string what = is_class ? fmt::format("kept as texts, so that {} and {} are two classes", version, number)
                                      : fmt::format("read as numbers, it is {}", number);
    source.warnings.push_back(
        fmt::format("column {}: {} stands beside numbers of fewer digits behind the point, as versions do; {} (--types "
                    "'{}={}' {})",
                    column.name, version, what, column.name, is_class ? "number" : "text",
                    is_class ? "reads numbers" : "keeps the texts"));
  }
  if (!keep) return;
  keep_texts(source, reading);
  source.sql = union_sql(source);
}

std::vector<std::pair<std::string, std::string>> partitions_of(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> found;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const auto& part : folder) {
    const std::string name = part.string();
    const std::size_t sign = name.find('=');
    if (sign != std::string::npos && sign > 0) found.emplace_back(name.substr(0, sign), name.substr(sign + 1));
  }
  return found;
}

std::vector<NamedColumn> named_columns(const Source& source) {
  const auto usable = [&](const SqlColumn& column) {
    const auto is_it = [&](const auto& time) { return time.first == column.name; };
    switch (family_of(column.type)) {
      case TypeFamily::number: return Usable::number;
      case TypeFamily::text: return std::ranges::any_of(source.text_times, is_it) ? Usable::time : Usable::category;
      case TypeFamily::boolean: return Usable::category;
      case TypeFamily::time: return Usable::time;
      case TypeFamily::list: return Usable::list;
      case TypeFamily::other: break;
    }
    return Usable::nothing;
  };
  std::vector<NamedColumn> named;
  for (const SqlColumn& column : source.columns) named.push_back({.name = column.name, .usable = usable(column)});
  return named;
}

Result<Source> open_source(const Connection& connection, const std::vector<LogFile>& files,
                           const SourceOptions& options) {
  Source source;
  for (const LogFile& file : files) {
    ERRATA_ASSIGN(FileSchema schema, read_file_schema(connection, file, options));
    std::ranges::copy(schema.notes, std::back_inserter(source.warnings));
    source.files.push_back(std::move(schema));
  }
  ERRATA_TRY(check_date_order(source.files, options.reading.text.day_first));
  std::vector<FileSchema> alike;
  if (is_undecided(source.files)) {
    for (const LogFile& file : options.alike) {
      ERRATA_ASSIGN(FileSchema schema, read_file_schema(connection, file, options));
      alike.push_back(std::move(schema));
    }
  }
  std::ranges::move(read_alike(source.files, alike), std::back_inserter(source.warnings));
  if (options.reading.hive) add_partitions(source, options.reading.text);
  std::map<std::string, std::size_t> index;
  std::vector<std::vector<Member>> members;
  for (std::size_t f = 0; f < source.files.size(); ++f) {
    ERRATA_ASSIGN(std::optional<std::string> renamed, renamed_column(connection, source.files[f]));
    if (renamed) source.warnings.push_back(*std::move(renamed));
    for (const FileColumn& column : source.files[f].columns) {
      const auto [found, fresh] = index.try_emplace(folded(column.name), members.size());
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
  keep_texts(source, options.reading);
  ERRATA_TRY(check_named_types(connection, source, options.reading));
  ERRATA_TRY(tell_readings(connection, source));
  source.sql = union_sql(source);
  ERRATA_TRY(find_text_times(connection, source, options));
  return source;
}

FileRow file_row_of(const Connection& connection, const Source& source, std::size_t row) {
  FileRow found{.file = source.files.front().file.path, .row = row};
  for (std::size_t f = 0; f + 1 < source.files.size(); ++f) {
    const auto rows = connection.query(fmt::format("SELECT count(*) FROM {}", reader({&source.files[f], 1})));
    if (!rows)
      return {.file = fmt::format("{} and {} more", source.files.front().file.path, source.files.size() - 1),
              .row = row};
    const std::size_t held = std::stoull((*rows)[0][0].value_or("0"));
    if (found.row < held) break;
    found = {.file = source.files[f + 1].file.path, .row = found.row - held};
  }
  return found;
}

Result<std::vector<std::string>> explain_changed_types(const Connection& connection,
                                                       const std::vector<FileSchema>& before,
                                                       const std::vector<FileSchema>& after) {
  std::vector<std::string> changes;
  for (std::size_t f = 0; f < before.size(); ++f) {
    for (std::size_t c = 0; c < std::min(before[f].columns.size(), after[f].columns.size()); ++c) {
      const FileColumn& old = before[f].columns[c];
      const FileColumn& now = after[f].columns[c];
      if (old.name != now.name || old.type == now.type || now.type != "VARCHAR") continue;
      ERRATA_ASSIGN(const Misfits misfits, misfits_of(connection, after[f], now, old.reading));
      changes.push_back(words_of_change(before[f].file, old, std::stoull(misfits.count), misfits.first,
                                        static_cast<std::size_t>(std::atoll(misfits.row.c_str()))));
    }
  }
  return changes;
}

Result<void> check_expression(const Connection& connection, std::string_view what, const std::string& expression,
                              const std::string& relation, ExpressionType type) {
  const auto refuse = [&](std::string_view why) {
    return invalid_argument(fmt::format("{} expression `{}`: {}", what, expression, why));
  };
  if (!is_one_expression(expression)) return refuse("it is not one complete SQL expression");
  const std::string select = fmt::format("WITH log AS ({}) SELECT (\n{}\n), * FROM log", relation, expression);
  const auto statements = connection.count_statements(select);
  if (!statements) return refuse(statements.error().message);
  if (*statements != 1) return refuse("it holds more than one statement");
  const auto columns = connection.describe(select);
  if (!columns) return refuse(columns.error().message);
  const std::string& found = columns->front().type;
  if (type == ExpressionType::boolean && found != "BOOLEAN")
    return refuse(fmt::format("its type is {}, not BOOLEAN; write a condition, for instance \"x\" = 1", found));
  if (type == ExpressionType::number && family_of(found) != TypeFamily::number)
    return refuse(fmt::format("its type is {}, which is no number", found));
  return {};
}

std::string rows_where(const std::string& relation, const std::string& condition) {
  return fmt::format("SELECT * FROM ({}) AS log WHERE (\n{}\n)", relation, condition);
}

}  // namespace errata::table

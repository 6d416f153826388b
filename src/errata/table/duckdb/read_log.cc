// Reading a log, from files to PredictionLog.
//
// Files → one relation with fixed types (source.h) → roles from names and types (roles.h) → one pass that loads the
// columns and evaluates the failure expression beside them (load.h) → task, rule and failures from the values
// (outcome.h). Only when a value meets the pass that its guessed type cannot hold, the types are found again from all
// lines and the pass is made once more.
#include "errata/table/read_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "errata/table/duckdb/connection.h"
#include "errata/table/duckdb/exact_integers.h"
#include "errata/table/duckdb/load.h"
#include "errata/table/duckdb/source.h"
#include "errata/table/failure_rule.h"
#include "errata/table/log_files.h"
#include "errata/table/outcome.h"
#include "errata/table/predicate.h"
#include "errata/table/review.h"
#include "errata/table/role_advice.h"
#include "errata/table/roles.h"
#include "errata/table/text_numbers.h"

namespace errata::table {
namespace {

constexpr std::string_view kExpressionItem = "failure expression";
constexpr std::string_view kLossItem = "loss expression";
constexpr std::string_view kRawTimeName = "errata_raw_time";

/// How the time column is read, when it holds text.
const TextReading* text_time(const Source& source, const Roles& roles) {
  const auto found =
      std::ranges::find_if(source.text_times, [&](const auto& time) { return roles.time == time.first; });
  return found == source.text_times.end() ? nullptr : &found->second;
}

/// The relation that failure rules, loads and exports see: the rows of the source that count, with a time column in
/// text parsed.
/// @param keep_raw  add that text as the column kRawTimeName, to tell what did not parse
std::string log_sql(const Source& source, const Roles& roles, const std::optional<std::string>& where, bool keep_raw) {
  std::string sql = source.sql;
  if (const TextReading* reading = text_time(source, roles)) {
    const std::string name = sql_name(*roles.time);
    sql = fmt::format("SELECT * REPLACE ({} AS {}){} FROM ({}) AS files", reading_sql(*reading, name, true), name,
                      keep_raw ? fmt::format(", {} AS {}", name, kRawTimeName) : "", sql);
  }
  return where ? rows_where(sql, *where) : sql;
}

LoadItem load_item(const SqlColumn& column, bool is_parsed_time) {
  LoadItem item{.name = column.name, .expression = sql_name(column.name), .source_type = column.type};
  switch (family_of(column.type)) {
    case TypeFamily::number: item.kind = ColumnKind::numeric; break;
    case TypeFamily::time: item.kind = ColumnKind::timestamp; break;
    default: item.kind = is_parsed_time ? ColumnKind::timestamp : ColumnKind::categorical;
  }
  return item;
}

bool is_loaded(const Roles& roles, const std::string& name, bool keep_id) {
  if (tells_groups(roles, name)) return true;
  return (name != roles.id || keep_id) && name != roles.embedding && std::ranges::count(roles.ignored, name) == 0 &&
         std::ranges::count(roles.lists, name) == 0;
}

LoadPlan load_plan(const Source& source, const Roles& roles, const ReadOptions& options) {
  LoadPlan plan{.max_embedding = options.max_embedding};
  if (options.keep_embedding && roles.embedding) plan.lists.push_back(*roles.embedding);
  plan.lists.insert(plan.lists.end(), roles.lists.begin(), roles.lists.end());
  std::vector<LoadItem>& items = plan.items;
  for (const SqlColumn& column : source.columns) {
    if (is_loaded(roles, column.name, options.keep_id)) items.push_back(load_item(column, column.name == roles.time));
  }
  if (text_time(source, roles) != nullptr) {
    items.push_back({.name = std::string(kRawTimeName),
                     .expression = std::string(kRawTimeName),
                     .kind = ColumnKind::categorical,
                     .source_type = "VARCHAR"});
  }
  if (options.failure) {
    items.push_back({.name = std::string(kExpressionItem),
                     .expression = fmt::format("(\n{}\n)", *options.failure),
                     .kind = ColumnKind::numeric,
                     .source_type = "BOOLEAN"});
  }
  if (options.loss && !roles.loss)
    items.push_back({.name = std::string(kLossItem), .expression = loss_sql(*options.loss), .source_type = "DOUBLE"});
  return plan;
}

std::optional<Column> take_item(std::vector<Column>& columns, std::string_view name) {
  if (columns.empty() || columns.back().name != name) return std::nullopt;
  Column column = std::move(columns.back());
  columns.pop_back();
  return column;
}

/// The files of a log, and those that may tell how it is written.
struct Inputs {
  std::vector<LogFile> files, alike;
};

SourceOptions source_options(const ReadOptions& options, const Inputs& inputs, bool full_scan,
                             const Cancellation* stop) {
  return {.max_columns = options.max_columns,
          .full_scan = full_scan,
          .reading = options.reading,
          .time = options.roles.time,
          .others = options.roles.others,
          .alike = inputs.alike,
          .stop = stop};
}

/// A log before its values are judged: the relation, the settled roles and the loaded columns.
struct Loaded {
  Source source;
  SettledRoles settled;
  std::string sql;
  std::vector<Column> columns;
  std::vector<ListColumn> lists;  ///< the kept embedding, then those of role `lists`
};

Result<std::size_t> count_rows_of_parquet(const Connection& connection, const Source& source) {
  const bool parquet =
      std::ranges::all_of(source.files, [](const FileSchema& schema) { return schema.file.kind == FileKind::parquet; });
  if (!parquet) return 0;  // counting the rows of text files means reading them
  ERRATA_ASSIGN(const auto rows, connection.query(fmt::format("SELECT count(*) FROM ({}) AS log", source.sql)));
  return static_cast<std::size_t>(std::stoull(rows[0][0].value_or("0")));
}

Result<Loaded> load(const Connection& connection, const Inputs& inputs, const ReadOptions& options, bool full_scan,
                    const Progress& progress) {
  const ThreadPool pool(options.threads);
  Loaded loaded;
  ERRATA_ASSIGN(loaded.source, open_source(connection, inputs.files,
                                           source_options(options, inputs, full_scan, progress.cancellation())));
  const auto columns = named_columns(loaded.source);
  const RoleNames names =
      options.settled ? settled_names(options.roles, options.settled->roles, columns) : options.roles;
  ERRATA_ASSIGN(loaded.settled, settle_roles(columns, names, options.loss));
  const Roles& roles = loaded.settled.roles;
  settle_versions(loaded.source, columns_of_classes(roles, options), options.reading);
  if (options.where)
    ERRATA_TRY(check_expression(connection, "where", *options.where, log_sql(loaded.source, roles, {}, false)));
  loaded.sql = log_sql(loaded.source, roles, options.where, false);
  if (options.failure) ERRATA_TRY(check_expression(connection, "failure", *options.failure, loaded.sql));
  if (options.loss && !roles.loss)
    ERRATA_TRY(check_expression(connection, "loss", *options.loss, loaded.sql, ExpressionType::number));
  LoadPlan plan = load_plan(loaded.source, roles, options);
  if (plan.items.empty() && plan.lists.empty()) {
    return data_error(fmt::format(
        "{}: there is no column to read: all hold nested values or are ignored{}", inputs.files.front().path,
        inputs.files.front().kind == FileKind::json_lines
            ? "; a line has to hold the object of one row (jq -c '.[]' makes lines of an array, jq -c "
              "'.data[]' of one that is called data)"
            : ""));
  }
  ERRATA_ASSIGN(plan.expected_rows, count_rows_of_parquet(connection, loaded.source));
  ERRATA_ASSIGN(auto taken,
                load_columns(connection, log_sql(loaded.source, roles, options.where, true), plan, pool, progress));
  if (taken.fault) {
    const auto [file, row] = file_row_of(connection, loaded.source, taken.fault->row);
    const bool embedding = options.keep_embedding && roles.embedding && taken.faulty_list == 0;
    return data_error(
        fmt::format("{}: {} column {}: row {} {}{}", file, embedding ? "embedding" : "list",
                    plan.lists[taken.faulty_list], row + 1, taken.fault->words,
                    embedding ? "; name another column with --embedding, or leave this one out with --ignore" : ""));
  }
  ERRATA_ASSIGN(const auto wide, too_wide_for_numbers(taken.columns, roles, options, connection, loaded.sql));
  if (!wide.empty()) {
    for (LoadItem& item : plan.items)
      if (std::ranges::count(wide, item.name) > 0) item.kind = ColumnKind::categorical;
    ERRATA_ASSIGN(taken,
                  load_columns(connection, log_sql(loaded.source, roles, options.where, true), plan, pool, progress));
  }
  loaded.columns = std::move(taken.columns);
  loaded.lists = std::move(taken.lists);
  return loaded;
}

/// Loads, and once more with all lines looked at when a value did not fit the type guessed from the first ones.
Result<Loaded> load_with_second_look(const Connection& connection, const Inputs& inputs, const ReadOptions& options,
                                     const Progress& progress) {
  auto loaded = load(connection, inputs, options, false, progress);
  const bool has_text =
      std::ranges::any_of(inputs.files, [](const LogFile& file) { return file.kind != FileKind::parquet; });
  if (loaded || loaded.error().code != ErrorCode::data || !has_text) return loaded;
  tell(progress, "looking at all lines for the types of the columns");
  const auto before =
      open_source(connection, inputs.files, source_options(options, inputs, false, progress.cancellation()));
  if (!before) return loaded;
  auto again = load(connection, inputs, options, true, progress);
  if (!again) return again;
  ERRATA_ASSIGN(const std::vector<std::string> changes,
                explain_changed_types(connection, before->files, again->source.files));
  std::ranges::copy(changes, std::back_inserter(again->source.warnings));
  return again;
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// 1.02.24, 2/13/24 10:30
bool has_short_year(std::string_view text) {
  const auto digits = [&text] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  for (int part = 0; part < 2; ++part) {
    const std::size_t count = digits();
    if (count < 1 || count > 2 || text.empty() || std::string_view("./-").find(text.front()) == std::string_view::npos)
      return false;
    text.remove_prefix(1);
  }
  return digits() == 2;
}

/// Times in text that could not be parsed: a warning, or an error when there are no others.
Result<void> check_times(const Column& raw, const Column& time, std::vector<std::string>& warnings) {
  const std::size_t bad = time.missing - raw.missing;
  if (bad == 0) return {};
  std::size_t row = 0;
  while (raw.codes[row] == kMissingCode || time.micros[row] != kMissingTime) ++row;
  const std::string& value = raw.categories[static_cast<std::size_t>(raw.codes[row])];
  const std::string what =
      fmt::format("time column {}: {} values are not a date or date-time, the first is {} in row {}", time.name, bad,
                  sql_text(value), row + 1);
  if (time.missing == time.micros.size()) {
    if (std::ranges::all_of(raw.categories, is_whole_number))
      return data_error(
          fmt::format("{}; whole numbers above 18 digits are too large to count time by: divide them by "
                      "a power of ten, or say with --types '{}=time' that they count from 1970",
                      what, time.name));
    return data_error(what + (has_short_year(value)
                                  ? "; years of two digits are read by a format: --time-format '%d.%m.%y', for instance"
                                  : "; none can be read (ISO 8601 is: 2026-03-02 or 2026-03-02T14:00:00Z)"));
  }
  warnings.push_back(what + "; they count as missing");
  return {};
}

bool looks_like_a_value(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789.+-eE") == std::string::npos;
}

/// An error about roles, with what was found instead of them.
std::unexpected<Error> with_context(const PredictionLog& log, const Source& source, bool hive, Error error) {
  constexpr std::size_t kShown = 12;
  if (log.roles.label && (log.roles.prediction || log.roles.score || !log.roles.scores.empty()))
    return std::unexpected(std::move(error));
  std::vector<std::string> names;
  for (const SqlColumn& column : source.columns) names.push_back(column.name);
  const bool values = std::ranges::count_if(names, looks_like_a_value) > 0;
  const std::size_t shown = std::min(names.size(), kShown);
  error.message += role_advice(log);
  error.message += fmt::format("; the columns are {}{}",
                               fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                               names.size() > shown ? ", …" : "");
  if (names.size() == 1) error.message += "; where that is several names, --delimiter tells the sign between them";
  const bool in_folders = std::ranges::any_of(
      source.files, [](const FileSchema& schema) { return !partitions_of(schema.file.path).empty(); });
  if (in_folders && !hive) error.message += "; columns that the names of folders hold (key=value) are read with --hive";
  if (values) error.message += "; the first line has to name the columns, here it seems to hold values";
  constexpr std::size_t kWarnings = 3;
  for (std::size_t i = 0; i < std::min(log.warnings.size(), kWarnings); ++i) error.message += "; " + log.warnings[i];
  return std::unexpected(std::move(error));
}

}  // namespace

Result<PredictionLog> read_log(const ReadOptions& options, const Progress& progress) {
  ERRATA_ASSIGN(FoundFiles found, find_log_files(options.paths));
  Inputs inputs{.files = std::move(found.files), .alike = {}};
  if (!options.alike.empty()) {
    ERRATA_ASSIGN(FoundFiles alike, find_log_files(options.alike));
    inputs.alike = std::move(alike.files);
  }
  PredictionLog log;
  for (const LogFile& file : inputs.files) log.files.push_back(file.path);
  log.stamps = stamps_of(inputs.files);
  std::vector<std::string> readable = log.files;
  for (const LogFile& file : inputs.alike) readable.push_back(file.path);
  ERRATA_ASSIGN(const Connection connection, Connection::open(readable, options.threads, progress.cancellation()));
  auto loading = load_with_second_look(connection, inputs, options, progress);
  ERRATA_TRY(check_unchanged(log.stamps));
  ERRATA_ASSIGN(Loaded loaded, std::move(loading));
  log.columns = std::move(loaded.columns);
  log.roles = std::move(loaded.settled.roles);
  log.lists = std::move(loaded.lists);
  if (options.keep_embedding && log.roles.embedding) {
    log.embedding = std::move(log.lists.front());
    log.lists.erase(log.lists.begin());
  }
  log.source_sql = std::move(loaded.sql);
  log.warnings = std::move(found.warnings);
  if (options.where) log.warnings.push_back(fmt::format("only rows that fulfil `{}` count (--where)", *options.where));
  std::ranges::move(loaded.source.warnings, std::back_inserter(log.warnings));
  std::ranges::move(loaded.settled.warnings, std::back_inserter(log.warnings));
  if (log.columns.empty() && log.lists.empty())
    return data_error(fmt::format("{}: no column has a role", log.files.front()));
  log.rows = log.columns.empty() ? log.lists.front().rows() : rows_of(log.columns.front());
  if (log.rows == 0 && options.where)
    return data_error(
        fmt::format("{}: no row fulfils the condition `{}` (--where)", log.files.front(), *options.where));
  if (log.rows == 0) return data_error(fmt::format("{}: no rows, only column names", log.files.front()));

  OutcomeOptions outcome{.failure = options.failure,
                         .confident = options.confident,
                         .positive = options.positive,
                         .settled = options.settled ? &*options.settled : nullptr,
                         .keep_unjudged = options.keep_unjudged,
                         .may_lack_outcomes = options.keep_unjudged && options.may_lack_outcomes,
                         .task = options.task,
                         .classes = {.classes = options.classes, .renamed = options.renamed_classes},
                         .score_means = options.score_means};
  if (auto values = take_item(log.columns, kLossItem))
    outcome.loss = {.expression = *options.loss, .values = std::move(values->numbers)};
  if (auto values = take_item(log.columns, kExpressionItem)) outcome.expression_values = std::move(values->numbers);
  if (const auto raw = take_item(log.columns, kRawTimeName)) {
    ERRATA_TRY(check_times(*raw, *log.find(*log.roles.time), log.warnings));
  }
  ERRATA_TRY(check_weights(log));
  if (auto settled = settle_outcome(log, outcome); !settled)
    return with_context(log, loaded.source, options.reading.hive, settled.error());
  warn_of_numbers_in_text(log, options.reading);
  review_features(log, options.roles.features, expressions_of(options, log.roles), ThreadPool(options.threads));
  ::malloc_trim(0);  // what reading needed lies in as many heaps as it had threads
  return log;
}

}  // namespace errata::table

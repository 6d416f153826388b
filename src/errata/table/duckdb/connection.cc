#include "errata/table/duckdb/connection.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "errata/base/large_memory.h"
#include "errata/table/log_files.h"
#include "errata/table/predicate.h"

namespace errata::table {
namespace {

constexpr std::uint64_t kLeastForReading = std::uint64_t{64} << 20U;

struct QueryResult {
  QueryResult() = default;
  QueryResult(const QueryResult&) = delete;
  QueryResult& operator=(const QueryResult&) = delete;
  ~QueryResult() { duckdb_destroy_result(&result); }
  duckdb_result result{};
};

struct Prepared {
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { duckdb_destroy_prepare(&statement); }
  duckdb_prepared_statement statement = nullptr;
};

/// The next chunks of an answer, in order.
class Chunks {
 public:
  Chunks(duckdb_result answer, std::size_t most) {
    while (handles_.size() < most) {
      duckdb_data_chunk handle = duckdb_fetch_chunk(answer);
      if (handle == nullptr) return;
      handles_.push_back(handle);
    }
  }
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;
  ~Chunks() {
    for (duckdb_data_chunk& handle : handles_) duckdb_destroy_data_chunk(&handle);
  }
  [[nodiscard]] std::span<const duckdb_data_chunk> handles() const { return handles_; }

 private:
  std::vector<duckdb_data_chunk> handles_;
};

std::unexpected<Error> sql_error(const char* message) {
  return data_error(short_message(message == nullptr ? "unknown DuckDB error" : message));
}

/// The text, or what fits of it and "…", not cut within a character.
std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return std::string(text.substr(0, most)) + "…";
}

std::string taken(char* text) {
  std::string copy = text == nullptr ? "" : text;
  duckdb_free(text);
  return copy;
}

std::optional<std::string> between(std::string_view text, std::string_view before, std::string_view ends) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + before.size());
  return std::string(rest.substr(0, rest.find_first_of(ends)));
}

constexpr std::string_view kMend =
    "mend it or take it out (a last line is cut off while somebody still writes it, or where a .gz file is cut off: "
    "gzip -t tells)";

/// What is said of a line that is no JSON object.
std::optional<std::string> json_fault(const std::string& message) {
  const auto file = between(message, "Malformed JSON in file \"", "\"");
  const auto byte = between(message, "at byte ", " ");
  const auto line = between(message, " in line ", ":");
  if (!file || !byte || !line) return std::nullopt;
  // The reader names the line after.
  return fmt::format("{}: line {} is no JSON object, from byte {} on; {}", *file, std::stoull(*line) - 1, *byte, kMend);
}

/// What is said of a broken line of a text file or of a column that is not there, in plain words; other messages as
/// they are.
std::string plain_fault(const std::string& message) {
  if (const auto fault = json_fault(message)) return *fault;
  if (const auto column = between(message, "Referenced column \"", "\""); column && message.contains("not found"))
    return fmt::format("the log has no column {}", *column);
  const auto line = between(message, "CSV Error on Line: ", "\n;, ");
  if (!line) return message;
  const auto expected = between(message, "Expected Number of Columns: ", "\n;, ");
  const auto found = between(message, "Found: ", "\n;, ");
  if (expected && found) {
    // The reader stops counting at the first value too many.
    const bool more = std::stoull(*found) > std::stoull(*expected);
    return fmt::format("line {} has {}, the header names {}; {}", *line,
                       more ? "more values" : fmt::format("{} values", *found), *expected, kMend);
  }
  if (message.find("unterminated quote") != std::string::npos)
    return fmt::format("line {} has a quote that does not end", *line);
  if (message.find("Maximum line size") != std::string::npos)
    return fmt::format("line {} is longer than {} bytes, the limit", *line, kMostTextLine);
  if (message.find("nicode") != std::string::npos)
    return fmt::format("line {} is not UTF-8; convert the file, for instance with iconv -f latin1 -t utf-8", *line);
  return message;
}

}  // namespace

struct Connection::Handles {
  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    keeper = std::jthread();
    close();
  }

  /// Interrupts the connection from the moment when stopping is requested, and closes it at last. Again and again,
  /// since DuckDB forgets an interrupt that comes before a statement begins. Closes it here, since a thread that an
  /// exception passes through must not: DuckDB then frees the connection under the workers of a query that was left
  /// early.
  void keep(const std::stop_token& closing) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!closing.stop_requested()) {
      if (stop != nullptr && stop->requested()) duckdb_interrupt(connection);
      wake.wait_for(lock, closing, std::chrono::milliseconds(20), [] { return false; });
    }
    close();
  }
  void close() {
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  }

  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  const Cancellation* stop = nullptr;
  std::jthread keeper;
};

Connection::Connection(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const std::vector<std::string>& files, std::size_t threads,
                                    const Cancellation* stop) {
  auto handles = std::make_unique<Handles>();
  if (duckdb_open(nullptr, &handles->database) == DuckDBError ||
      duckdb_connect(handles->database, &handles->connection) == DuckDBError) {
    return data_error("DuckDB cannot be started: not enough memory");
  }
  handles->stop = stop;
  handles->keeper = std::jthread([of = handles.get()](const std::stop_token& closing) { of->keep(closing); });
  Connection connection(std::move(handles));
  std::vector<std::string> allowed = files;
  for (const std::string& file : files) allowed.push_back(literal_pattern(file));
  std::vector<std::string> settings{
      "SET autoinstall_known_extensions = false",
      "SET autoload_known_extensions = false",
      "SET TimeZone = 'UTC'",
      "SET preserve_insertion_order = true",
      "SET allowed_paths = " + sql_list(allowed),
      "SET enable_external_access = false",
      "SET lock_configuration = true",
  };
  if (const std::uint64_t limit = large_memory::limit(); limit > 0) {
    // A third for what is read at a time; no files of its own, which a killed process would leave.
    settings.insert(settings.begin(), {fmt::format("SET memory_limit = '{}B'", std::max(limit / 3, kLeastForReading)),
                                       "SET temp_directory = ''"});
  }
  if (threads > 0) settings.insert(settings.begin(), fmt::format("SET threads = {}", threads));
  for (const std::string& setting : settings) ERRATA_TRY(connection.query(setting));
  return connection;
}

Result<std::vector<SqlColumn>> Connection::describe(const std::string& select) const {
  ERRATA_ASSIGN(const std::vector<Row> rows, query("DESCRIBE " + select));
  std::vector<SqlColumn> columns;
  for (const Row& row : rows) columns.push_back({.name = row[0].value_or(""), .type = row[1].value_or("")});
  return columns;
}

Result<std::vector<Connection::Row>> Connection::query(const std::string& statement) const {
  throw_if_requested(handles_->stop);
  QueryResult answer;
  if (duckdb_query(handles_->connection, statement.c_str(), &answer.result) == DuckDBError) {
    throw_if_requested(handles_->stop);
    return sql_error(duckdb_result_error(&answer.result));
  }
  const idx_t columns = duckdb_column_count(&answer.result);
  const idx_t count = duckdb_row_count(&answer.result);
  std::vector<Row> rows(count, Row(columns));
  for (idx_t r = 0; r < count; ++r) {
    for (idx_t c = 0; c < columns; ++c) {
      if (duckdb_value_is_null(&answer.result, c, r)) continue;
      rows[r][c] = taken(duckdb_value_varchar(&answer.result, c, r));
    }
  }
  return rows;
}

Result<void> Connection::stream(const std::string& select, std::size_t together,
                                const std::function<bool(std::span<const duckdb_data_chunk>)>& take,
                                const ThreadPool& pool) const {
  throw_if_requested(handles_->stop);
  Prepared prepared;
  if (duckdb_prepare(handles_->connection, select.c_str(), &prepared.statement) == DuckDBError) {
    throw_if_requested(handles_->stop);
    return sql_error(duckdb_prepare_error(prepared.statement));
  }
  QueryResult answer;
  if (duckdb_execute_prepared_streaming(prepared.statement, &answer.result) == DuckDBError) {
    throw_if_requested(handles_->stop);
    return sql_error(duckdb_result_error(&answer.result));
  }
  const auto fetch = [&] { return std::make_unique<Chunks>(answer.result, together); };
  for (auto chunks = fetch(); !chunks->handles().empty();) {
    throw_if_requested(handles_->stop);
    const bool is_last = chunks->handles().size() < together, at_once = pool.size() > 1;
    std::unique_ptr<Chunks> next;
    bool more = true;
    const auto take_these = [&] { more = take(chunks->handles()); };
    const auto fetch_next = [&] { next = fetch(); };
    if (is_last || !at_once) {
      take_these();
      if (more && !is_last) fetch_next();
    } else {
      pool.run_together({fetch_next, take_these});
    }
    if (!more) return {};
    if (is_last) break;
    chunks = std::move(next);
  }
  throw_if_requested(handles_->stop);
  if (duckdb_result_error_type(&answer.result) != DUCKDB_ERROR_INVALID) {
    return sql_error(duckdb_result_error(&answer.result));
  }
  return {};
}

duckdb_connection Connection::handle() const { return handles_->connection; }

Result<std::size_t> Connection::count_statements(const std::string& text) const {
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_extract_statements(handles_->connection, text.c_str(), &statements);
  std::string message;
  if (count == 0) {
    const char* error = duckdb_extract_statements_error(statements);
    message = error == nullptr ? "" : error;
  }
  duckdb_destroy_extracted(&statements);
  if (!message.empty()) return sql_error(message.c_str());
  return static_cast<std::size_t>(count);
}

std::string short_message(std::string_view message) {
  constexpr std::size_t kLongest = 400;
  constexpr std::array<std::string_view, 6> kEnds{"Possible",  "LINE ",     "Candidate",
                                                  "This type", "  file = ", "Column "};
  constexpr std::size_t kLongestLine = 160;
  std::string text;
  std::string file;
  bool ended = false;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    const std::string_view line = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
    if (line.starts_with("  file = ") && file.empty()) file = line.substr(9);
    for (const std::string_view stop : kEnds) ended = ended || (!text.empty() && line.starts_with(stop));
    if (ended || line.empty()) continue;
    text += (text.empty() ? "" : "; ") +
            shortened(line.substr(std::min(line.find_first_not_of(" \t"), line.size())), kLongestLine);
  }
  text = shortened(plain_fault(text), kLongest);
  return file.empty() ? text : file + ": " + text;
}

std::string sql_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() == 1 ? "" : ", ") + sql_text(text);
  return list + "]";
}

}  // namespace errata::table

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/base/thread_pool.h"

// DuckDB's handles of a chunk of rows and of a connection, as duckdb.h declares them; that header stays in duckdb/*.cc.
struct _duckdb_data_chunk;
struct _duckdb_connection;

namespace errata::table {

struct SqlColumn {
  std::string name;
  std::string type;  ///< as SQL writes it: "BIGINT", "TIMESTAMP WITH TIME ZONE", "DOUBLE[]", …
};

/// A DuckDB database in memory that can open nothing but the files it was made for: external access is off but for
/// them, nothing can be attached, installed or loaded, and the configuration is locked, before any statement runs.
class Connection {
 public:
  /// @param files    the only paths that statements may read or write
  /// @param threads  0 means one a core
  /// @param stop     outlives the connection; once it is requested, every function below throws Cancelled: a statement
  /// that runs ends within 50 ms, one that DuckDB still plans (it then looks at a text file's lines) when it is planned
  [[nodiscard]] static Result<Connection> open(const std::vector<std::string>& files, std::size_t threads,
                                               const Cancellation* stop = nullptr);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Names and types of the columns that one SELECT gives; nothing runs. The error holds DuckDB's short message.
  [[nodiscard]] Result<std::vector<SqlColumn>> describe(const std::string& select) const;

  using Row = std::vector<std::optional<std::string>>;
  /// Runs one statement and gives its whole, small result as text.
  [[nodiscard]] Result<std::vector<Row>> query(const std::string& statement) const;

  /// Runs one SELECT and hands over its rows in order, without keeping them, until `take` returns false.
  /// @param together  chunks (of up to 2,048 rows) that are handed over at a time, fewer at the end
  /// @param pool  with more than one thread the next chunks are fetched while `take` is at work
  [[nodiscard]] Result<void> stream(const std::string& select, std::size_t together,
                                    const std::function<bool(std::span<_duckdb_data_chunk* const>)>& take,
                                    const ThreadPool& pool = ThreadPool(1)) const;

  /// The handle itself, for what the functions above do not cover.
  [[nodiscard]] _duckdb_connection* handle() const;

  /// How many statements a text holds, or DuckDB's message when it cannot be parsed.
  [[nodiscard]] Result<std::size_t> count_statements(const std::string& text) const;

 private:
  struct Handles;
  explicit Connection(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

/// What matters of a DuckDB message, on one line: no suggestions, no settings, no echo of the statement.
[[nodiscard]] std::string short_message(std::string_view message);

/// ['a', 'b'] as a SQL list of text.
[[nodiscard]] std::string sql_list(const std::vector<std::string>& texts);

}  // namespace errata::table

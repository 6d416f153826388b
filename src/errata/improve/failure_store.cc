#include "errata/improve/failure_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace errata::improve {
namespace {

constexpr int kStoreApplication = 0x45525246, kStoreVersion = 2;  ///< "ERRF"
constexpr int kBusyMs = 2000;
constexpr std::array<std::string_view, 3> kDetectedNames{"no", "wrong", "doubtful"};

constexpr const char* kTables = R"(
CREATE TABLE run(description TEXT NOT NULL);
CREATE TABLE answers(
  round INTEGER NOT NULL, place INTEGER NOT NULL, skill TEXT NOT NULL, prompt TEXT NOT NULL, answer TEXT NOT NULL,
  correction TEXT NOT NULL, detected TEXT NOT NULL, mean_log_probability REAL NOT NULL,
  least_log_probability REAL NOT NULL, corrected_by TEXT NOT NULL, verified INTEGER NOT NULL,
  PRIMARY KEY(round, place)) WITHOUT ROWID;
CREATE TABLE rounds(round INTEGER PRIMARY KEY, figures TEXT NOT NULL);
CREATE VIEW failures AS SELECT * FROM answers WHERE detected <> 'no';
)";

constexpr const char* kDurable = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;";
constexpr const char* kSelect =
    "SELECT round, place, skill, prompt, answer, correction, detected, mean_log_probability, least_log_probability, "
    "corrected_by, verified FROM answers ";

using Statement = std::unique_ptr<sqlite3_stmt, decltype([](sqlite3_stmt* s) { sqlite3_finalize(s); })>;

std::string text_at(sqlite3_stmt* row, int column) {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  return text == nullptr ? std::string()
                         : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
}

void put_value(sqlite3_stmt* statement, int at, std::string_view text) {
  sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}
void put_value(sqlite3_stmt* statement, int at, std::size_t value) {
  sqlite3_bind_int64(statement, at, static_cast<sqlite3_int64>(value));
}
void put_value(sqlite3_stmt* statement, int at, double value) { sqlite3_bind_double(statement, at, value); }

}  // namespace

std::string_view name_of(Detected detected) { return kDetectedNames[static_cast<std::size_t>(detected)]; }

/// The connection, and errors that name the file.
class FailureStore::Database {
 public:
  Database(sqlite3* handle, std::string place) : handle_(handle), place_(std::move(place)) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(handle_); }

  [[nodiscard]] std::unexpected<Error> problem() const {
    const int code = sqlite3_errcode(handle_);
    const std::string words = fmt::format("{}: {}", place_, sqlite3_errmsg(handle_));
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return unavailable(words);
    if (code == SQLITE_FULL || code == SQLITE_READONLY || code == SQLITE_IOERR || code == SQLITE_CANTOPEN)
      return output_error(words);
    return data_error(words);
  }

  Result<void> run(const char* sql) const {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return problem();
    return {};
  }

  Result<Statement> prepare(const std::string& sql) const {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &made, nullptr) != SQLITE_OK) return problem();
    return Statement(made);
  }

  /// A step that gives no row.
  Result<void> execute(sqlite3_stmt* statement) const {
    if (sqlite3_step(statement) != SQLITE_DONE) return problem();
    sqlite3_reset(statement);
    return {};
  }

  /// Calls take(row) for every row.
  template <typename Take>
  Result<void> each(sqlite3_stmt* statement, Take take) const {
    for (int code = sqlite3_step(statement); code != SQLITE_DONE; code = sqlite3_step(statement)) {
      if (code != SQLITE_ROW) return problem();
      ERRATA_TRY(take(statement));
    }
    return {};
  }

  Result<std::int64_t> number(const std::string& sql) const {
    ERRATA_ASSIGN(const Statement statement, prepare(sql));
    std::int64_t value = 0;
    ERRATA_TRY(each(statement.get(), [&](sqlite3_stmt* row) -> Result<void> {
      value = sqlite3_column_int64(row, 0);
      return {};
    }));
    return value;
  }

  Result<std::vector<std::string>> texts(const std::string& sql) const {
    ERRATA_ASSIGN(const Statement statement, prepare(sql));
    std::vector<std::string> values;
    ERRATA_TRY(each(statement.get(), [&](sqlite3_stmt* row) -> Result<void> {
      values.push_back(text_at(row, 0));
      return {};
    }));
    return values;
  }

  /// `work` within one transaction: all of it or nothing.
  template <typename Work>
  Result<void> together(Work work) const {
    ERRATA_TRY(run("BEGIN IMMEDIATE"));
    Result<void> done = work();
    if (done) done = run("COMMIT");
    if (!done) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    return done;
  }

  Result<std::vector<StoredAnswer>> select(const std::string& rest, std::size_t bound) const {
    ERRATA_ASSIGN(const Statement statement, prepare(kSelect + rest + " ORDER BY round, place"));
    put_value(statement.get(), 1, bound);
    std::vector<StoredAnswer> found;
    ERRATA_TRY(each(statement.get(), [&](sqlite3_stmt* row) -> Result<void> {
      const auto detected = std::ranges::find(kDetectedNames, text_at(row, 6));
      if (detected == kDetectedNames.end())
        return data_error(fmt::format("{}: an answer was detected as '{}'", place_, text_at(row, 6)));
      found.push_back({.round = static_cast<std::size_t>(sqlite3_column_int64(row, 0)),
                       .place = static_cast<std::size_t>(sqlite3_column_int64(row, 1)),
                       .skill = text_at(row, 2),
                       .prompt = text_at(row, 3),
                       .answer = text_at(row, 4),
                       .correction = text_at(row, 5),
                       .detected = static_cast<Detected>(detected - kDetectedNames.begin()),
                       .mean_log_probability = sqlite3_column_double(row, 7),
                       .least_log_probability = sqlite3_column_double(row, 8),
                       .corrected_by = text_at(row, 9),
                       .verified = sqlite3_column_int64(row, 10) != 0});
      return {};
    }));
    return found;
  }

  /// Settles that the file is a store, and whose; changes nothing of a file that is none.
  Result<void> begin(std::string_view run_words) const {
    sqlite3_busy_timeout(handle_, kBusyMs);
    ERRATA_ASSIGN(const auto objects, number("SELECT count(*) FROM sqlite_schema"));
    if (objects > 0) {
      ERRATA_TRY(check_owner(run_words));
      return run(kDurable);
    }
    ERRATA_TRY(run(kDurable));
    return together([&]() -> Result<void> {
      ERRATA_TRY(run(
          fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kStoreApplication, kStoreVersion).c_str()));
      ERRATA_TRY(run(kTables));
      ERRATA_ASSIGN(const Statement insert, prepare("INSERT INTO run VALUES(?)"));
      put_value(insert.get(), 1, run_words);
      return execute(insert.get());
    });
  }

 private:
  Result<void> check_owner(std::string_view run_words) const {
    ERRATA_ASSIGN(const auto application, number("PRAGMA application_id"));
    ERRATA_ASSIGN(const auto version, number("PRAGMA user_version"));
    if (application != kStoreApplication)
      return data_error(fmt::format("{}: a database, but no failure memory of errata improve", place_));
    if (version != kStoreVersion)
      return data_error(
          fmt::format("{}: a failure memory of version {}, this program reads {}", place_, version, kStoreVersion));
    ERRATA_ASSIGN(const auto words, texts("SELECT description FROM run"));
    if (words.size() != 1 || words[0] != run_words)
      return conflict(fmt::format("{}: the failure memory of another run ('{}'); this one is '{}'", place_,
                                  words.empty() ? "" : words[0], run_words));
    return {};
  }

  sqlite3* handle_;
  std::string place_;
};

FailureStore::FailureStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
FailureStore::FailureStore(FailureStore&&) noexcept = default;
FailureStore& FailureStore::operator=(FailureStore&&) noexcept = default;
FailureStore::~FailureStore() = default;

Result<FailureStore> FailureStore::open(const std::filesystem::path& place, std::string_view run) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(place.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  auto database = std::make_unique<Database>(handle, place.string());
  if (code != SQLITE_OK) return database->problem();
  ERRATA_TRY(database->begin(run));
  return FailureStore(std::move(database));
}

Result<void> FailureStore::put_answers(std::size_t round, std::span<const StoredAnswer> answers) {
  return database_->together([&]() -> Result<void> {
    ERRATA_ASSIGN(const Statement remove, database_->prepare("DELETE FROM answers WHERE round = ?"));
    put_value(remove.get(), 1, round);
    ERRATA_TRY(database_->execute(remove.get()));
    ERRATA_ASSIGN(const Statement insert, database_->prepare("INSERT INTO answers VALUES(?,?,?,?,?,?,?,?,?,?,?)"));
    for (const StoredAnswer& one : answers) {
      put_value(insert.get(), 1, round);
      put_value(insert.get(), 2, one.place);
      put_value(insert.get(), 3, std::string_view(one.skill));
      put_value(insert.get(), 4, std::string_view(one.prompt));
      put_value(insert.get(), 5, std::string_view(one.answer));
      put_value(insert.get(), 6, std::string_view(one.correction));
      put_value(insert.get(), 7, name_of(one.detected));
      put_value(insert.get(), 8, one.mean_log_probability);
      put_value(insert.get(), 9, one.least_log_probability);
      put_value(insert.get(), 10, std::string_view(one.corrected_by));
      put_value(insert.get(), 11, std::size_t{one.verified});
      ERRATA_TRY(database_->execute(insert.get()));
    }
    return {};
  });
}

Result<std::vector<StoredAnswer>> FailureStore::answers(std::size_t round) const {
  return database_->select("WHERE round = ?", round);
}

Result<std::vector<StoredAnswer>> FailureStore::failures(std::size_t last_round) const {
  return database_->select("WHERE round <= ? AND detected <> 'no'", last_round);
}

Result<std::vector<StoredAnswer>> FailureStore::all_answers() const { return database_->select("WHERE round >= ?", 0); }

Result<void> FailureStore::put_round(std::size_t round, std::string_view figures) {
  return database_->together([&]() -> Result<void> {
    ERRATA_ASSIGN(const Statement insert, database_->prepare("INSERT OR REPLACE INTO rounds VALUES(?,?)"));
    put_value(insert.get(), 1, round);
    put_value(insert.get(), 2, figures);
    return database_->execute(insert.get());
  });
}

Result<std::vector<std::string>> FailureStore::rounds() const {
  return database_->texts("SELECT figures FROM rounds ORDER BY round");
}

}  // namespace errata::improve

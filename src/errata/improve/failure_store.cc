#include "errata/improve/failure_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <ranges>
#include <utility>

namespace errata::improve {
namespace {

constexpr int kStoreApplication = 0x45525246, kStoreVersion = 3;  ///< "ERRF"
constexpr int kBusyMs = 2000;
constexpr std::array<std::string_view, 3> kDetectedNames{"no", "wrong", "doubtful"};
constexpr std::array<std::string_view, kSteps> kStepNames{"answer", "detect", "correct", "store", "tune", "evaluate"};

constexpr const char* kTables = R"(
CREATE TABLE run(description TEXT NOT NULL);
CREATE TABLE answers(
  round INTEGER NOT NULL, place INTEGER NOT NULL, skill TEXT NOT NULL, prompt TEXT NOT NULL, answer TEXT NOT NULL,
  correction TEXT NOT NULL, detected TEXT NOT NULL, mean_log_probability REAL NOT NULL,
  least_log_probability REAL NOT NULL, entropy REAL, agreement REAL, margin REAL, inverse REAL, auditor_risk REAL,
  combined_risk REAL, confidence REAL, vote TEXT NOT NULL, labelled INTEGER NOT NULL, detector TEXT NOT NULL,
  corrected_by TEXT NOT NULL, verified INTEGER NOT NULL, mode INTEGER, embedding BLOB NOT NULL,
  PRIMARY KEY(round, place)) WITHOUT ROWID;
CREATE TABLE rounds(round INTEGER PRIMARY KEY, step TEXT NOT NULL, figures TEXT NOT NULL);
CREATE TABLE costs(round INTEGER NOT NULL, step TEXT NOT NULL, wall_seconds REAL NOT NULL, cpu_seconds REAL NOT NULL,
  PRIMARY KEY(round, step)) WITHOUT ROWID;
CREATE TABLE modes(mode INTEGER PRIMARY KEY, name TEXT NOT NULL, failures INTEGER NOT NULL);
CREATE VIEW failures AS SELECT answers.*, modes.name AS mode_name FROM answers LEFT JOIN modes USING(mode)
  WHERE detected <> 'no';
)";

constexpr const char* kDurable = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;";
constexpr const char* kSelect =
    "SELECT round, place, skill, prompt, answer, correction, detected, mean_log_probability, least_log_probability, "
    "entropy, agreement, margin, inverse, auditor_risk, combined_risk, confidence, vote, labelled, detector, "
    "corrected_by, "
    "verified, mode, embedding FROM answers ";

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
/// NaN becomes NULL.
void put_value(sqlite3_stmt* statement, int at, double value) { sqlite3_bind_double(statement, at, value); }
void put_value(sqlite3_stmt* statement, int at, bool value) { sqlite3_bind_int(statement, at, value ? 1 : 0); }
void put_value(sqlite3_stmt* statement, int at, std::span<const float> values) {
  sqlite3_bind_blob64(statement, at, values.empty() ? "" : static_cast<const void*>(values.data()), values.size_bytes(),
                      SQLITE_TRANSIENT);
}

double number_at(sqlite3_stmt* row, int column) {
  return sqlite3_column_type(row, column) == SQLITE_NULL ? kNaN : sqlite3_column_double(row, column);
}

std::size_t count_at(sqlite3_stmt* row, int column) {
  return static_cast<std::size_t>(sqlite3_column_int64(row, column));
}

std::vector<float> floats_at(sqlite3_stmt* row, int column) {
  const void* const bytes = sqlite3_column_blob(row, column);
  std::vector<float> values(static_cast<std::size_t>(sqlite3_column_bytes(row, column)) / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes, values.size() * sizeof(float));
  return values;
}

/// Binds one value after the other.
class Values {
 public:
  explicit Values(sqlite3_stmt* statement) : statement_(statement) {}
  template <typename T>
  Values& operator<<(const T& value) {
    put_value(statement_, ++at_, value);
    return *this;
  }
  Values& operator<<(const std::string& value) { return *this << std::string_view(value); }

 private:
  sqlite3_stmt* statement_;
  int at_ = 0;
};

std::optional<Step> step_named(std::string_view name) {
  const auto found = std::ranges::find(kStepNames, name);
  if (found == kStepNames.end()) return std::nullopt;
  return static_cast<Step>(found - kStepNames.begin());
}

StoredAnswer answer_at(sqlite3_stmt* row, Detected detected) {
  return {.round = count_at(row, 0),
          .place = count_at(row, 1),
          .skill = text_at(row, 2),
          .prompt = text_at(row, 3),
          .answer = text_at(row, 4),
          .correction = text_at(row, 5),
          .detected = detected,
          .mean_log_probability = number_at(row, 7),
          .least_log_probability = number_at(row, 8),
          .entropy = number_at(row, 9),
          .agreement = number_at(row, 10),
          .margin = number_at(row, 11),
          .inverse = number_at(row, 12),
          .auditor_risk = number_at(row, 13),
          .combined_risk = number_at(row, 14),
          .confidence = number_at(row, 15),
          .vote = text_at(row, 16),
          .labelled = sqlite3_column_int(row, 17) != 0,
          .detector = text_at(row, 18),
          .corrected_by = text_at(row, 19),
          .verified = sqlite3_column_int(row, 20) != 0,
          .mode = sqlite3_column_type(row, 21) == SQLITE_NULL ? kNoFailureMode
                                                              : static_cast<std::uint32_t>(count_at(row, 21)),
          .embedding = floats_at(row, 22)};
}

void bind_answer(sqlite3_stmt* insert, std::size_t round, const StoredAnswer& one) {
  Values values(insert);
  values << round << one.place << one.skill << one.prompt << one.answer << one.correction << name_of(one.detected)
         << one.mean_log_probability << one.least_log_probability << one.entropy << one.agreement << one.margin
         << one.inverse << one.auditor_risk << one.combined_risk << one.confidence << one.vote << one.labelled
         << one.detector << one.corrected_by << one.verified;
  if (one.mode == kNoFailureMode)
    values << kNaN;
  else
    values << static_cast<std::size_t>(one.mode);
  values << std::span<const float>(one.embedding);
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (const auto part : std::views::split(text, ' ')) parts.emplace_back(part.begin(), part.end());
  return parts;
}

/// Which words two descriptions do not share, each behind the word that names it.
std::string difference(std::string_view there, std::string_view here) {
  const auto before = parts_of(there), now = parts_of(here);
  std::string text;
  for (std::size_t i = 0; before.size() == now.size() && i < now.size(); ++i)
    if (before[i] != now[i])
      text += fmt::format("{}{} {} there, {} here", text.empty() ? "" : "; ", i > 0 ? before[i - 1] : "it is",
                          before[i], now[i]);
  return text.empty() ? fmt::format("'{}' there, '{}' here", there, here) : text;
}

}  // namespace

std::string_view name_of(Detected detected) { return kDetectedNames[static_cast<std::size_t>(detected)]; }
std::string_view name_of(Step step) { return kStepNames[static_cast<std::size_t>(step)]; }

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
      found.push_back(answer_at(row, static_cast<Detected>(detected - kDetectedNames.begin())));
      return {};
    }));
    return found;
  }

  /// Within a transaction.
  Result<void> replace_answers(std::size_t round, std::span<const StoredAnswer> answers) const;

  [[nodiscard]] std::unexpected<Error> unknown_step(const std::string& step) const {
    return data_error(fmt::format("{}: a round came to '{}', which is no step", place_, step));
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
    if (version >= 1 && version < kStoreVersion)
      return data_error(fmt::format(
          "{}: a failure memory of version {}, from an earlier Errata; it lacks what this one remembers (version {}), "
          "so the run cannot be gone on with: choose another folder, or go on with the program that wrote it",
          place_, version, kStoreVersion));
    if (version != kStoreVersion)
      return data_error(
          fmt::format("{}: a failure memory of version {}, this program reads {}", place_, version, kStoreVersion));
    ERRATA_ASSIGN(const auto words, texts("SELECT description FROM run"));
    if (words.size() == 1 && words[0] == run_words) return {};
    ERRATA_ASSIGN(const auto kept, number("SELECT (SELECT count(*) FROM answers) + (SELECT count(*) FROM rounds)"));
    if (kept == 0 && words.size() == 1) return rename(run_words);
    return conflict(fmt::format("{}: the failure memory of another run: {}; choose another folder", place_,
                                difference(words.empty() ? "" : words[0], run_words)));
  }

  /// Gives a store that holds nothing yet to another run.
  Result<void> rename(std::string_view run_words) const {
    ERRATA_ASSIGN(const Statement update, prepare("UPDATE run SET description = ?"));
    put_value(update.get(), 1, run_words);
    return execute(update.get());
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

Result<void> FailureStore::Database::replace_answers(std::size_t round, std::span<const StoredAnswer> answers) const {
  ERRATA_ASSIGN(const Statement remove, prepare("DELETE FROM answers WHERE round = ?"));
  put_value(remove.get(), 1, round);
  ERRATA_TRY(execute(remove.get()));
  ERRATA_ASSIGN(const Statement insert,
                prepare("INSERT INTO answers VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  for (const StoredAnswer& one : answers) {
    bind_answer(insert.get(), round, one);
    ERRATA_TRY(execute(insert.get()));
  }
  return {};
}

Result<void> FailureStore::put_answers(std::size_t round, std::span<const StoredAnswer> answers) {
  return database_->together([&] { return database_->replace_answers(round, answers); });
}

Result<std::vector<StoredAnswer>> FailureStore::answers(std::size_t round) const {
  return database_->select("WHERE round = ?", round);
}

Result<std::vector<StoredAnswer>> FailureStore::failures(std::size_t last_round) const {
  return database_->select("WHERE round <= ? AND detected <> 'no'", last_round);
}

Result<std::vector<StoredAnswer>> FailureStore::all_answers() const { return database_->select("WHERE round >= ?", 1); }

Result<void> FailureStore::put_step(const StoredStep& done, const StepCost& cost,
                                    std::span<const StoredAnswer> answers) {
  return database_->together([&]() -> Result<void> {
    if (!answers.empty()) ERRATA_TRY(database_->replace_answers(done.round, answers));
    ERRATA_ASSIGN(const Statement round, database_->prepare("INSERT OR REPLACE INTO rounds VALUES(?,?,?)"));
    Values(round.get()) << done.round << name_of(done.done) << done.figures;
    ERRATA_TRY(database_->execute(round.get()));
    ERRATA_ASSIGN(const Statement spent, database_->prepare("INSERT OR REPLACE INTO costs VALUES(?,?,?,?)"));
    Values(spent.get()) << cost.round << name_of(cost.step) << cost.wall_seconds << cost.cpu_seconds;
    return database_->execute(spent.get());
  });
}

Result<std::vector<StoredStep>> FailureStore::rounds() const {
  ERRATA_ASSIGN(const Statement select, database_->prepare("SELECT round, step, figures FROM rounds ORDER BY round"));
  std::vector<StoredStep> rounds;
  ERRATA_TRY(database_->each(select.get(), [&](sqlite3_stmt* row) -> Result<void> {
    const auto step = step_named(text_at(row, 1));
    if (!step) return database_->unknown_step(text_at(row, 1));
    rounds.push_back({.round = count_at(row, 0), .done = *step, .figures = text_at(row, 2)});
    return {};
  }));
  return rounds;
}

Result<std::vector<StepCost>> FailureStore::costs() const {
  ERRATA_ASSIGN(const Statement select, database_->prepare("SELECT * FROM costs ORDER BY round"));
  std::vector<StepCost> costs;
  ERRATA_TRY(database_->each(select.get(), [&](sqlite3_stmt* row) -> Result<void> {
    const auto step = step_named(text_at(row, 1));
    if (!step) return database_->unknown_step(text_at(row, 1));
    costs.push_back({.round = count_at(row, 0),
                     .step = *step,
                     .wall_seconds = number_at(row, 2),
                     .cpu_seconds = number_at(row, 3)});
    return {};
  }));
  std::ranges::stable_sort(costs, {}, [](const StepCost& cost) { return std::pair(cost.round, cost.step); });
  return costs;
}

Result<void> FailureStore::put_modes(std::span<const StoredMode> modes, std::span<const StoredAnswer> failures) {
  return database_->together([&]() -> Result<void> {
    ERRATA_TRY(database_->run("DELETE FROM modes"));
    ERRATA_ASSIGN(const Statement insert, database_->prepare("INSERT INTO modes VALUES(?,?,?)"));
    for (const StoredMode& mode : modes) {
      Values(insert.get()) << static_cast<std::size_t>(mode.mode) << mode.name << mode.failures;
      ERRATA_TRY(database_->execute(insert.get()));
    }
    ERRATA_ASSIGN(const Statement member,
                  database_->prepare("UPDATE answers SET mode = ? WHERE round = ? AND place = ?"));
    for (const StoredAnswer& one : failures) {
      Values values(member.get());
      if (one.mode == kNoFailureMode)
        values << kNaN;
      else
        values << static_cast<std::size_t>(one.mode);
      values << one.round << one.place;
      ERRATA_TRY(database_->execute(member.get()));
    }
    return {};
  });
}

void FailureStore::compact() { static_cast<void>(database_->run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")); }

Result<std::vector<StoredMode>> FailureStore::modes() const {
  ERRATA_ASSIGN(const Statement select, database_->prepare("SELECT mode, name, failures FROM modes ORDER BY mode"));
  std::vector<StoredMode> modes;
  ERRATA_TRY(database_->each(select.get(), [&](sqlite3_stmt* row) -> Result<void> {
    modes.push_back(
        {.mode = static_cast<std::uint32_t>(count_at(row, 0)), .name = text_at(row, 1), .failures = count_at(row, 2)});
    return {};
  }));
  return modes;
}

}  // namespace errata::improve

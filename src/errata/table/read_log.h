#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/table/prediction_log.h"
#include "errata/table/reading.h"
#include "errata/table/settled_rule.h"

namespace errata::table {

/// Roles named by the user; what is not named is guessed from usual column names.
struct RoleNames {
  std::optional<std::string> label, prediction, score, time, stream, id, weight, embedding;
  std::vector<std::string> scores, features, ignore;
  std::vector<std::string> others{};  ///< columns that the caller reads for itself: loaded, and no features
  std::vector<std::string> lists{};   ///< columns of lists of numbers that the caller reads for itself
  std::vector<std::string> groups{};  ///< columns to tell groups by, or several joined by '*': "race", "race*sex"
};

struct ReadOptions {
  std::vector<std::string>
      paths{};  ///< files or globs: .parquet .csv .csv.gz .tsv .jsonl .ndjson (and .gz); one log together
  std::vector<std::string> alike{};  ///< files of a log that this one is compared with: written alike, where it is
                                     ///< not to be seen from this one how dates and decimals are written
  Reading reading{};
  RoleNames roles;
  std::optional<std::string> where{};     ///< boolean SQL expression over the log's columns: the rows that count
  std::optional<std::string> failure{};   ///< boolean SQL expression over the log's columns
  std::optional<std::string> loss{};      ///< numeric loss instead of 0/1: a column, or a SQL expression over them
  std::optional<double> confident{};      ///< (0, 1]: count only failures with at least this confidence
  std::optional<std::string> positive{};  ///< the positive class of a binary label
  std::optional<Task> task{};             ///< classes or numbers, instead of a guess from the values
  std::vector<std::string> classes{};     ///< all classes, also those without cases; of two the latter is positive
  std::vector<std::pair<std::string, std::string>> renamed_classes{};  ///< a value of label or prediction, its class
  std::optional<ScoreMeaning> score_means{};  ///< of a single score, instead of a guess from the values
  std::optional<SettledRule> settled{};       ///< judge by the rule of another log
  bool keep_unjudged = false;                 ///< keep rows without a label or prediction; see PredictionLog::judged
  bool may_lack_outcomes = false;  ///< with keep_unjudged: a log without labels is read all the same; no row is judged
  bool keep_id = false;            ///< hold the id column as well
  bool keep_embedding = false;     ///< hold the embedding column as well: 4 bytes a number
  std::size_t max_embedding = 4096;  ///< numbers a row of it; more is a data error that says so
  std::size_t max_columns = 4096;    ///< more is a data error that says so
  std::size_t threads = 0;           ///< of the reader; 0 means one a core
};

/// Reads a log: sniffs the schema, settles the roles, applies the failure rule, and holds the columns in memory.
/// Row order is file order (files in sorted order). The failure expression runs on a connection that can read nothing
/// but the log's files. Memory: 1 to 8 bytes a value (Numbers, PackedIntegers; 4 for each number of a kept embedding)
/// plus the reader's buffers. A kept embedding has one list of finite numbers in every row, all of one length; a row
/// without is a data error that names file, column and row. Files are never changed; one that somebody else changes
/// meanwhile is a data error.
/// @return invalid_argument for roles or expressions that do not fit, data for files that cannot be used
/// All functions here throw Cancelled soon after their cancellation is requested (duckdb/connection.h).
[[nodiscard]] Result<PredictionLog> read_log(const ReadOptions& options, const Progress& progress = {});

/// One line of `errata schema`.
struct ColumnSchema {
  std::string name{};
  std::string type{};
  std::size_t missing = 0;
  std::size_t distinct = 0;  ///< among the values that are not missing
  bool approximate = false;  ///< distinct is off by a few percent
  std::string example{};
  std::string role{};  ///< "label", …, "feature", "ignored"
  bool guessed = false;
};
struct LogSchema {
  std::vector<std::string> files{};
  std::size_t rows = 0;
  std::vector<ColumnSchema> columns{};
  std::vector<std::string> warnings{};
};
[[nodiscard]] Result<LogSchema> read_schema(const ReadOptions& options, const Cancellation* stop = nullptr);

/// A column of some rows of the log's files, as text, also where the log does not hold it.
/// @param rows  of the files together, from 0, of those that --where keeps
/// @return [rows], nothing where missing  Cost: a pass over that column of the files.
[[nodiscard]] Result<std::vector<std::optional<std::string>>> texts_at(const PredictionLog& log,
                                                                       const std::string& column,
                                                                       std::span<const std::uint64_t> rows,
                                                                       const Cancellation* stop = nullptr);

}  // namespace errata::table

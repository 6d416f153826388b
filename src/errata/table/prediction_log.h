#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/table/numbers.h"
#include "errata/table/packed_integers.h"

namespace errata::table {

/// How a column is held. Booleans and text are categorical; integers and floats are numeric.
enum class ColumnKind : std::uint8_t { numeric, categorical, timestamp };

inline constexpr std::int32_t kMissingCode = -1;
using CategoryCodes = PackedIntegers<std::int32_t, kMissingCode>;
inline constexpr std::uint32_t kNoClass = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::int64_t kMissingTime = std::numeric_limits<std::int64_t>::min();

/// One column of the log, of `rows` values; exactly one of numbers, codes and micros is filled, by kind.
struct Column {
  std::string name{};
  ColumnKind kind = ColumnKind::numeric;
  std::string source_type{};              ///< the reader's type, for people: "BIGINT", "VARCHAR", …
  Numbers numbers{};                      ///< numeric: NaN = missing (NULL, empty or NaN); ±inf is kept
  CategoryCodes codes{};                  ///< categorical: index into categories, kMissingCode = missing
  std::vector<std::string> categories{};  ///< categorical: distinct values, sorted bytewise
  std::vector<std::int64_t> micros{};     ///< timestamp: microseconds since 1970-01-01 UTC, kMissingTime = missing
  std::size_t missing = 0;                ///< rows with a missing value
  std::size_t infinite = 0;               ///< numeric: rows with ±inf
  std::size_t nan = 0;                    ///< numeric: rows that hold NaN rather than NULL; counted in missing as well
};

/// A column of lists of numbers, all of one length.
struct ListColumn {
  std::string name{};
  std::size_t width = 0;        ///< numbers a row; 0: there is none
  std::vector<float> values{};  ///< [rows, width] row-major, finite

  [[nodiscard]] std::size_t rows() const { return width == 0 ? 0 : values.size() / width; }
  /// [width] numbers of a row; empty where there is no embedding
  [[nodiscard]] std::span<const float> row(std::size_t at) const {
    return std::span(values).subspan(at * width, width);
  }
};

/// The number of values of a column.
[[nodiscard]] std::size_t rows_of(const Column& column);

/// Which column plays which part; names are exactly those of the log.
struct Roles {
  std::optional<std::string> label, prediction, score, time, stream, id, weight, embedding, loss;
  std::vector<std::string>
      scores{};  ///< one column a class, in the order of their classes (PredictionLog::score_class)
  std::vector<std::string> features{};             ///< in file order
  std::vector<std::string> ignored{};              ///< read by nobody: named by --ignore, or score-like and not chosen
  std::vector<std::string> others{};               ///< loaded for the caller, without a role
  std::vector<std::string> lists{};                ///< lists of numbers loaded for the caller, without a role
  std::vector<std::vector<std::string>> groups{};  ///< columns that tell groups apart; several are crossed
  std::vector<std::string> guessed{};  ///< names of the roles that were guessed from column names: "label", "time", …
};

/// Is it one of the columns that tell groups apart?
[[nodiscard]] bool tells_groups(const Roles& roles, std::string_view name);

/// What the labels are.
enum class Task : std::uint8_t {
  classes,  ///< label and prediction are class names
  numbers,  ///< label and prediction are numbers
  unknown,  ///< no label or no prediction: the failure rule alone says what failed
};
[[nodiscard]] std::string_view name_of(Task task);  ///< "classes", …

/// What a single score column means.
enum class ScoreMeaning : std::uint8_t {
  none,
  positive_class,   ///< P(label = positive class), binary
  predicted_class,  ///< confidence in the prediction
};

/// The failure rule as it was applied, in words and numbers.
struct FailureRule {
  enum class Kind : std::uint8_t { mismatch, absolute_error, expression, loss };
  Kind kind = Kind::mismatch;
  std::string words{};  ///< "prediction differs from label", "|prediction − label| > 12.5 (90th percentile)", …
  std::string sql{};    ///< a boolean SQL expression over the log's columns that holds exactly for failures
  std::optional<double> threshold{};  ///< absolute_error, loss: the bound that a failure is above
  std::optional<double> confident{};  ///< only failures with confidence at or above this
  std::string judged = "TRUE";        ///< SQL: the rows of the files that are cases; others lack a label or prediction
};

/// A file as it was before it was read.
struct FileStamp {
  std::string path{};
  std::uintmax_t size = 0;
  std::int64_t changed = 0;  ///< nanoseconds of the clock of file times
};

/// A log of predictions in memory, column-wise, rows in file order.
struct PredictionLog {
  std::vector<std::string> files{};
  std::vector<FileStamp> stamps{};  ///< [files]; empty for a log that was not read
  std::size_t rows = 0;
  std::vector<Column> columns{};    ///< every column with a role but id, embedding and ignored ones, in file order
  ListColumn embedding;             ///< of role `embedding`, with ReadOptions::keep_embedding only
  std::vector<ListColumn> lists{};  ///< [roles.lists]
  Roles roles;
  Task task = Task::unknown;
  std::vector<std::string> classes{};     ///< Task::classes: all labels and predictions, sorted; numbers numerically
  std::optional<std::string> positive{};  ///< binary: the class that a positive-class score speaks of
  ScoreMeaning score_meaning = ScoreMeaning::none;
  double score_unit = 1;                     ///< 100 where the files hold percents; in memory scores are shares
  std::vector<std::uint32_t> score_class{};  ///< [roles.scores] index into classes; empty where they are one for one
  std::vector<std::string> redundant{};      ///< features that a search leaves out: constants and copies of others
  FailureRule rule;
  std::vector<std::uint8_t> failed{};  ///< [rows] 1 where the failure rule holds
  /// Rows of the files, ascending, that are no cases here: they lacked a label or prediction that the rule needs.
  std::vector<std::uint32_t> left_out{};
  std::vector<std::uint8_t>
      judged{};                ///< [rows] 0 where nobody can say whether it failed; empty when all can be judged
  std::vector<double> loss{};  ///< [rows] finite, >= 0, only with rule.kind == loss; else empty (0/1 loss)
  std::vector<std::uint32_t> label_class{};      ///< [rows] index into classes or kNoClass; Task::classes only
  std::vector<std::uint32_t> predicted_class{};  ///< [rows] likewise
  std::vector<double> confidence{};              ///< [rows] in [0, 1] or NaN; empty without scores
  std::vector<double> positive_score{};  ///< [rows] P(positive) in [0, 1] or NaN; binary with such a score, else empty
  std::string source_sql{};              ///< the SELECT that reads the files with the types they were read with
  std::vector<std::string> warnings{};   ///< in words, each naming column, count and first row where it helps

  [[nodiscard]] const Column* find(std::string_view name) const;
};

}  // namespace errata::table

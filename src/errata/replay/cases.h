#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/memory/case.h"
#include "errata/table/prediction_log.h"

namespace errata::replay {

/// What a case is there for. In the order of time, the parts follow each other.
enum class Part : std::uint8_t {
  train,  ///< the model saw it: it teaches, and is neither decided nor scored
  warm,   ///< streamed like `eval`, but not scored
  eval,   ///< scored
};

/// What to do when time goes back from one row to the next.
enum class TimeOrder : std::uint8_t { sort, refuse };

/// The cases that only warm the memory, when no column names them: at the beginning of the log.
struct WarmUp {
  std::optional<std::size_t> cases{};  ///< so many …
  std::optional<double> share{};       ///< … or this share of the log, in [0, 1)
};

struct CaseOptions {
  std::optional<std::string> split{};         ///< column of `train`, `warm` and `eval`
  std::optional<std::string> outcome_time{};  ///< column that says when the outcome became known; missing: never
  std::optional<std::string> auditor{};       ///< column with a detector's P(failure)
  WarmUp warm_up;                             ///< without a split: 1,000 cases or a tenth of the log, what is less
  bool goes_on = false;                       ///< after a stream that was warm: the default of warm_up is 0
  TimeOrder time_order = TimeOrder::sort;
};

/// Where the views of one case lie; reused from case to case, so that nothing is allocated.
struct CaseScratch {
  std::vector<double> numbers{};
  std::vector<std::string_view> categories{};
};

/// A log as a stream of cases in the order of time, without copying its columns. Cases have the log's embedding where
/// it was kept (ReadOptions::keep_embedding). Time is that of the log: microseconds, or the numbers of a numeric column
/// when they are whole; fractions are rounded down where the unit stays fine enough. Without a time column, or where
/// the fractions matter, a case's time is its place in the order. Rows whose time is missing are left out with a
/// warning.
class CaseStream {
 public:
  /// @param log  outlives the stream
  /// @return invalid_argument for options that do not fit each other; data error naming column, row and value: a split
  /// that is not train, warm or eval or goes back, time that goes back (when refused), an outcome known before its case
  [[nodiscard]] static Result<CaseStream> make(const table::PredictionLog& log, const CaseOptions& options);
  /// All cases of a log whose streams are told apart: in the order of time, and without a warm-up of their own.
  [[nodiscard]] static Result<CaseStream> whole(const table::PredictionLog& log, const CaseOptions& options);
  /// One stream of them: as make() of these rows alone, except that every case may be in the warm-up.
  /// @param rows  in the order of time
  [[nodiscard]] static Result<CaseStream> part_of(const CaseStream& whole, std::vector<std::uint32_t> rows,
                                                  const CaseOptions& options);
  /// Moves the train cases of all streams before the warm ones and these before the evaluated ones, each in their
  /// order.
  /// @param parts  [size] what each case is there for
  void take_parts(std::span<const Part> parts);

  [[nodiscard]] const memory::Schema& schema() const { return schema_; }
  /// Columns of the schema's features; null for one of a memory that the log does not have.
  [[nodiscard]] std::span<const table::Column* const> numbers() const { return numbers_; }
  [[nodiscard]] std::span<const table::Column* const> categories() const { return categories_; }
  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] std::size_t trained() const { return trained_; }  ///< cases before the first warm one
  [[nodiscard]] std::size_t warm() const { return warm_; }
  [[nodiscard]] Part part(std::size_t i) const;
  [[nodiscard]] bool has_time() const { return micros_; }  ///< times are microseconds
  [[nodiscard]] std::size_t row(std::size_t i) const { return order_[i]; }
  [[nodiscard]] std::int64_t time(std::size_t i) const {
    return times_.empty() ? first_step_ + static_cast<std::int64_t>(i) : times_[i];
  }
  [[nodiscard]] bool counts_cases() const { return times_.empty(); }  ///< a case's time is its place
  /// Goes on after a stream that ended at `time`.
  /// @return data error when the log has a time and begins before that
  [[nodiscard]] Result<void> follow(std::int64_t time);
  /// The time of a case with its fraction, in the log's own unit, and when its outcome became known; nothing: never.
  /// Only where an outcome_time is named. long double holds microseconds and any number of a column alike.
  [[nodiscard]] long double moment(std::size_t i) const;
  [[nodiscard]] std::optional<long double> known(std::size_t i) const;
  /// Gives cases the features and classes of a memory, by their names: what the log does not have is missing, what the
  /// memory does not know is left out, each with a warning.
  /// @return data error for an embedding of another width, and when no feature is common
  [[nodiscard]] Result<void> take_schema(const memory::Schema& schema);
  [[nodiscard]] bool has_outcome(std::size_t i) const { return log_->judged.empty() || log_->judged[order_[i]] != 0; }
  [[nodiscard]] bool failed(std::size_t i) const { return log_->failed[order_[i]] != 0; }
  [[nodiscard]] memory::CaseView view(std::size_t i, CaseScratch& scratch) const;
  /// Only where has_outcome().
  [[nodiscard]] memory::Outcome outcome(std::size_t i) const;
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  explicit CaseStream(const table::PredictionLog& log) : log_(&log) {}
  Result<void> take_order(TimeOrder time_order);
  void take_times();
  Result<void> take_beginning(const CaseOptions& options);
  Result<void> take_split(const std::string& name);
  Result<void> take_warm_up(const WarmUp& warm_up, bool goes_on);
  Result<void> take_outcome_times(const std::string& name);
  Result<void> take_auditor(const std::string& name);
  void take_features(const CaseOptions& options);

  [[nodiscard]] const table::Column* number_column(const std::string& name);
  [[nodiscard]] const table::Column* category_column(const std::string& name);
  [[nodiscard]] std::uint32_t class_of(std::uint32_t of_log) const;

  const table::PredictionLog* log_;
  memory::Schema schema_;
  std::vector<std::unique_ptr<table::Column>> converted_;  ///< to the kind that a memory knows
  std::vector<std::uint32_t> class_of_;                    ///< [classes of the log] in the schema; empty: the same
  std::vector<const table::Column*> numbers_, categories_;
  const table::Column* auditor_ = nullptr;
  bool positive_is_first_ = false;
  bool micros_ = false;
  bool timed_ = false;    ///< a column gives the order
  bool is_part_ = false;  ///< one stream of several: what is true of the log is told by the whole
  std::vector<std::uint32_t> order_;
  std::vector<std::int64_t> times_;           ///< [size], empty: a case's time is its place
  std::vector<long double> moments_, known_;  ///< [size] with an outcome_time; NaN: never
  std::int64_t first_step_ = 0;
  std::size_t trained_ = 0, warm_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace errata::replay

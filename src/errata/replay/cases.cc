#include "errata/replay/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/slice/over_time.h"

namespace errata::replay {
namespace {

using table::Column;
using table::ColumnKind;

constexpr double kLargestWhole = 9e15;

/// A column's time in a row; NaN where it has none.
double time_at(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::timestamp) {
    return column.micros[row] == table::kMissingTime ? memory::kUnknown : static_cast<double>(column.micros[row]);
  }
  return std::abs(column.numbers[row]) < kLargestWhole ? column.numbers[row] : memory::kUnknown;
}

Result<const Column*> column_named(const table::PredictionLog& log, const std::string& name, std::string_view what) {
  const Column* column = log.find(name);
  if (column == nullptr) return invalid_argument(fmt::format("{} column {}: the log has no such column", what, name));
  return column;
}

std::string text_at(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::numeric)
    return std::isnan(column.numbers[row]) ? "missing" : fmt::format("{}", column.numbers[row]);
  if (column.kind == ColumnKind::timestamp) return "a time";
  const auto code = column.codes[row];
  return code == table::kMissingCode ? "missing" : fmt::format("'{}'", column.categories[std::size_t(code)]);
}

}  // namespace

Result<CaseStream> CaseStream::make(const table::PredictionLog& log, const CaseOptions& options) {
  CaseStream stream(log);
  ERRATA_TRY(stream.take_order(options.time_order));
  if (options.split) {
    if (options.warm_up.cases || options.warm_up.share)
      return invalid_argument("warm-up and split: the split already says which cases warm the memory");
    ERRATA_TRY(stream.take_split(*options.split));
  } else {
    ERRATA_TRY(stream.take_warm_up(options.warm_up));
  }
  if (stream.trained_ + stream.warm_ >= stream.size()) {
    return data_error(fmt::format("no case is left to evaluate: all {} are {}", stream.size(),
                                  options.split ? "train or warm" : "in the warm-up"));
  }
  if (options.outcome_time) ERRATA_TRY(stream.take_outcome_times(*options.outcome_time));
  if (options.auditor) ERRATA_TRY(stream.take_auditor(*options.auditor));
  stream.take_features(options);
  return stream;
}

Result<void> CaseStream::take_order(TimeOrder time_order) {
  const auto& name = log_->roles.time;
  const Column* column = name ? log_->find(*name) : nullptr;
  if (column != nullptr && column->kind != ColumnKind::categorical) order_ = slice::time_order(*log_);
  if (order_.empty()) {
    order_.resize(log_->rows);
    std::iota(order_.begin(), order_.end(), 0U);
    return {};
  }
  const auto unusable = [&](std::uint32_t row) { return std::isnan(time_at(*column, row)); };
  const auto missing = std::erase_if(order_, unusable);
  if (missing > 0)
    warnings_.push_back(fmt::format("{} of {} rows have no time in {} and are left out", missing, log_->rows, *name));
  const auto backward = std::ranges::adjacent_find(order_, std::greater{});
  if (backward != order_.end()) {
    const std::size_t late = *backward, early = *(backward + 1);
    if (time_order == TimeOrder::refuse) {
      return data_error(fmt::format("time goes back: row {} has an earlier {} than row {}",
                                    late > early ? late + 1 : early + 1, *name, late > early ? early + 1 : late + 1));
    }
    warnings_.push_back(fmt::format("rows are not in the order of {}; they were put in that order", *name));
  }
  micros_ = column->kind == ColumnKind::timestamp;
  times_.resize(order_.size());
  bool whole = true;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const double time = time_at(*column, order_[i]);
    times_[i] = static_cast<std::int64_t>(std::floor(time));
    whole = whole && time == std::floor(time);
  }
  const bool coarse = times_.empty() || double(times_.back() - times_.front()) < double(order_.size());
  if (!whole && coarse) {
    times_.clear();
    warnings_.push_back(fmt::format("{} has fractions of a step: time is counted in cases, in its order", *name));
  }
  return {};
}

Result<void> CaseStream::take_split(const std::string& name) {
  ERRATA_ASSIGN(const Column* column, column_named(*log_, name, "split"));
  Part last = Part::train;
  for (const std::size_t row : order_) {
    const auto text = column->kind == ColumnKind::categorical && column->codes[row] != table::kMissingCode
                          ? std::string_view(column->categories[std::size_t(column->codes[row])])
                          : std::string_view();
    Part part = Part::eval;
    if (text == "train") {
      part = Part::train;
    } else if (text == "warm") {
      part = Part::warm;
    } else if (text != "eval") {
      return data_error(fmt::format("split column {}: {} in row {} is not train, warm or eval", name,
                                    text_at(*column, row), row + 1));
    }
    if (part < last) {
      return data_error(
          fmt::format("split column {}: row {} is {} after {} cases; in the order of time, train comes "
                      "before warm and warm before eval",
                      name, row + 1, text, last == Part::warm ? "warm" : "eval"));
    }
    last = part;
    trained_ += part == Part::train;
    warm_ += part == Part::warm;
  }
  return {};
}

Result<void> CaseStream::take_warm_up(const WarmUp& warm_up) {
  constexpr std::size_t kCases = 1000, kParts = 10;
  if (warm_up.share && !(*warm_up.share >= 0 && *warm_up.share < 1))
    return invalid_argument(fmt::format("warm-up {} is not a share in [0, 1)", *warm_up.share));
  if (warm_up.cases)
    warm_ = *warm_up.cases;
  else if (warm_up.share)
    warm_ = static_cast<std::size_t>(*warm_up.share * static_cast<double>(size()));
  else
    warm_ = std::min(kCases, size() / kParts);
  if (warm_ >= size())
    return data_error(fmt::format("warm-up {}: the log has {} cases, and none would be left", warm_, size()));
  return {};
}

Result<void> CaseStream::take_outcome_times(const std::string& name) {
  ERRATA_ASSIGN(const Column* column, column_named(*log_, name, "outcome time"));
  if (times_.empty()) return invalid_argument(fmt::format("outcome time column {}: the log has no time column", name));
  const auto kind = micros_ ? ColumnKind::timestamp : ColumnKind::numeric;
  if (column->kind != kind) {
    return invalid_argument(fmt::format("outcome time column {}: it holds no {} like the time column {}", name,
                                        micros_ ? "times" : "numbers", *log_->roles.time));
  }
  known_.resize(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const double time = time_at(*column, order_[i]);
    known_[i] = std::isnan(time) ? table::kMissingTime : static_cast<std::int64_t>(std::floor(time));
    if (!std::isnan(time) && known_[i] < times_[i]) {
      return data_error(
          fmt::format("outcome time column {}: the outcome of row {} is known before its case (column {})", name,
                      order_[i] + 1, *log_->roles.time));
    }
  }
  return {};
}

Result<void> CaseStream::take_auditor(const std::string& name) {
  ERRATA_ASSIGN(const Column* column, column_named(*log_, name, "auditor"));
  if (column->kind != ColumnKind::numeric)
    return invalid_argument(fmt::format("auditor column {}: it holds no numbers", name));
  for (std::size_t row = 0; row < log_->rows; ++row) {
    const double risk = column->numbers[row];
    if (!std::isnan(risk) && !(risk >= 0 && risk <= 1))
      return data_error(fmt::format("auditor column {}: {} in row {} is not in [0, 1]", name, risk, row + 1));
  }
  auditor_ = column;
  return {};
}

void CaseStream::take_features(const CaseOptions& options) {
  for (const auto& name : log_->roles.features) {
    if (name == options.split || name == options.outcome_time || name == options.auditor) continue;
    const Column& column = *log_->find(name);
    if (column.kind == ColumnKind::numeric) {
      schema_.numbers.push_back(name);
      numbers_.push_back(&column);
    } else if (column.kind == ColumnKind::categorical) {
      schema_.categories.push_back(name);
      categories_.push_back(&column);
    } else {
      warnings_.push_back(fmt::format("column {}: times are no features of the memory", name));
    }
  }
  schema_.embedding = log_->embedding.width;
  schema_.classes = log_->classes;
  positive_is_first_ = log_->positive && log_->classes.size() == 2 && *log_->positive == log_->classes[0];
}

Result<void> CaseStream::follow(std::int64_t time) {
  if (times_.empty()) {
    first_step_ = time + 1;
    return {};
  }
  if (times_.front() >= time) return {};
  return data_error(
      fmt::format("the log begins at {}, before the end of the memory's stream at {}", times_.front(), time));
}

Part CaseStream::part(std::size_t i) const {
  return i < trained_ ? Part::train : i < trained_ + warm_ ? Part::warm : Part::eval;
}

std::optional<std::int64_t> CaseStream::known(std::size_t i) const {
  return known_[i] == table::kMissingTime ? std::nullopt : std::optional(known_[i]);
}

memory::CaseView CaseStream::view(std::size_t i, CaseScratch& scratch) const {
  const std::size_t row = order_[i];
  scratch.numbers.resize(numbers_.size());
  scratch.categories.resize(categories_.size());
  for (std::size_t j = 0; j < numbers_.size(); ++j) scratch.numbers[j] = numbers_[j]->numbers[row];
  for (std::size_t j = 0; j < categories_.size(); ++j) {
    const auto code = categories_[j]->codes[row];
    scratch.categories[j] = code == table::kMissingCode
                                ? std::string_view()
                                : std::string_view(categories_[j]->categories[std::size_t(code)]);
  }
  const double positive = log_->positive_score.empty() ? memory::kUnknown : log_->positive_score[row];
  return {.time = time(i),
          .numbers = scratch.numbers,
          .categories = scratch.categories,
          .embedding = log_->embedding.row(row),
          .predicted = log_->predicted_class.empty() ? memory::kNoClass : log_->predicted_class[row],
          .confidence = log_->confidence.empty() ? memory::kUnknown : log_->confidence[row],
          .positive_score = positive_is_first_ ? 1 - positive : positive,
          .auditor_risk = auditor_ == nullptr ? memory::kUnknown : auditor_->numbers[row]};
}

memory::Outcome CaseStream::outcome(std::size_t i) const {
  const std::size_t row = order_[i];
  return {.failed = log_->failed[row] != 0,
          .label = log_->label_class.empty() ? memory::kNoClass : log_->label_class[row]};
}

}  // namespace errata::replay
